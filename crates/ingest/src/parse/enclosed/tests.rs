//! Digests as they are sent, and what only looks like one. All invented.

use proptest::prelude::*;

use super::*;
use crate::{Framing, Voice, parse, parse::words_of};

const HEAD: &str = "From: drafts-request@example.org\nSubject: Drafts Digest, Vol 5, Issue 7\nDate: Fri, 3 Jun 2016 12:00:00 +0000\nMessage-ID: <digest@example.org>\n";

fn raw(mail: &str) -> Raw {
    let from = "From drafts-request@example.org Fri Jun  3 12:00:00 2016\n";
    let bytes = format!("{from}{mail}").into_bytes();
    Raw { bytes, from_line: from.len(), offset: 1000, form: Form::Mboxo, framing: Framing::Sure }
}

fn message(number: usize, body: &str) -> String {
    format!(
        "Message: {number}\nDate: Thu, 2 Jun 2016 12:0{number}:00 +0000\nFrom: Ada Sample <ada@example.org>\nSubject: [Drafts] Plan {number}\nTo: drafts@example.org\nMessage-ID: <m{number}@example.org>\nContent-Type: text/plain; charset=us-ascii\n\n{body}\n\n"
    )
}

fn plain(messages: &[String]) -> String {
    let (first, between) = ("-".repeat(70), "-".repeat(30));
    let all = messages.join(&format!("{between}\n\n"));
    format!(
        "{HEAD}\nSend Drafts mailing list submissions to\n\tdrafts@example.org\n\nToday's Topics:\n\n   1. Plan 1 (Ada Sample)\n\n\n{first}\n\n{all}{between}\n\nSubject: Digest Footer\n\n_______________________________________________\nDrafts mailing list\nDrafts@example.org\nhttps://example.org/mailman/listinfo/drafts\n\n\n{between}\n\nEnd of Drafts Digest, Vol 5, Issue 7\n************************************\n"
    )
}

fn parts(outer: &str) -> String {
    let one = |n: usize| {
        format!(
            "--d\n\nFrom: ada@example.org\nDate: Thu, 2 Jun 2016 12:0{n}:00 +0000\nMessage-ID: <m{n}@example.org>\nSubject: Plan {n}\n\nBody {n}.\n\n"
        )
    };
    let digest = format!("Content-Type: multipart/digest; boundary=d\n\n{}{}--d--\n", one(1), one(2));
    match outer {
        "" => format!("{HEAD}MIME-Version: 1.0\n{digest}"),
        _ => format!(
            "{HEAD}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\nToday's Topics\n--o\n{digest}--o\n\nThe footer\n--o--\n"
        ),
    }
}

/// The ids and texts of what is enclosed; every slice must be where it says it is.
#[track_caller]
fn check(mail: &str, expected: &[(&str, &str)]) {
    for mail in [mail.to_owned(), mail.replace('\n', "\r\n")] {
        let raw = raw(&mail);
        let found = enclosed(&raw);
        for inner in &found {
            let at = (inner.offset - raw.offset) as usize;
            assert_eq!(raw.bytes[at..at + inner.bytes.len()], inner.bytes);
            assert!(enclosed(inner).is_empty(), "nothing is entered twice");
        }
        let read: Vec<_> = found.iter().map(|inner| parse(inner, i64::MAX)).collect();
        let said: Vec<(&str, &str)> =
            read.iter().map(|m| (m.message_id.as_ref().map_or("", |id| id.as_str()), m.text.trim())).collect();
        assert_eq!(said, expected, "{mail}");
        let whole = parse(&raw, i64::MAX);
        let own = words_of(&whole, Voice::Own);
        assert_eq!(own.trim().is_empty(), !expected.is_empty(), "a digest has no words of its own: {own}");
        assert_eq!(whole.spans.last().map(|span| span.end), Some(whole.text.len()), "and its spans cover it");
    }
}

#[test]
fn a_plain_digest_comes_apart_into_its_messages() {
    check(
        &plain(&[message(1, "We agree."), message(2, "So do I.")]),
        &[("m1@example.org", "We agree."), ("m2@example.org", "So do I.")],
    );
}

