//! Tests of reading one message: odd headers as a table, limits at their edges.

use super::{file_name::MAX_FILE_NAME, mime::MAX_DEPTH, *};
use crate::{DateSource, Form, Framing};

const LATEST: i64 = 1_800_000_000;

fn read(mail: &str) -> Message {
    let bytes = mail.as_bytes().to_vec();
    let from_line = if mail.starts_with("From ") { mail.find('\n').unwrap() + 1 } else { 0 };
    parse(&Raw { bytes, from_line, offset: 0, form: Form::Mboxrd, framing: Framing::Sure }, LATEST)
}

fn kinds(message: &Message) -> Vec<&str> {
    message.problems.iter().map(|problem| problem.kind).collect()
}

#[track_caller]
fn author(header: &str, name: Option<&str>, email: Option<&str>) {
    let message = read(&format!("{header}\nMessage-ID: <a@example.org>\n\ntext\n"));
    assert_eq!((message.author.name.as_deref(), message.author.email.as_deref()), (name, email), "{header}");
}

#[test]
fn authors_are_unmasked_and_unwrapped() {
    author("From: Ada Sample <Ada@Example.org>", Some("Ada Sample"), Some("ada@example.org"));
    author("From: ada at example.org (Ada Sample)", Some("Ada Sample"), Some("ada@example.org"));
    author("From: ada en example.org (Ada Sample)", Some("Ada Sample"), Some("ada@example.org"));
    author("From: ada em example.org (Ada Sample)", Some("Ada Sample"), Some("ada@example.org"));
    author("From: =?utf-8?Q?Ad=C3=A1?= <ada@example.org>", Some("Adá"), Some("ada@example.org"));
    author(
        "From: \"Ada Sample via L\" <l@lists.example.org>\nReply-To: Ada <ada@example.org>",
        Some("Ada Sample"),
        Some("ada@example.org"),
    );
    author("From: Ada Sample via L <l@lists.example.org>\nReply-To: l@lists.example.org", Some("Ada Sample"), None);
    author("From: Ada B. Sample ada@Example.org", Some("Ada B. Sample"), Some("ada@example.org"));
    author("From: =?utf-8?Q?Ad=C3=A1?=  ada@example.org", Some("Adá"), Some("ada@example.org"));
    author("From: ada@example.org bob@example.net", None, Some("ada@example.org"));
    author("From: <@relay.example.net:ada@example.org>", None, Some("ada@example.org"));
    author("From: Ada <ada@example.org<mailto:ada@example.org>>", Some("Ada"), Some("ada@example.org"));
    author("From: Ada <ada@example.org.>", Some("Ada"), Some("ada@example.org"));
    author("From: ada at example.org (Ada@Example.org)", None, Some("ada@example.org"));
    author("From: ada at example.org (Ada <ada@example.org>)", Some("Ada"), Some("ada@example.org"));
    author("From: Ada\u{0}Sample <ada@example.org\u{0}x>", Some("Ada Sample"), Some("ada@example.org"));
    author("From: Ada meets at noon", Some("Ada meets at noon"), None);
    author("Subject: nobody", None, None);
}

#[track_caller]
fn references(headers: &str, expected: &[&str]) {
    let message = read(&format!("Message-ID: <own@example.org>\n{headers}\n\ntext\n"));
    assert_eq!(message.references.iter().map(MessageId::as_str).collect::<Vec<_>>(), expected, "{headers}");
}

