//! When two copies are one message, and when they are rivals for one Message-ID.

use std::{borrow::Cow, sync::LazyLock};

use plenary_ingest::{Address, Attachment, Form, Framing, Message, Raw, Voice, conversation, digest, text};

use crate::catalogue::{Copy, Traits};

/// What is remembered of a message for comparing, threading and naming; `author` is the number of its author in the catalogue.
/// It depends on nothing but the message, so that a catalogue stays true when lists are added or configured otherwise.
pub(crate) fn traits(message: &Message, raw: &Raw, author: u32) -> Traits {
    let (base, is_reply) = conversation(&message.subject);
    let said = said(message);
    let (content, ascii) = digest::of_letters(std::iter::once(base.as_str()).chain(said.iter().map(AsRef::as_ref)));
    let scrubbed = message.attachments.iter().any(|attachment| attachment.part.is_none());
    let impoverished = scrubbed || matches!(raw.form, Form::Pipermail | Form::Enclosed);
    Traits {
        content,
        ascii,
        attachments: attachments_key(&message.attachments),
        impoverished,
        hollow: scrubbed && said.iter().all(|words| !words.bytes().any(|b| b.is_ascii_alphanumeric())),
        damaged: said.iter().any(|words| words.contains(['?', '\u{FFFD}']))
            && !said.iter().any(|words| has_letters_beyond_ascii(words)),
        ambiguous: raw.framing == Framing::Ambiguous,
        richness: richness(message, raw, impoverished),
        author,
        date: message.date.map(|date| date.seconds),
        references: message.references.iter().map(|id| plenary_ingest::Id::of_message_id(id).key()).collect(),
        subject: if base.is_empty() { 0 } else { digest::key(&base) },
        is_reply,
        answers_digest: is_digest_reply(&message.subject),
        tail: text::tail(&message.text, &message.spans).iter().map(|line| line.key).collect(),
    }
}

/// Sorts the copies of one Message-ID into messages: each group is one message, in an order that depends on the copies
/// alone. The first group keeps the plain address; further ones are conflicts.
pub(crate) fn messages(copies: &[Copy], authors: &[crate::catalogue::Author]) -> Vec<Vec<usize>> {
    if copies.len() > MANY {
        return by_content(copies);
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    // Richest first: a poor copy that could belong to two messages goes with the one that is compared first,
    // whatever order they came in.
    let mut order: Vec<usize> = (0..copies.len()).collect();
    order.sort_by_key(|&i| rank(&copies[i]));
    for i in order {
        let home =
            groups.iter_mut().find(|group| group.iter().any(|&j| same(&copies[i].traits, &copies[j].traits, authors)));
        match home {
            Some(group) => group.push(i),
            None => groups.push(vec![i]),
        }
    }
    number(copies, &mut groups);
    groups
}

/// Copies of one Message-ID beyond which only equal content folds: comparing each with each would take too long, and so many
/// come only from a program that gives every message one id.
const MANY: usize = 64;

/// Groups by content and framing alone, in time that grows with the number of copies.
fn by_content(copies: &[Copy]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..copies.len()).collect();
    let key = |i: usize| (copies[i].traits.content, copies[i].traits.attachments, copies[i].traits.ambiguous);
    order.sort_by_key(|&i| (key(i), rank(&copies[i])));
    let mut groups: Vec<Vec<usize>> = order.chunk_by(|&a, &b| key(a) == key(b)).map(<[usize]>::to_vec).collect();
    number(copies, &mut groups);
    groups
}

/// Puts groups into the order of their numbers: the surely framed and the earliest first, so that what is carved out of a
/// body never takes a plain address; nor does what only a digest holds, which anybody can write, where the message itself is there.
fn number(copies: &[Copy], groups: &mut [Vec<usize>]) {
    groups.sort_by_cached_key(|group| {
        let best = &copies[group[0]];
        let ambiguous = group.iter().all(|&i| copies[i].traits.ambiguous);
        let enclosed = Form::Enclosed.number();
        let second_hand = group.iter().all(|&i| copies[i].reading.form == enclosed);
        let date = group.iter().filter_map(|&i| copies[i].traits.date).min().unwrap_or(i64::MAX);
        (ambiguous, second_hand, date, best.traits.content, best.bytes)
    });
}

