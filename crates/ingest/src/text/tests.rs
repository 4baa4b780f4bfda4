//! Texts and the voices in them. Names and lists are invented.

use proptest::prelude::*;

use super::{Voice, html_to_text, paragraphs, scrubbed, split, split_reply, unflow};

/// The spans as lines, each under its voice; blank lines are left out.
fn voices(text: &str, is_reply: bool) -> String {
    let mut drawn = String::new();
    for span in split_reply(text, is_reply) {
        let voice = match span.voice {
            Voice::Own => "own",
            Voice::Quoted => "quoted",
            Voice::Attribution => "attribution",
            Voice::Signature => "signature",
            Voice::Footer => "footer",
        };
        for line in text[span.start..span.end].lines().filter(|line| !line.trim().is_empty()) {
            drawn.push_str(&format!("{voice}: {}\n", line.trim_end()));
        }
    }
    drawn
}

/// `expected` is the text with the voice before every line that is not blank.
#[track_caller]
fn check(expected: &str) {
    let text: String =
        expected.lines().map(|line| format!("{}\n", line.split_once(": ").map_or("", |(_, said)| said))).collect();
    let wanted: String =
        expected.lines().filter(|line| !line.is_empty()).map(|line| format!("{}\n", line.trim_end())).collect();
    assert_eq!(voices(&text, true), wanted, "with LF");
    assert_eq!(voices(&text.replace('\n', "\r\n"), true), wanted, "with CRLF");
}

#[test]
fn answers_between_quotations_are_own() {
    check(
        "attribution: On Tue, 3 May 2016 at 10:12, Ada Example <ada@example.org> wrote:\n\
         quoted: > Shall we meet?\n\
         own: Yes.\n\n\
         quoted: > At noon?\n\
         quoted: >> Or later?\n\n\
         own: At one.\n",
    );
}

#[test]
fn attributions_are_known_in_many_languages() {
    for line in [
        "Le 4 janv. 2016 19:03, \"Ada Example\" <ada@example.org> a écrit :",
        "El jueves, 21 de noviembre de 2013, Ada escribió:",
        "Em 2 de fevereiro de 2015 10:58, Ada <ada@example.org> escreveu:",
        "Am 03.02.2016 um 15:35 schrieb Ada Example <ada@example.org>:",
        "Ada Example <ada@example.org> schrieb am Di., 16. Aug. 2016 um 12:52:",
        "Il 26 marzo 2016 alle 13.16 Ada <ada@example.org> ha scritto:",
        "Op 2 feb. 2015 om 05:28 heeft Ada <ada@example.org> het volgende geschreven:",
        "Den 15. jun. 2016 kl. 20.42 skrev Ada <ada@example.org>:",
        "Dnia 14 lip 2015 o godz. 00:25 Ada <ada@example.org> napisał(a):",
        "Dne 14. 7. 2015 v 10:25 Ada Example napsal(a):",
        "20 окт. 2016 г. 19:37 пользователь \"Ада\" <ada@example.org> написал:",
        "在 2016年12月12日，下午8:45，Ada <ada@example.org> 写道：",
        "2016年3月3日 17:21 Ada <ada@example.org>:",
        "2016-07-14 20:05 GMT+02:00 Ada Example <ada@example.org>:",
        "Ada Example <ada at example.org> writes:",
        "Ada Example wrote:",
        "2010/2/28 Ada Example <ada em example.org>:",
        "Em 28 de fevereiro de 2011 21:41, Ada <ada em example.org>escreveu:",
        "Quoting Ada Example <ada@example.org>:",
        "On Wed, 4 May 2016, Ada Example wrote",
    ] {
        check(&format!("own: Agreed.\n\nattribution: {line}\n\nquoted: > Shall we?\n"));
    }
}

#[test]
fn a_folded_attribution_leaves_the_sentence_above_it() {
    check(
        "own: I will let you know\n\
         own: then.\n\
         attribution: Op 16 aug. 2014 05:13 schreef \"Ada\" <ada@example.org> het\n\
         attribution: volgende geschreven:\n\n\
         quoted: > Any news?\n",
    );
    check(
        "own: Fine.\n\n\
         attribution: On Tue, May 3, 2016 at 10:12 AM, Ada Example <ada@example.org\n\
         attribution: > wrote:\n\
         quoted: > Any news?\n",
    );
}