#[test]
fn references_are_ids_and_not_prose() {
    references("References: <a@x.org> <b@x.org>\nIn-Reply-To: <b@x.org>", &["a@x.org", "b@x.org"]);
    references("In-Reply-To: Your message of Mon, 1 Jan 2001", &[]);
    references("In-Reply-To: <a@x.org>; from \"N\" at Oct 5", &["a@x.org"]);
    references("In-Reply-To: <a@x.org> (ada@example.org's message of 5 Oct)", &["a@x.org"]);
    let from = "In-Reply-To: Message from \"Ann Lee\" <ann@example.org>";
    references(&format!("{from}\n of \"Mon, 05 Oct 1998 10:00:00 +0200.\" <a@x.org>"), &["a@x.org"]);
    references("In-Reply-To: Message from Ann <ann@example.org> of \"Mon\" <a@x.org>", &["a@x.org"]);
    references("In-Reply-To: Message from Ann <ann@example.org> of \"Mon\"", &[]);
    references("In-Reply-To: message from Ann of Mon, 5 Oct <a@x.org> <ann@example.org>", &["a@x.org"]);
    references("In-Reply-To: Ann's message from 5 Oct <a@x.org>", &["a@x.org"]);
    references("In-Reply-To: Your message from yesterday <a@x.org>", &["a@x.org"]);
    references("In-Reply-To: Message from Ann Lee on Friday <a@x.org>.", &["a@x.org"]);
    references("In-Reply-To: Ann Lee <ann@example.org> \"Re: Plan\" (Mar 23, 8:08pm)", &[]);
    references("In-Reply-To: Ann Lee <ann@example.org>'s message of 5 Oct <a@x.org>", &["a@x.org"]);
    references("In-Reply-To: Your message <a@x.org> of 5 Oct", &["a@x.org"]);
    references("In-Reply-To: message of Mon, 5 Oct <a@x.org> \"Plan\"", &["a@x.org"]);
    references("In-Reply-To: <a@x.org> from Ann <ann@example.org>", &["a@x.org"]);
    references("References: <a@x.org>\n\t<b at x.org>", &["a@x.org", "b@x.org"]);
    references("References: <own@example.org> <a@x.org>", &["a@x.org"]);
}

#[test]
fn references_beyond_the_limit_keep_the_first_and_the_last() {
    for (count, noted) in [(MAX_REFERENCES, false), (MAX_REFERENCES + 1, true)] {
        let all: String = (0..count).map(|i| format!(" <m{i}@x.org>")).collect();
        let message = read(&format!("References:{all}\n\ntext\n"));
        assert_eq!((message.references.len(), kinds(&message).contains(&"references")), (MAX_REFERENCES, noted));
        assert_eq!(message.references[0].as_str(), "m0@x.org");
        assert_eq!(message.references[MAX_REFERENCES - 1].as_str(), format!("m{}@x.org", count - 1));
    }
}

#[test]
fn recipients_beyond_the_limit_are_noted() {
    for (count, noted) in [(MAX_RECIPIENTS, false), (MAX_RECIPIENTS + 1, true)] {
        let all: Vec<String> = (0..count).map(|i| format!("p{i}@example.org")).collect();
        let message = read(&format!("To: {}\n\ntext\n", all.join(",\n ")));
        assert_eq!((message.recipients.len(), kinds(&message).contains(&"recipients")), (MAX_RECIPIENTS, noted));
    }
}

#[track_caller]
fn date(headers: &str, expected: Option<(&str, DateSource)>) {
    let from = "From ada@example.org Thu Jun  2 14:03:11 2016\n";
    let message = read(&format!("{from}{headers}Message-ID: <a@x.org>\n\ntext\n"));
    let got = message.date.map(|date| {
        (chrono::DateTime::from_timestamp(date.seconds, 0).unwrap().format("%Y-%m-%d %H:%M").to_string(), date.source)
    });
    assert_eq!(got.as_ref().map(|(text, source)| (text.as_str(), *source)), expected, "{headers}");
}