/// Sorts copies best first: surely framed, then rich; equal ones by their bytes, which no order of arrival changes.
fn rank(copy: &Copy) -> (bool, std::cmp::Reverse<u64>, u128) {
    (copy.traits.ambiguous, std::cmp::Reverse(copy.traits.richness), copy.bytes)
}

/// Whether two copies with one Message-ID are one message. One changed word makes another message; another footer,
/// encoding, line length or list prefix does not, and neither does what Pipermail takes away.
fn same(a: &Traits, b: &Traits, authors: &[crate::catalogue::Author]) -> bool {
    if a.ambiguous != b.ambiguous {
        return false;
    }
    let text = a.content == b.content
        || ((a.damaged || b.damaged) && a.ascii == b.ascii && a.date == b.date && a.date.is_some())
        || ((a.hollow || b.hollow) && a.subject == b.subject && a.date == b.date);
    let attachments = a.attachments == b.attachments || a.impoverished || b.impoverished;
    text && attachments && same_author(a, b, authors)
}

/// Whether two copies may have one author: the same address or name, or one of them says too little to tell.
fn same_author(a: &Traits, b: &Traits, authors: &[crate::catalogue::Author]) -> bool {
    let (a, b) = (&authors[a.author as usize], &authors[b.author as usize]);
    match (&a.email, &b.email) {
        (Some(x), Some(y)) if x == y => true,
        (Some(_), Some(_)) => a.name.is_some() && a.name == b.name,
        _ => true,
    }
}

/// The words of a message for comparing: all but the signature and what list software added, whose bounds are told less
/// surely in one copy than in another; masks undone as far as letters tell.
fn said(message: &Message) -> Vec<Cow<'_, str>> {
    let spans = message.spans.iter().filter(|span| !matches!(span.voice, Voice::Footer | Voice::Signature));
    spans
        .map(|span| {
            let text = &message.text[span.start..span.end];
            // `ann at example.org` and `ann@example.org` are the same letters once the word between is gone; so are other
            // sentences with an `at` in them, on both sides alike.
            if MASK.find(text.as_bytes()).is_some() { text.replace(" at ", " ").into() } else { text.into() }
        })
        .collect()
}

/// How Pipermail writes `@`.
static MASK: LazyLock<memchr::memmem::Finder<'static>> = LazyLock::new(|| memchr::memmem::Finder::new(" at "));

fn has_letters_beyond_ascii(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(|c| !c.is_ascii() && c.is_alphabetic())
}

fn attachments_key(attachments: &[Attachment]) -> u64 {
    let mut described: Vec<String> = attachments
        .iter()
        .filter(|attachment| attachment.part.is_some())
        .map(|attachment| format!("{:032x}", attachment.digest))
        .collect();
    described.sort();
    if described.is_empty() { 0 } else { digest::key(&described.join("\n")) }
}

/// How much a copy holds, to be compared only among copies of one message: first what was not taken away, then parts,
/// then bytes. The From_ line does not count, and neither does how lines end: a copy in CRLF holds nothing more.
fn richness(message: &Message, raw: &Raw, impoverished: bool) -> u64 {
    let parts = message.attachments.iter().filter(|attachment| attachment.part.is_some()).count().min(255) as u64;
    let content = &raw.bytes[raw.from_line..];
    let bytes = (content.len() - memchr::memchr_iter(b'\r', content).count()) as u64;
    u64::from(!impoverished) << 63 | u64::from(message.has_html) << 62 | parts << 48 | bytes.min((1 << 40) - 1)
}

/// `Re: Bp_counteringabuse Digest, Vol 5, Issue 7`.
pub(crate) fn is_digest_reply(subject: &str) -> bool {
    let Some(at) = subject.find("Digest, Vol ") else { return false };
    subject[at..].contains(", Issue ")
}