#[test]
fn the_parts_of_a_digest_in_mime_are_messages() {
    for outer in ["", "mixed"] {
        check(&parts(outer), &[("m1@example.org", "Body 1."), ("m2@example.org", "Body 2.")]);
    }
}

#[test]
fn dashes_and_quoted_digests_inside_a_message_are_its_own_text() {
    let rule = "-".repeat(30);
    let quoting = format!("Look:\n\n{rule}\n\n{}Indeed.", message(1, "We agree."));
    let found = enclosed(&raw(&plain(&[message(1, &quoting), message(2, "So do I.")])));
    assert_eq!(found.len(), 2);
    assert!(parse(&found[0], i64::MAX).text.trim_end().ends_with("Indeed."));
}

#[test]
fn a_message_that_had_parts_keeps_its_text() {
    let body =
        message(1, "The plain half.").replace("text/plain; charset=us-ascii", "multipart/alternative; boundary=gone");
    check(&plain(&[body]), &[("m1@example.org", "The plain half.")]);
}

#[test]
fn what_only_looks_like_a_digest_is_kept_whole() {
    let digest = plain(&[message(1, "We agree."), message(2, "So do I.")]);
    for other in [
        digest.replace("Subject: Drafts Digest", "Subject: Re: Drafts Digest"),
        digest.replace("Subject: Drafts Digest", "Subject: Fwd: Drafts Digest"),
        digest.replace("Subject: Drafts Digest, Vol 5, Issue 7", "Subject: The plan"),
        digest.replace("Message-ID: <digest", "In-Reply-To: <x@example.org>\nMessage-ID: <digest"),
        // Something is written below it.
        format!("{digest}\nI agree with all of it.\n"),
        // Something is not as it must be.
        digest.replace("End of Drafts", "Here ends Drafts"),
        digest.replace("Message: 1\n", "Message: 2\n"),
        digest.replace("Message-ID: <m1@example.org>\n", ""),
        digest.replace(&"-".repeat(70), &"-".repeat(69)),
        digest
            .lines()
            .map(
                |line| if line.is_empty() || line.contains(": ") { format!("{line}\n") } else { format!("> {line}\n") },
            )
            .collect(),
    ] {
        check(&other, &[]);
    }
}

#[test]
fn an_encoded_digest_is_kept_whole_and_says_so() {
    let digest = plain(&[message(1, "We agree.")]);
    let encoded = digest.replacen("\n\n", "\nContent-Transfer-Encoding: quoted-printable\n\n", 1);
    check(&encoded, &[]);
    let kinds: Vec<&str> = parse(&raw(&encoded), i64::MAX).problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, ["digest"]);
    let base64 = parts("").replace("--d\n\nFrom", "--d\nContent-Transfer-Encoding: base64\n\nFrom");
    assert!(enclosed(&raw(&base64)).is_empty());
}

#[test]
fn a_digest_is_entered_up_to_its_limit() {
    for (count, taken) in [(MAX_ENCLOSED, MAX_ENCLOSED), (MAX_ENCLOSED + 1, 0)] {
        let messages: Vec<String> = (1..=count).map(|number| message(number, "Yes.")).collect();
        assert_eq!(enclosed(&raw(&plain(&messages))).len(), taken, "{count} messages");
    }
}

proptest! {
    #[test]
    fn whatever_is_enclosed_is_a_slice_in_order_and_apart(cuts in prop::collection::vec((0usize..2000, "[-\nA-Za-z: ]{0,40}"), 0..4)) {
        let mut mail = plain(&[message(1, "We agree."), message(2, "So do I.")]);
        for (at, noise) in cuts {
            let at = at.min(mail.len());
            mail.insert_str(at, &noise);
        }
        let raw = raw(&mail);
        let mut end = raw.offset;
        for inner in enclosed(&raw) {
            prop_assert!(inner.offset >= end);
            let at = (inner.offset - raw.offset) as usize;
            prop_assert_eq!(&raw.bytes[at..at + inner.bytes.len()], &inner.bytes[..]);
            end = inner.offset + inner.bytes.len() as u64;
        }
    }
}