#[test]
fn the_best_believable_date_wins() {
    let received = "Received: from a by b; Thu, 2 Jun 2016 10:00:00 +0000\n";
    date("Date: Thu, 2 Jun 2016 12:03:11 +0200\n", Some(("2016-06-02 10:03", DateSource::Date)));
    date(
        &format!("{received}Date: Thu, 2 Jun 2099 12:03:11 +0200\n"),
        Some(("2016-06-02 10:00", DateSource::Received)),
    );
    date(&format!("{received}Date: soon\n"), Some(("2016-06-02 10:00", DateSource::Received)));
    date("Date: Thu, 1 Jan 1970 00:00:00 +0000\n", Some(("2016-06-02 14:03", DateSource::FromLine)));
    date("", Some(("2016-06-02 14:03", DateSource::FromLine)));
    for impossible in ["Thu, 2 Jun 0000 12:03:11 +0000", "Sun, 31 Feb 2016 12:03:11 +0000", "32 Jan 2016 12:03 +0000"] {
        date(&format!("{received}Date: {impossible}\n"), Some(("2016-06-02 10:00", DateSource::Received)));
    }
    date("Date: Mon, 29 Feb 2016 12:03:11 +0000\n", Some(("2016-02-29 12:03", DateSource::Date)));
    date("Date: Sat, 2 Jun 101 12:03:11 +0000\n", Some(("2001-06-02 12:03", DateSource::Date)));
    // As old programs write it: in the order of ctime, without a zone, without seconds, with a zone of three digits.
    for old in [
        "Thu Jun  2 12:03:11 2016",
        "Thu, 2 Jun 2016 12:03:11",
        "2 Jun 16 12:03 GMT",
        "Do, 2 Jun 2016 12:03:11",
        "Thu, 2 Jun 16 06:03:11 -600",
    ] {
        date(&format!("{received}Date: {old}\n"), Some(("2016-06-02 12:03", DateSource::Date)));
    }
    date("Date: Sun, 2 Jul 2000 12:03:11 0000\n", Some(("2000-07-02 12:03", DateSource::Date)));
    // An impossible zone is dropped, the clock time kept.
    for zone in ["-1600", "+1500", "+9900", "-9999", "+2400"] {
        date(&format!("Date: Thu, 2 Jun 2016 12:03:11 {zone}\n"), Some(("2016-06-02 12:03", DateSource::Date)));
    }
    // The widest in use is believed.
    date("Date: Thu, 2 Jun 2016 12:03:11 +1400\n", Some(("2016-06-01 22:03", DateSource::Date)));
}

#[test]
fn a_message_without_any_date_has_none() {
    assert_eq!(read("Subject: x\n\ntext\n").date, None);
}

#[test]
fn a_message_without_id_is_named_by_its_content_and_a_copy_by_the_same() {
    let mail = "From: Ada <ada@example.org>\nSubject: x\n\nSome   text\n";
    let copy = "From: Ada <ada@example.org>\nSubject:  x\n\nSome text\n";
    assert_eq!(read(mail).id, read(copy).id);
    assert_ne!(read(mail).id, read(&mail.replace("Some", "Other")).id);
    assert!(kinds(&read(mail)).contains(&"message-id"));
}

#[test]
fn ids_that_were_folded_or_masked_are_mended() {
    for header in ["<a@x.org>", "\n <a@x.org>", "<a at x.org>", "a@x.org", "<a@x.org", "<a\n @x.org>", "<<a@x.org>>"] {
        let message = read(&format!("Message-ID: {header}\n\ntext\n"));
        assert_eq!(message.message_id.as_ref().map(MessageId::as_str), Some("a@x.org"), "{header:?}");
    }
}

#[test]
fn an_id_is_read_from_itself() {
    for (written, id) in [
        ("\u{0}<a\u{7}@example.org>", "a@example.org"),
        ("< <a@example.org>\r\n >", "a@example.org"),
        ("<a at\u{1} example.org>", "a@example.org"),
        ("a<@example.org> b", "a<@example.org>b"),
    ] {
        let read = MessageId::parse(written).unwrap();
        assert_eq!(read.as_str(), id);
        assert_eq!(MessageId::parse(id), Some(read));
    }
    assert_eq!(MessageId::parse("<\u{0} <>\n>"), None);
}

#[test]
fn the_id_is_the_hash_that_mailman_3_uses() {
    let id = Id::of_message_id(&MessageId::parse("<87myycy5eh.fsf@uwakimon.sk.tsukuba.ac.jp>").unwrap());
    assert_eq!(id.to_string().to_uppercase(), "JJIGKPKB6CVDX6B2CUG4IHAJRIQIOUTP");
    assert_eq!(Id::parse(&id.to_string()), Some(id));
}

#[track_caller]
fn text(content: &str, body: &[u8], expected: &str) {
    let mut bytes = format!("MIME-Version: 1.0\n{content}\n\n").into_bytes();
    bytes.extend(body);
    let raw = Raw { bytes, from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Sure };
    assert_eq!(parse(&raw, LATEST).text.trim_end(), expected, "{content}");
}