/// An address as the catalogue keeps it.
impl From<&crate::catalogue::Author> for Address {
    fn from(author: &crate::catalogue::Author) -> Address {
        Address { name: author.name.clone(), email: author.email.clone() }
    }
}

#[cfg(test)]
mod tests {
    use plenary_ingest::parse;

    use super::*;
    use crate::catalogue::{Author, Reading};

    fn copy(mail: &str, form: Form, authors: &mut Vec<Author>) -> Copy {
        let raw = Raw { bytes: mail.as_bytes().to_vec(), from_line: 0, offset: 0, form, framing: Framing::Sure };
        let message = parse(&raw, i64::MAX);
        authors.push(Author { name: message.author.name.clone(), email: message.author.email.clone() });
        let traits = traits(&message, &raw, authors.len() as u32 - 1);
        Copy { bytes: digest::of_bytes(&raw.bytes), reading: Reading::of(&raw), traits, places: Vec::new(), since: 0 }
    }

    const HEAD: &str = "From: Ada <ada@example.org>\nDate: Thu, 2 Jun 2016 12:00:00 +0000\nMessage-ID: <a@x.org>\n";

    /// How many messages two copies are.
    #[track_caller]
    fn check(one: (&str, Form), other: (&str, Form), messages: usize) {
        let mut authors = Vec::new();
        let copies = [copy(one.0, one.1, &mut authors), copy(other.0, other.1, &mut authors)];
        let groups = super::messages(&copies, &authors);
        assert_eq!(groups.len(), messages, "{}\nand\n{}", one.0, other.0);
        let turned = [copies[1].clone(), copies[0].clone()];
        let bytes = |copies: &[Copy], groups: &[Vec<usize>]| -> Vec<u128> {
            groups.iter().map(|g| copies[g[0]].bytes).collect()
        };
        let again = super::messages(&turned, &authors);
        assert_eq!(bytes(&copies, &groups), bytes(&turned, &again), "the order of the copies does not matter");
    }

    fn raw(more: &str, body: &str) -> String {
        format!("{HEAD}{more}Subject: [L] Plan\n\n{body}\n")
    }

    #[test]
    fn redelivered_rewrapped_and_footered_copies_are_one_message() {
        let first = raw("", "We agree to the plan.");
        check(
            (&first, Form::Mboxrd),
            (&raw("Received: by x; Thu, 2 Jun 2016 12:00:05 +0000\n", "We agree\nto the plan."), Form::Mboxrd),
            1,
        );
        let footer = "We agree to the plan.\n_______________________________________________\nL mailing list\nL@lists.example.org\nhttp://lists.example.org/mailman/listinfo/l";
        check((&first, Form::Mboxrd), (&raw("", footer), Form::Mboxrd), 1);
        let short = "We agree to the plan.\n_______\nl mailing list\nhttp://lists.example.org/\n";
        check((&first, Form::Mboxrd), (&raw("", short), Form::Mboxrd), 1);
        check((&first, Form::Mboxrd), (&first.replace('\n', "\r\n"), Form::Mboxrd), 1);
        check((&first, Form::Mboxrd), (&first.replace("[L] Plan", "Plan"), Form::Mboxrd), 1);
        check((&first, Form::Mboxrd), (&first.replace("ada@example.org", "ada at example.org"), Form::Pipermail), 1);
    }

    #[test]
    fn a_reencoded_copy_is_the_same_message() {
        let utf8 = raw("MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n", "Déjà décidé.");
        let printable = raw(
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n",
            "D=E9j=E0 d=E9cid=E9.",
        );
        check((&utf8, Form::Mboxrd), (&printable, Form::Mboxrd), 1);
    }

    #[test]
    fn letters_lost_to_question_marks_do_not_make_another_message_but_other_letters_do() {
        check((&raw("", "Déjà décidé."), Form::Mboxrd), (&raw("", "D?j? d?cid?."), Form::Pipermail), 1);
        check((&raw("", "Когда встреча?"), Form::Mboxrd), (&raw("", "Отмените договор сейчас"), Form::Mboxrd), 2);
    }