#[test]
fn a_sentence_about_writing_is_own() {
    check("own: As I wrote yesterday:\n\nown: the draft is ready.\n");
    check("own: This is what the chair wrote:\n\nquoted: > The draft is ready.\n");
    check("own: Hi,\n\nown: in the manual of 2.10.0 (2009-09-07 10:00) it says:\n\nown: one thing\n");
    check("own: It came back\n\nown: <ada@example.org>: host example.org said: 550 <ada@example.org>:\nown: unknown\n");
    check("own: On this day\n\nown: I wrote something:\n\nown: a draft.\n");
}

#[test]
fn an_attribution_at_the_top_does_not_swallow_the_answer() {
    check("attribution: On 8 May 2017 17:34, \"Ada\" <ada@example.org> wrote:\n\nown: It should be two.\n");
}

#[test]
fn below_a_reply_without_marks_all_is_quoted() {
    check(
        "own: Third.\n\n\
         attribution: On Mon, Feb 1, 2016 at 4:58 AM, \"Ada\" <ada@example.org> wrote:\n\n\
         quoted: Second.\n\n\
         quoted: On Sun, Jan 31, 2016 at 9:58 PM, \"Ben\" <ben@example.org> wrote:\n\n\
         quoted: First.\n",
    );
}

#[test]
fn pasted_messages_are_quoted_to_the_list_footer() {
    check(
        "own: I agree.\n\n\
         quoted: -----Original Message-----\n\
         quoted: From: Ada Example [mailto:ada@example.org]\n\
         quoted: Sent: Tuesday, 3 May 2016 10:12\n\
         quoted: To: Ben\n\
         quoted: Subject: Draft\n\n\
         quoted: The draft is ready.\n\n\
         footer: _______________________________________________\n\
         footer: Drafts mailing list\n\
         footer: Drafts@example.org\n\
         footer: http://example.org/mailman/listinfo/drafts\n",
    );
    check(
        "own: Ja.\n\nquoted: -----Ursprüngliche Nachricht-----\nquoted: Von: Ada\nquoted: Gesendet: 3. Mai 2016\nquoted: An: Ben\nquoted: Betreff: X\n\nquoted: Geht es?\n",
    );
    check(
        "own: Sì.\n\nquoted: Da: Ada\nquoted: Inviato: 3 maggio 2016\nquoted: A: Ben\nquoted: Oggetto: X\n\nquoted: Va bene?\n",
    );
    check(
        "own: Oui.\n\nquoted: ________________________________\nquoted: De : Ada\nquoted: Envoyé : 3 mai 2016\nquoted: À : Ben\nquoted: Objet : X\n\nquoted: Ça va ?\n",
    );
    check(
        "own: 好的。\n\nquoted: 发件人: Ada\nquoted: 发送时间: 2016年5月3日\nquoted: 收件人: Ben\nquoted: 主题: X\n\nquoted: 怎么样？\n",
    );
}

#[test]
fn the_head_of_lotus_notes_is_known() {
    check(
        "own: Fine with me.\n\n\
         quoted: Ada Example <ada@example.org>\n\
         quoted: 04/08/2015 17:32\n\n\
         quoted: To\n\
         quoted: Ben <ben@example.org>\n\
         quoted: cc\n\
         quoted: Subject\n\
         quoted: Draft\n\n\
         quoted: Shall we go on?\n",
    );
}

#[test]
fn an_answer_below_a_pasted_head_stays_own() {
    check(
        "quoted: -----Original Message-----\nquoted: From: Ada\nquoted: Sent: today\nquoted: To: Ben\nquoted: Subject: Draft\n\nown: Perhaps mine, perhaps hers.\n",
    );
}

#[test]
fn records_in_a_list_are_own() {
    check(
        "own: Open bugs\n\nown: * PR 1\nown: Subject: Crash\nown: From: Ada\nown: Date: 3 May 2016\nown: It still crashes.\n",
    );
}

#[test]
fn forwards_are_quoted_even_alone() {
    check(
        "quoted: ---------- Forwarded message ----------\nquoted: From: Ada <ada@example.org>\nquoted: Subject: Draft\nquoted: To: Ben\n\nquoted: The draft.\n",
    );
}

#[test]
fn supercite_names_its_lines() {
    check(
        "attribution: >>>>> \"AE\" == Ada Example <ada@example.org> writes:\n\nquoted:     AE> The draft\n\nown: Where?\n\nquoted:     AE> is ready.\n",
    );
}

#[test]
fn bars_quote_only_under_an_attribution() {
    check(
        "attribution: Ada Example <ada@example.org> wrote:\n\nquoted: | The draft\nquoted: | is ready.\n\nown: Good.\n",
    );
    check("own: A table:\nown: | a | b |\nown: | 1 | 2 |\n");
}