#[test]
fn charsets_are_believed_when_true_and_guessed_when_not_given() {
    text("Content-Type: text/plain; charset=iso-8859-1", b"d\xe9j\xe0 vu", "déjà vu");
    text("Content-Type: text/plain; charset=utf-8", "déjà vu".as_bytes(), "déjà vu");
    text("Content-Type: text/plain", "déjà vu".as_bytes(), "déjà vu");
    text("Content-Type: text/plain; charset=us-ascii", "déjà vu".as_bytes(), "déjà vu");
    text(
        "Content-Type: text/plain; charset=x-unknown",
        b"Voil\xe0 le d\xe9ploiement tr\xe8s attendu",
        "Voilà le déploiement très attendu",
    );
    text(
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
        b"d=C3=A9j=C3=A0 vu",
        "déjà vu",
    );
}

#[test]
fn a_header_that_begins_like_utf_16_keeps_its_letters() {
    let bytes = b"From: a@example.org\nSubject: \xff\xfeout of its head\n\nwords\n".to_vec();
    let raw = Raw { bytes, from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Sure };
    let subject = parse(&raw, LATEST).subject;
    assert!(subject.ends_with("out of its head"), "{subject:?}");
}

#[test]
fn line_ends_and_nuls_are_made_plain() {
    text("Content-Type: text/plain", b"one\r\ntwo\rthree\0", "one\ntwo\nthree\u{FFFD}");
}

#[test]
fn html_alone_is_read_as_text_and_flowed_lines_are_joined() {
    text("Content-Type: text/html", b"<p>One <b>two</b></p><script>three()</script>", "One two");
    text("Content-Type: text/plain; format=flowed", b"One \ntwo\n", "One two");
}

#[test]
fn attachments_are_listed_with_clean_names_and_give_their_bytes() {
    let mail = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"../../etc/report.pdf\"\nContent-Transfer-Encoding: base64\n\nJVBERg==\n--b--\n";
    let message = read(mail);
    assert_eq!(message.attachments.len(), 1, "{:?}", message.attachments);
    let attachment = &message.attachments[0];
    assert_eq!(
        (attachment.name.as_deref(), attachment.media_type.as_str(), attachment.size),
        (Some("report.pdf"), "application/pdf", 4)
    );
    let raw =
        Raw { bytes: mail.as_bytes().to_vec(), from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Sure };
    assert_eq!(attachment_bytes(&raw, attachment.part.unwrap()), Some(b"%PDF".to_vec()));
}

#[test]
fn what_cannot_be_decoded_is_handed_on_as_it_is_and_names_of_scrubbed_files_are_bare() {
    let mail = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n\0-b\n--b--\n";
    let attachment = &read(mail).attachments[0];
    let raw =
        Raw { bytes: mail.as_bytes().to_vec(), from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Sure };
    let bytes = attachment_bytes(&raw, attachment.part.unwrap()).unwrap();
    assert!(bytes.starts_with(b"iVBORw0KGgo=") && bytes.len() as u64 == attachment.size, "{bytes:?}");
    let scrubbed = "\n-------------- next part --------------\nA non-text attachment was scrubbed...\nName: up/../a\u{3}.pdf\nType: application/pdf\nSize: 12 bytes\nDesc: none\nURL: <http://example.org/a.pdf>\n";
    assert_eq!(read(scrubbed).attachments[0].name.as_deref(), Some("a.pdf"));
}

#[test]
fn a_type_that_is_none_is_not_told() {
    for (said, told) in [
        ("Image/PNG", "image/png"),
        ("image", "image/octet-stream"),
        ("\0image/png", "application/octet-stream"),
        ("image/ann@example.org", "application/octet-stream"),
        ("image/=?x?=", "application/octet-stream"),
    ] {
        let mail = format!("Content-Type: {said}\nContent-Transfer-Encoding: base64\n\nJVBERg==\n");
        assert_eq!(read(&mail).attachments[0].media_type, told, "{said:?}");
    }
}

#[test]
fn a_forwarded_message_is_an_attachment_with_its_bytes_untouched() {
    let inner = "Subject: inner\nContent-Type: message/rfc822\n\nSubject: innermost\n\nwords\n";
    let mail = format!(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nouter\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    );
    let message = read(&mail);
    assert_eq!(message.attachments[0].media_type, "message/rfc822");
    let raw = Raw { bytes: mail.into_bytes(), from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Sure };
    let bytes = attachment_bytes(&raw, message.attachments[0].part.unwrap()).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes).trim_end(), inner.trim_end());
}