    #[test]
    fn question_marks_stand_for_letters_only_where_the_date_agrees() {
        let (first, lost) = (raw("", "Déjà décidé."), raw("", "D?j? d?cid?."));
        check((&first, Form::Mboxrd), (&lost.replace("12:00:00", "13:00:00"), Form::Pipermail), 2);
        let undated = |mail: &str| mail.replace("Date:", "X-Date:");
        check((&undated(&first), Form::Mboxrd), (&undated(&lost), Form::Pipermail), 2);
        // What has both kinds of letters has lost none.
        check((&raw("", "Où? Déjà?"), Form::Mboxrd), (&raw("", "Ou? D?j??"), Form::Mboxrd), 2);
        check((&raw("", "Déjà? Où?"), Form::Mboxrd), (&raw("", "Désjà? Oùt"), Form::Mboxrd), 2);
    }

    #[test]
    fn a_copy_with_nothing_but_scrubbed_parts_folds_by_subject_and_date() {
        let whole = raw("MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n", "The words.");
        let notes = "-------------- next part --------------\nA non-text attachment was scrubbed...\nName: plan.pdf\nType: application/pdf\nSize: 12 bytes\nDesc: not available\nURL: <http://lists.example.org/a.pdf>\n";
        let hollow = raw("", notes);
        check((&whole, Form::Mboxrd), (&hollow, Form::Pipermail), 1);
        check((&whole, Form::Mboxrd), (&hollow.replace("12:00:00", "13:00:00"), Form::Pipermail), 2);
        check((&whole, Form::Mboxrd), (&hollow.replace("Plan", "Plot"), Form::Pipermail), 2);
        check((&whole, Form::Mboxrd), (&raw("", &format!("Other words.\n{notes}")), Form::Pipermail), 2);
    }

    #[test]
    fn an_author_is_known_by_address_or_by_name() {
        let first = raw("", "We agree to the plan.");
        for (author, messages) in [
            ("Augusta <ada@example.org>", 1),
            ("Ada <ada@example.net>", 1),
            ("ada@example.net", 2),
            ("Augusta <ada@example.net>", 2),
            ("Ada", 1),
        ] {
            check((&first, Form::Mboxrd), (&first.replace("Ada <ada@example.org>", author), Form::Mboxrd), messages);
        }
        let unnamed = first.replace("Ada <ada@example.org>", "ada@example.org");
        check((&unnamed, Form::Mboxrd), (&unnamed.replace("ada@", "eve@"), Form::Mboxrd), 2);
    }

    #[test]
    fn an_unsure_copy_is_another_message_and_never_the_first() {
        let mut authors = Vec::new();
        let mut copies: Vec<Copy> = ["We agree.", "We agree.", "We object."]
            .iter()
            .map(|body| copy(&raw("", body), Form::Mboxrd, &mut authors))
            .collect();
        assert!(!copies[0].traits.ambiguous);
        copies[1].traits.ambiguous = true;
        copies[2].traits.ambiguous = true;
        let groups = super::messages(&copies, &authors);
        assert_eq!((groups.len(), groups[0].as_slice()), (3, &[0][..]));
        let raw = Raw { bytes: HEAD.into(), from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Ambiguous };
        assert!(traits(&parse(&raw, i64::MAX), &raw, 0).ambiguous);
    }

    #[test]
    fn a_copy_is_richer_by_what_was_not_taken_away_then_by_html_parts_and_bytes() {
        let read = |mail: &str, form| {
            let raw = Raw { bytes: mail.into(), from_line: 0, offset: 0, form, framing: Framing::Sure };
            traits(&parse(&raw, i64::MAX), &raw, 0).richness
        };
        let part = |kind: &str| format!("--b\nContent-Type: {kind}\n\nwords\n");
        let parts = |kinds: &[&str]| {
            let body: String = kinds.iter().map(|kind| part(kind)).collect();
            raw("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n", &format!("{body}--b--"))
        };
        let poorer_first = [
            read(&raw("", &"long ".repeat(100)), Form::Pipermail),
            read(&raw("", "short"), Form::Mboxrd),
            read(&raw("", "longer"), Form::Mboxrd),
            read(&parts(&["text/plain", "application/pdf"]), Form::Mboxrd),
            read(&parts(&["text/plain", "application/pdf", "application/pdf"]), Form::Mboxrd),
            read(&parts(&["text/html"]), Form::Mboxrd),
        ];
        assert!(poorer_first.is_sorted_by(|a, b| a < b), "{poorer_first:?}");
        let lines = raw("", "a\nb");
        assert_eq!(read(&lines, Form::Mboxrd), read(&lines.replace('\n', "\r\n"), Form::Mboxrd));
    }