#[test]
fn output_below_a_prompt_makes_it_a_session() {
    check("own: I see\n\nown: > x <- mean(1:3)\nown: > x + f(2)\nown: [1] 4\n\nown: Is it right?\n");
}

#[test]
fn code_announced_with_a_colon_is_a_session_and_prose_is_not() {
    check("own: To reproduce:\n\nown: > x <- 1\nown: > f(x)\n\nown: Is it right?\n");
    check("own: You asked:\n\nquoted: > Is it right?\n\nown: Yes.\n");
}

#[test]
fn a_message_behind_bars_is_quoted() {
    check("own: See:\n\nquoted: | -----Original Message-----\nquoted: | From: Ada\nquoted: | The draft.\n");
}

#[test]
fn in_a_first_message_prompts_are_own_and_prose_is_quoted() {
    assert_eq!(voices("> library(stats)\n> f(1)\n", false), "own: > library(stats)\nown: > f(1)\n");
    assert_eq!(voices("> library(stats)\n> f(1)\n", true), "quoted: > library(stats)\nquoted: > f(1)\n");
    assert_eq!(voices("> The minutes say that we agreed.\n", false), "quoted: > The minutes say that we agreed.\n");
}

#[test]
fn an_escaped_from_and_a_comparison_are_own() {
    check("own: Note\nown: >From the draft we took one part.\n");
    check("own: it needs a version\nown: >= 2 to work\n");
}

#[test]
fn signatures_end_at_the_next_voice() {
    check(
        "own: Bye\nsignature: -- \nsignature: Ada\nsignature: +1 555 0100\n\nattribution: Ben <ben@example.org> wrote:\nquoted: > Hello\n",
    );
    check("own: Bye\n\nsignature: Sent from my iPhone\n\nattribution: Ben <ben@example.org> wrote:\nquoted: > Hello\n");
}

#[test]
fn a_signature_has_twenty_five_lines_and_no_more() {
    let text = |count: usize| format!("Hello\n-- \n{}", "line\n".repeat(count));
    assert_eq!(split(&text(25)).last().unwrap().voice, Voice::Signature);
    assert_eq!(split(&text(26)).last().unwrap().voice, Voice::Own);
}

#[test]
fn contact_details_below_a_closing_are_a_signature_and_the_name_is_not() {
    check(
        "own: See you.\n\nown: Best regards,\nown: Ada Example\nsignature: Skype: ada.example\nsignature: http://example.org/ada\n",
    );
    check("own: See\n\nown: Best regards,\nown: Ada Example\nown: http://example.org/ada\n");
}

#[test]
fn disclaimers_at_the_end_are_footers() {
    check(
        "own: Yes.\n\n\
         footer: This e-mail and any attachments are confidential and meant for the intended recipient only.\n\
         footer: If you have received it in error, delete it.\n",
    );
}

#[test]
fn footers_of_several_list_managers_are_known() {
    check(
        "own: Yes.\n\nfooter: -- \nfooter: You received this message because you are subscribed to the Google Groups \"Drafts\" group.\nfooter: To unsubscribe from this group, send email to drafts+unsubscribe@example.org.\n",
    );
    check(
        "own: Yes.\n\nfooter: _______________________________________________\nfooter: Drafts mailing list -- drafts@example.org\nfooter: To unsubscribe send an email to drafts-leave@example.org\n",
    );
    check(
        "own: Yes.\n\nfooter: ---------------------------------------------------------------------\nfooter: To unsubscribe, e-mail: drafts-unsubscribe@example.org\n",
    );
    check("own: Yes.\nfooter: _______\nfooter: drafts mailing list\nfooter: http://example.org/lists/drafts\n");
    check("own: Yes.\nown: -------\nown: The drafts mailing list is at http://example.org/drafts now.\n");
    check("own: Part one\nown: ____________________\nown: Our mailing list is where we talk.\n\nown: Part two\n");
}

#[test]
fn what_pipermail_appended_is_own_and_its_notes_are_not() {
    check(
        "own: See the file.\n\
         footer: -------------- next part --------------\n\
         own: the text of a file\n\
         footer: -------------- next part --------------\n\
         footer: A non-text attachment was scrubbed...\n\
         footer: Name: plan.pdf\n\
         footer: Type: application/pdf\n\
         footer: Size: 1234 bytes\n\
         footer: Desc: not available\n\
         footer: URL: <http://example.org/attachments/plan.pdf>\n",
    );
}

