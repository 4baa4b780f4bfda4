//! What no text of mail may do to a form, for any text.

use askama::filters::Escaper;
use plenary_index::{Author, Card};
use proptest::prelude::*;

use super::{
    Form, bibtex,
    cite::{Citation, STYLES},
    csl, mbox, ris, suffixed,
};
use crate::{Config, mask::mask_raw};

fn card(name: &str, subject: &str) -> Card {
    Card {
        id: "k3jx".into(),
        message_id: Some("1@example.org".into()),
        lists: vec!["quay".into()],
        subject: subject.into(),
        author: Author { person: "a".into(), name: name.into(), email: None },
        date: None,
        thread: "k3jx".into(),
        attachments: 0,
        language: None,
    }
}

fn citation(name: &str, subject: &str) -> Citation {
    Citation::of(&card(name, subject), &Config::default())
}

/// Signs that mean something in some form, controls, and letters of several scripts.
fn hostile() -> impl Strategy<Value = String> {
    let signs = "[-{}\\\\\"'@=,%$&#_~^<>`*|\\[\\]()!:;+.0-9a-zA-Zéß码ע\u{202E}\u{FEFF}\r\n\t\u{0}\u{85} ]{0,40}";
    prop_oneof![signs, any::<String>()]
}

proptest! {
    #[test]
    fn no_text_opens_or_closes_an_entry_of_bibtex(name in hostile(), subject in hostile()) {
        let entry = bibtex::entry(&citation(&name, &subject));
        let mut depth = 0;
        for (at, c) in entry.char_indices() {
            depth += match c { '{' => 1, '}' => -1, _ => 0 };
            prop_assert!(depth > 0 || at < "@misc".len() || at >= entry.len() - 2, "closed at {} in {}", at, entry);
        }
        prop_assert_eq!(depth, 0);
        let ours = |line: &str| line.starts_with("@misc{") || line.starts_with("  ") || line == "}";
        prop_assert!(entry.lines().all(ours), "{}", entry);
    }

    #[test]
    fn no_text_begins_a_line_of_ris(name in hostile(), subject in hostile()) {
        let entry = ris::entry(&citation(&name, &subject));
        let lines: Vec<&str> = entry.trim_end().split("\r\n").collect();
        let tags: Vec<&str> = lines.iter().map(|line| line.get(..2).unwrap_or("")).collect();
        prop_assert!(!entry.replace("\r\n", "").contains(['\r', '\n']));
        let known = ["TY", "AU", "TI", "T2", "UR", "AN", "N1", "ID", "ER"];
        prop_assert!(tags.iter().all(|tag| known.contains(tag)), "{}", entry);
        prop_assert_eq!(tags.iter().filter(|tag| **tag == "ER").count(), 1);
    }

    #[test]
    fn every_style_is_one_citation(name in hostile(), subject in hostile()) {
        let citation = citation(&name, &subject).at("2-3", 9);
        for (style, called) in STYLES {
            let text = citation.to(style);
            prop_assert!(text.contains("/m/k3jx#p2-3"), "{}: {}", called, text);
            prop_assert!(!text.contains(['\r', '\u{0}', '\u{202E}']), "{}: {:?}", called, text);
        }
        let item = csl::item(&citation).to_string();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&item).is_ok());
        prop_assert!(citation.coins().bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"'".contains(&byte)));
    }

    #[test]
    fn no_text_is_markup_in_markdown(text in hostile()) {
        let mut out = String::new();
        super::Markdown.write_escaped_str(&mut out, &text).unwrap();
        let mut escaped = false;
        for c in out.chars() {
            prop_assert!(escaped || !"`*_[]<>&~|".contains(c), "{:?} in {:?}", c, out);
            escaped = c == '\\' && !escaped;
        }
        for line in out.split('\n') {
            prop_assert!(!line.starts_with(['#', '+', '-', '=']), "{:?}", out);
        }
    }

    #[test]
    fn no_body_divides_a_mailbox(body in "(>{0,3}From [a-z@. ]{0,12}|[a-z >]{0,9}|\r){0,6}(\r?\n(>{0,3}From x|a|)){0,6}") {
        let message = format!("Subject: x\n\n{body}");
        let mut out = Vec::new();
        mbox::write(message.as_bytes(), Some(0), &mut out);
        let text = String::from_utf8(out).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        prop_assert_eq!(first, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970");
        prop_assert!(rest.ends_with("\n\n") && rest.split('\n').all(|line| !line.starts_with("From ")), "{:?}", rest);
        // One sign off each is what was sent.
        let back: Vec<&str> = rest
            .split('\n')
            .map(|line| if line.trim_start_matches('>').starts_with("From ") { &line[1..] } else { line })
            .collect();
        let sent = String::from_utf8(mask_raw(message.as_bytes())).unwrap();
        let (back, sent) = (back.join("\n"), sent.trim_end_matches('\n').to_owned());
        prop_assert_eq!(back.trim_end_matches('\n'), sent);
    }
}

#[test]
fn suffixes_are_taken_from_names_of_ours_only() {
    assert_eq!(suffixed("abc.json"), Some(("abc", Form::Json)));
    assert_eq!(suffixed("abc-2.csl.json"), Some(("abc-2", Form::Csl)));
    assert_eq!(suffixed("my.list.csv"), Some(("my.list", Form::Csv)));
    assert_eq!(suffixed("1@mail.md"), None);
    assert_eq!(suffixed("abc.html"), None);
    assert_eq!(suffixed(".csv"), None);
    assert_eq!(suffixed("csv"), None);
}

#[test]
fn paragraphs_are_cited_that_are_there() {
    let cited = |typed| citation("Ada", "Berths?").at(typed, 9).to(super::Style::Plain);
    let whole = "Ada. “Berths?” Message to the quay mailing list, undated. /m/k3jx";
    assert_eq!(cited("4"), "Ada. “Berths?” Message to the quay mailing list, undated, para. 4. /m/k3jx#p4");
    assert_eq!(cited("#p4-p9"), "Ada. “Berths?” Message to the quay mailing list, undated, paras. 4–9. /m/k3jx#p4-9");
    for none in ["", "0", "10", "4-10", "9-4", "four", "4-", "-4", "99999999999999999999"] {
        assert_eq!(cited(none), whole, "{none}");
    }
}