#[test]
fn subjects_lose_prefixes_and_reply_marks_but_not_other_tags() {
    let prefixes = ["[L]".to_owned(), "[Other]".to_owned()];
    for (subject, shown, base) in [
        ("Re: [L] [Other] Plan", "Re: Plan", "Plan"),
        ("[l] AW: Re[2]: Plan", "Re: Plan", "Plan"),
        ("[PATCH v2] Plan", "[PATCH v2] Plan", "[PATCH v2] Plan"),
        ("Fwd: Plan", "Fwd: Plan", "Plan"),
        ("Plan: the rest", "Plan: the rest", "Plan: the rest"),
        ("", "", ""),
    ] {
        let read = Subject::read(subject, &prefixes);
        assert_eq!((read.shown.as_str(), read.base.as_str()), (shown, base), "{subject}");
    }
}

#[test]
fn conversations_are_told_without_knowing_the_lists() {
    for (subject, base, reply) in [
        ("[beta] Re: Topic  one", "topic one", true),
        ("Topic one", "topic one", false),
        ("Fwd: [x] Topic one", "topic one", false),
    ] {
        assert_eq!(conversation(subject), (base.to_owned(), reply), "{subject}");
    }
}

#[test]
fn names_of_files_are_decoded_however_they_are_written() {
    for (parameter, expected) in [
        ("filename*=UTF-8''d%C3%A9pliant.pdf", Some("dépliant.pdf")),
        ("filename=\"=?utf-8?Q?d=C3=A9pliant.pdf?=\"", Some("dépliant.pdf")),
        ("filename*0=\"a long \";\n filename*1=\"name.pdf\"", Some("a long name.pdf")),
        ("filename=\"C:\\\\files\\\\plan.pdf\"", Some("plan.pdf")),
        ("filename=\".hidden\"", Some("hidden")),
        ("filename=\"..\"", None),
        ("filename=\"\"", None),
    ] {
        let mail = format!(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; {parameter}\n\n%PDF\n--b--\n"
        );
        let message = read(&mail);
        assert_eq!(message.attachments.len(), 1, "{parameter}");
        assert_eq!(message.attachments[0].name.as_deref(), expected, "{parameter}");
    }
}

#[test]
fn headers_in_eight_bits_are_read_by_their_letters() {
    for bytes in [&b"Subject: D\xe9p\xf4t des r\xe9ponses"[..], "Subject: Dépôt des réponses".as_bytes()] {
        let bytes = [bytes, b"\nMessage-ID: <a@x.org>\n\ntext\n"].concat();
        let raw = Raw { bytes, from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Sure };
        assert_eq!(parse(&raw, LATEST).subject, "Dépôt des réponses");
    }
    let raw = b"Subject: =?iso-8859-1?Q?R\xe9ponse_=E9crite?=\nMessage-ID: <a@x.org>\n\ntext\n";
    let raw = Raw { bytes: raw.to_vec(), from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Sure };
    assert_eq!(parse(&raw, LATEST).subject, "Réponse écrite");
    assert_eq!(read("Subject: one\n two\n\tthree\n\ntext\n").subject, "one two three", "folds are single blanks");
}

#[test]
fn a_header_block_is_read_up_to_its_limit_and_the_text_below_it_always() {
    let tail = "Subject: last\n";
    // The empty line below it may take four bytes with its neighbour's end, which are not held against the block.
    for (over, subject) in [(0, "last"), (3, "last"), (4, "")] {
        let start = "Message-ID: <a@x.org>\n";
        let fill = MAX_HEADER_BLOCK - start.len() - tail.len() + over;
        // As many as it takes, each shorter than a value may be.
        let some = format!("X-Filler: {}\n", "x".repeat(50_000));
        let few = fill / some.len();
        let rest = "x".repeat(fill - few * some.len() - "X-Filler: \n".len());
        let filler = format!("{}X-Filler: {rest}\n", some.repeat(few));
        let message = read(&format!("{start}{filler}{tail}\nThe text.\n"));
        assert_eq!(message.subject, subject, "{over} past the limit");
        assert_eq!(kinds(&message).contains(&"header"), over == 4, "{:?}", message.problems);
        assert_eq!(message.text.trim_end(), "The text.");
        assert_eq!(message.message_id.as_ref().map(MessageId::as_str), Some("a@x.org"));
    }
}