#[test]
fn notes_of_scrubbed_parts_are_read() {
    let text = "Hello\n-------------- next part --------------\nA non-text attachment was scrubbed...\nName: plan.pdf\nType: application/pdf\n\
        Size: 1234 bytes\nDesc: not available\nUrl : http://example.org/plan.pdf \nAn HTML attachment was scrubbed...\nURL: <attachments/1/a.htm>\n";
    let found = scrubbed(text);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].name.as_deref(), Some("plan.pdf"));
    assert_eq!((found[0].media_type.as_str(), found[0].size), ("application/pdf", 1234));
    assert_eq!(found[0].url.as_deref(), Some("http://example.org/plan.pdf"));
    assert_eq!((found[1].media_type.as_str(), found[1].size, found[1].name.as_deref()), ("text/html", 0, None));
    assert_eq!(found[1].url.as_deref(), Some("attachments/1/a.htm"));
    assert_eq!(&text[found[1].range.clone()], "An HTML attachment was scrubbed...\nURL: <attachments/1/a.htm>\n");
}

#[test]
fn paragraphs_are_what_stands_between_blank_lines_and_other_voices() {
    let text = "One\nmore.\n\n> no\nTwo.\r\n\r\n-- \r\nAda\r\n";
    let found: Vec<_> = paragraphs(text, &split(text)).into_iter().map(|range| &text[range]).collect();
    assert_eq!(found, ["One\nmore.", "Two."]);
}

#[test]
fn a_long_paragraph_is_cut_after_forty_lines() {
    for (lines, expected) in [(40, 1), (41, 2)] {
        let text = "word\n".repeat(lines);
        assert_eq!(paragraphs(&text, &split(&text)).len(), expected, "{lines} lines");
    }
}

#[test]
fn flowed_text_is_joined_within_its_depth() {
    for (flowed, delsp, fixed) in [
        ("a \nb\nc\n", false, "a b\nc\n"),
        ("a \nb\n", true, "ab\n"),
        ("> a \n> b\n>> c \nd\n", false, "> a b\n>> c \nd\n"),
        (" From here\n", false, "From here\n"),
        (" > mine\n", false, " > mine\n"),
        ("bye \n-- \nAda\n", false, "bye \n-- \nAda\n"),
        ("a \r\nb\r\n", false, "a b\n"),
        ("open ", false, "open "),
    ] {
        assert_eq!(unflow(flowed, delsp), fixed, "{flowed:?}");
    }
}