    #[test]
    fn one_changed_word_subject_or_author_is_another_message() {
        let first = raw("", "We agree to the plan.");
        check((&first, Form::Mboxrd), (&raw("", "We object to the plan."), Form::Mboxrd), 2);
        check((&first, Form::Mboxrd), (&first.replace("Plan", "Plot"), Form::Mboxrd), 2);
        check(
            (&first, Form::Mboxrd),
            (&first.replace("Ada <ada@example.org>", "Eve <eve@example.net>"), Form::Mboxrd),
            2,
        );
    }

    #[test]
    fn what_a_digest_says_of_a_message_yields_to_the_message() {
        let first = raw("", "We agree to the plan.");
        check((&first, Form::Mboxrd), (&first, Form::Enclosed), 1);
        let mut authors = Vec::new();
        let earlier = raw("", "We object.").replace("12:00:00", "11:00:00");
        let copies = [copy(&earlier, Form::Enclosed, &mut authors), copy(&first, Form::Mboxrd, &mut authors)];
        assert_eq!(super::messages(&copies, &authors), [[1], [0]], "though it says to be earlier");
    }

    #[test]
    fn the_earliest_of_rivals_is_the_first_however_rich_a_later_one_is() {
        let mut authors = Vec::new();
        let copies = [
            copy(&raw("", &"We object. ".repeat(9)).replace("12:00:00", "13:00:00"), Form::Mboxrd, &mut authors),
            copy(&raw("", "We agree."), Form::Mboxrd, &mut authors),
        ];
        assert_eq!(super::messages(&copies, &authors), [[1], [0]]);
    }

    #[test]
    fn a_great_many_copies_fold_only_where_they_say_the_same() {
        for (count, messages) in [(MANY, MANY - 1), (MANY + 1, MANY + 1)] {
            let mut authors = Vec::new();
            let mut copies: Vec<Copy> =
                (1..count).map(|i| copy(&raw("", &format!("Déjà {i}.")), Form::Mboxrd, &mut authors)).collect();
            copies.push(copy(&raw("", "D?j? 1."), Form::Mboxrd, &mut authors));
            assert_eq!(super::messages(&copies, &authors).len(), messages, "{count}");
        }
    }

    #[test]
    fn answers_to_a_digest_are_known_by_volume_and_issue() {
        assert!(is_digest_reply("Re: L Digest, Vol 5, Issue 7"));
        assert!(!is_digest_reply("Re: L Digest, Vol 5"));
        assert!(!is_digest_reply("Re: Volume 5, Issue 7"));
    }

    #[test]
    fn attachments_that_an_archive_took_away_make_no_other_message() {
        let with = raw(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
            "--b\n\nWords.\n--b\nContent-Type: application/pdf\n\n%PDF-\n--b--",
        );
        check((&with, Form::Mboxrd), (&raw("", "Words."), Form::Pipermail), 1);
        check((&with, Form::Mboxrd), (&raw("", "Words."), Form::Mboxrd), 2);
        check((&with, Form::Mboxrd), (&with.replace("%PDF-", "%PDF-1"), Form::Mboxrd), 2);
    }

    #[test]
    fn a_thousand_messages_with_one_id_are_told_apart_in_no_time() {
        let mut authors = Vec::new();
        let copies: Vec<Copy> =
            (0..1_000).map(|i| copy(&raw("", &format!("Body {i}.")), Form::Mboxrd, &mut authors)).collect();
        assert_eq!(super::messages(&copies, &authors).len(), 1_000);
    }
}