#[test]
fn an_id_of_the_longest_length_is_kept_and_a_longer_one_is_not() {
    for (length, kept) in [(MessageId::MAX, true), (MessageId::MAX + 1, false)] {
        let id = format!("{}@x.org", "i".repeat(length - "@x.org".len()));
        assert_eq!(read(&format!("Message-ID: <{id}>\n\ntext\n")).message_id.is_some(), kept, "{length} bytes");
    }
}

#[test]
fn text_is_read_up_to_its_limit() {
    for (over, noted) in [(0, false), (1, true)] {
        let message = read(&format!("Message-ID: <a@x.org>\n\n{}", "a".repeat(MAX_TEXT + over)));
        assert_eq!((message.text.len(), kinds(&message).contains(&"text")), (MAX_TEXT, noted), "{over} past the limit");
    }
    // The cut never falls inside a letter.
    assert_eq!(read(&format!("Message-ID: <a@x.org>\n\n{}é", "a".repeat(MAX_TEXT - 1))).text.len(), MAX_TEXT - 1);
}

#[test]
fn attachments_are_listed_up_to_their_limit() {
    for (count, noted) in [(MAX_ATTACHMENTS, false), (MAX_ATTACHMENTS + 1, true)] {
        let parts = "--b\nContent-Type: application/pdf\n\nx\n".repeat(count);
        let message = read(&format!(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n{parts}--b--\n"
        ));
        assert_eq!((message.attachments.len(), kinds(&message).contains(&"parts")), (MAX_ATTACHMENTS, noted));
    }
}

#[test]
fn parts_that_are_text_are_all_read_and_more_than_the_limit_are_said() {
    for (parts, said) in [(mime::MAX_PARTS - 1, 0), (mime::MAX_PARTS, 1)] {
        let body: String = (0..parts).map(|number| format!("--b\n\npart{number}\n")).collect();
        let message = read(&format!("Content-Type: multipart/mixed; boundary=b\n\n{body}--b--\n"));
        let count = message.problems.iter().filter(|problem| problem.kind == "parts").count();
        assert_eq!((count, message.text.contains(&format!("part{}", parts - 1))), (said, true), "{parts} parts");
    }
}

#[test]
fn parts_that_nest_deeper_than_the_limit_are_read_and_it_is_said() {
    for (depth, noted) in [(MAX_DEPTH, false), (MAX_DEPTH + 1, true), (20 * MAX_DEPTH, true)] {
        let open = |level: usize| format!("Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\n");
        let close = |level: usize| format!("\n--b{level}x--\n");
        let opened: String = (0..depth).map(open).collect();
        let closed: String = (0..depth).rev().map(close).collect();
        let message = read(&format!("Message-ID: <a@x.org>\n{opened}\nThe innermost words.{closed}"));
        assert_eq!(message.text.trim_end(), "The innermost words.", "{depth} deep");
        assert_eq!(kinds(&message).contains(&"parts"), noted, "{depth} deep: {:?}", message.problems);
    }
}

#[test]
fn a_name_of_a_file_at_the_limit_is_whole_and_one_over_is_cut_and_said() {
    for (over, noted) in [(0, false), (1, true)] {
        let name = "n".repeat(MAX_FILE_NAME + over);
        let message = read(&format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: image/png; name={name}\n\nx\n--b--\n"
        ));
        let kept = message.attachments[0].name.as_deref().map(str::len);
        assert_eq!((kept, kinds(&message).contains(&"file-name")), (Some(MAX_FILE_NAME), noted), "{over} over");
    }
}

#[test]
fn html_at_the_limit_is_read_to_its_end_and_one_over_is_cut_and_said() {
    for (over, noted) in [(0, false), (1, true)] {
        let html = format!("<p>{}z", "a ".repeat((text::MAX_HTML - 4) / 2)) + &"z".repeat(over);
        let message = read(&format!("Message-ID: <a@x.org>\nContent-Type: text/html\n\n{html}"));
        assert_eq!(kinds(&message).contains(&"html"), noted, "{over} over: {:?}", message.problems);
        assert!(message.text.len() > text::MAX_HTML - 10, "what is before the cut is read");
    }
}