#[test]
fn html_becomes_the_text_that_plain_mail_would_be() {
    for (html, text) in [
        ("<p>One &amp; two</p><p>three<br>four</p>", "One & two\n\nthree\nfour\n"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b\n"),
        ("<head><title>T</title></head><style>p{}</style><body>a<script>b</script></body>", "a\n"),
        ("me<blockquote>you<blockquote>I</blockquote></blockquote>me", "me\n> you\n>> I\nme\n"),
        (
            "<div class=\"gmail_quote\">On X wrote:<blockquote class=\"gmail_quote\">q</blockquote>mine</div>",
            "On X wrote:\n> q\nmine\n",
        ),
        ("<blockquote style=\"margin:0 0 0 40px;border:none\">indented</blockquote>", "indented\n"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c\n"),
        (
            "<a href=\"https://example.org/x\">this</a> <a href=\"https://example.org/\">example.org</a>",
            "this <https://example.org/x> example.org\n",
        ),
        ("&eacute;&#233;&#xE9;&#150;&bogus;&", "ééé–&bogus;&\n"),
        ("1 < 2 <b>yes", "1 < 2 yes\n"),
    ] {
        assert_eq!(html_to_text(html).as_deref(), Some(text), "{html}");
    }
    assert_eq!(html_to_text("<p> <br>&nbsp;</p>"), None);
}

#[test]
fn html_is_read_and_written_up_to_its_limits() {
    let long = "a ".repeat(super::MAX_HTML);
    assert_eq!(html_to_text(&long).unwrap().len(), super::MAX_HTML);
    let deep = format!("{}{}", "<blockquote>".repeat(64), "<br>x".repeat(90_000));
    let text = html_to_text(&deep).unwrap();
    assert!(text.len() >= super::MAX_PLAIN && text.len() < super::MAX_PLAIN + 64, "{}", text.len());
}

#[test]
fn hostile_texts_take_no_longer_than_others() {
    let started = std::time::Instant::now();
    for line in [
        ">",
        "a:\n",
        "wrote:\n> x\n",
        "On 1 May 2016 10:00 a@example.org wrote:\n",
        "From: a\nTo: b\n\n",
        "--\n",
        "MM> x\n",
        "-----Original Message-----\n",
        "\n",
        "04/08/2015 17:32\n",
    ] {
        let text = line.repeat(300_000 / line.len());
        paragraphs(&text, &split(&text));
    }
    for piece in ["<", "<a \"", "<!--", "<style>", "<blockquote>", "&", "</script><script>"] {
        html_to_text(&piece.repeat(super::MAX_HTML / piece.len()));
    }
    // A quadratic rule takes minutes here; a slow machine without optimisation, a few seconds.
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

/// Lines that rules look for, in any order.
fn mail() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("> quoted"),
        Just(">> x <- f(1)"),
        Just("[1] 4"),
        Just("On Mon, 3 May 2016 at 10:00, Ada <ada@example.org> wrote:"),
        Just("Ada <ada@example.org"),
        Just("> wrote:"),
        Just(">"),
        Just("-- "),
        Just("--"),
        Just("Best regards,"),
        Just("Skype: ada"),
        Just("From: Ada"),
        Just("To: Ben"),
        Just("Subject: X"),
        Just("Sent: now"),
        Just("________________________________"),
        Just("Drafts mailing list"),
        Just("http://example.org/mailman/listinfo/drafts"),
        Just("-------------- next part --------------"),
        Just("An HTML attachment was scrubbed..."),
        Just("URL: <http://example.org/a>"),
        Just("-----Original Message-----"),
        Just("04/08/2015 17:32"),
        Just(""),
        Just("\u{a0}"),
        Just("écrit :"),
        Just("在 写道："),
        Just("MM> x"),
        Just("    MM> x"),
        Just("| bar"),
        Just("own words"),
        Just("Sent from my phone"),
        Just(
            "This e-mail is confidential and for the intended recipient; if received in error, delete it, and all of its attachments."
        ),
    ];
    (prop::collection::vec((line, prop_oneof![Just("\n"), Just("\r\n")]), 0..60), any::<bool>()).prop_map(
        |(lines, ended)| {
            let text: String = lines.iter().flat_map(|(line, end)| [*line, *end]).collect();
            if ended { text } else { text.trim_end_matches(['\r', '\n']).to_owned() }
        },
    )
}

fn hold_the_promises(text: &str, is_reply: bool) {
    let spans = split_reply(text, is_reply);
    let mut at = 0;
    for span in &spans {
        assert_eq!(span.start, at, "contiguous");
        assert!(span.end > span.start, "not empty");
        assert!(span.end == text.len() || text.as_bytes()[span.end - 1] == b'\n', "whole lines");
        at = span.end;
    }
    assert_eq!(at, text.len(), "cover the text");
    assert!(spans.windows(2).all(|pair| pair[0].voice != pair[1].voice), "merged");
    let mut last = 0;
    for range in paragraphs(text, &spans) {
        assert!(range.start >= last && range.end > range.start, "in order");
        assert!(
            spans.iter().any(|span| span.voice == Voice::Own && span.start <= range.start && range.end <= span.end),
            "in own spans"
        );
        assert!(!text[range.clone()].ends_with(['\n', '\r']), "no line end");
        last = range.end;
    }
    scrubbed(text);
}

proptest! {
    #[test]
    fn any_text_is_covered_by_whole_lines(text in any::<String>(), is_reply: bool) {
        hold_the_promises(&text, is_reply);
        unflow(&text, is_reply);
        html_to_text(&text);
    }

    #[test]
    fn any_mail_is_covered_by_whole_lines(text in mail(), is_reply: bool) {
        hold_the_promises(&text, is_reply);
    }

    #[test]
    fn any_markup_is_read(pieces in prop::collection::vec(prop_oneof![
        Just("<p>"), Just("</p>"), Just("<blockquote>"), Just("</blockquote>"), Just("<pre>"), Just("</pre>"), Just("<a href='http://é'>"), Just("</a>"),
        Just("<"), Just("\""), Just("&#x110000;"), Just("&eacute;"), Just("<script>"), Just("é\n"), Just("<li"), Just(">"), Just(" "), Just("<!--"), Just("-->")], 0..60)) {
        html_to_text(&pieces.concat());
    }
}

#[test]
fn a_signature_above_the_lists_footer_stays_a_signature() {
    let text = "Agreed.\n\n-- \nAda Sample\n_______________________________________________\nBp_ipv6 mailing list\nBp_ipv6@lists.example.org\nhttp://lists.example.org/mailman/listinfo/bp_ipv6\n";
    let voices: Vec<Voice> = split(text).iter().map(|span| span.voice).collect();
    assert_eq!(voices, [Voice::Own, Voice::Signature, Voice::Footer]);
}