#[test]
fn encoded_words_are_decoded_up_to_a_number_and_beyond_it_stand_as_they_are() {
    let words = |count: usize| read(&format!("Subject:{}\n\nx\n", " =?utf-8?Q?=C3=A9?=".repeat(count))).subject;
    assert_eq!(words(mime::MAX_ENCODED_WORDS), "é".repeat(mime::MAX_ENCODED_WORDS));
    assert!(words(mime::MAX_ENCODED_WORDS + 1).starts_with("= ?utf-8?Q?"));
}

/// Each of these made the parser's work grow with the square of its length, or nearly; the bound is a hundred times what they take.
#[test]
fn headers_made_to_be_slow_are_read_in_time() {
    let words = |word: &str| word.repeat(guard::MAX_HEADER_BLOCK / word.len());
    for header in [
        format!("Subject: {}", words("=?aa?Q?x")),
        format!("From: {}", words("=?aa?Q?x")),
        format!("To: {}", words("a(=?aa?Q?x")),
        format!("To: {}", words("a:")),
        format!("To: {}", words("(")),
        format!("Date: {}", words("(")),
        format!("References: {}", words("<")),
        format!("Content-Type: text/plain{}", words("; a*1=x")),
        format!("Content-Type: text/plain{}", words("; a*='b'c")),
        format!("Content-Type: text/plain{}", words(";a=\"")),
    ] {
        let started = std::time::Instant::now();
        let message = read(&format!("Message-ID: <a@x.org>\n{header}\n\nThe words.\n"));
        assert_eq!(message.text, "The words.\n");
        assert!(started.elapsed().as_secs() < 30, "{:?} for {}", started.elapsed(), &header[..40]);
    }
}

#[test]
fn what_was_cut_off_is_said_and_what_ends_oddly_is_not_called_cut_off() {
    let parts = "Message-ID: <a@x.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n";
    for (mail, cut) in [
        (format!("{parts}--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBE"), true),
        (format!("{parts}--b--\n"), false),
        (format!("{parts}--b--"), false),
        (format!("{parts}--b--\nwritten below\n"), false),
        ("From: ada@example.org\nSubj".into(), true),
        ("From: ada@example.org\nSubject: x".into(), true),
        ("From: ada@example.org\nSubject: x\n".into(), false),
        ("From: ada@example.org\n\nno line end".into(), false),
        ("\ntext".into(), false),
        (String::new(), false),
    ] {
        assert_eq!(kinds(&read(&mail)).contains(&"truncated"), cut, "{mail:?}");
    }
}

#[test]
fn parts_that_are_not_there_cost_no_words() {
    for kind in ["multipart/alternative; boundary=gone", "multipart/digest; boundary=\"gone\"", "multipart/mixed"] {
        for end in ["", "--gone--\n", "--gone--\n\n"] {
            let message = read(&format!(
                "Message-ID: <a@x.org>\nMIME-Version: 1.0\nContent-Type: {kind}\n\nWhat is left.\n{end}"
            ));
            assert_eq!(message.text.trim_end(), format!("What is left.\n{end}").trim_end(), "{kind}");
            assert_eq!(message.attachments, [], "{kind}");
        }
    }
}

#[test]
fn a_type_of_text_without_a_kind_is_plain_text() {
    for body in ["What was said.\n", "What=20was said.\n"] {
        let encoding = if body.contains('=') { "quoted-printable" } else { "7bit" };
        let message = read(&format!(
            "Message-ID: <a@x.org>\nContent-Type: text\nContent-Transfer-Encoding: {encoding}\n\n{body}"
        ));
        assert_eq!((message.text.trim_end(), message.attachments.len()), ("What was said.", 0));
    }
}

/// The parser passes over blanks and comments behind the slash of a type, and used to enter messages that were named so: each level
/// then took more of the stack that drops them.
#[test]
fn messages_in_messages_are_not_entered_however_their_type_is_written() {
    for written in [
        "message/rfc822",
        "message/ rfc822",
        "message/\n rfc822",
        "message/(a)rfc822",
        "MESSAGE/ (b) Global",
        "message /rfc822",
    ] {
        let nested = format!("{}\n", format!("Content-Type: {written}\n\n").repeat(100_000));
        let message = read(&format!("Message-ID: <a@x.org>\n{nested}"));
        assert!(message.attachments.len() <= 1, "{written}: {}", message.attachments.len());
    }
}
