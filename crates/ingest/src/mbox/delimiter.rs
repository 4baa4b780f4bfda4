//! What stands between the messages of a dump: From_ lines, or the lines of two other programs that kept mail in one file.

use super::{
    Form,
    candidate::{self, AHEAD, Place, Separator},
    headers::{Follows, Headers},
};

/// The `=` that LISTSERV draws above each message of a notebook.
const RULE: [u8; 73] = [b'='; 73];
/// What MMDF writes, alone on a line, before and after each message.
const CONTROLS: [u8; 4] = [1; 4];

/// What stands between the messages of a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// A line that begins `From `, as in every kind of mbox.
    FromLine,
    /// A line of 73 `=`, then headers, Date first or From among them.
    Notebook,
    /// A line of four Control-A, then headers, or a From_ line and headers; the same line closes the message.
    Mmdf,
}

impl Delimiter {
    /// Which one opens a dump. Of a dump that opens with none, it is the From_ line.
    pub(super) fn of(head: &[u8], eol: u8) -> Delimiter {
        let place = Place { before: b"", first: true, after_separator: false, opening: None, eol };
        let opens = |delimiter: &Delimiter| delimiter.judge(head, place).is_some();
        [Delimiter::Notebook, Delimiter::Mmdf].into_iter().find(opens).unwrap_or(Delimiter::FromLine)
    }

    /// What begins a line that may be one, with the line end before it.
    pub(super) fn needle(self, eol: u8) -> &'static [u8] {
        match (self, eol) {
            (Delimiter::FromLine, b'\r') => b"\rFrom ",
            (Delimiter::FromLine, _) => b"\nFrom ",
            (Delimiter::Notebook, b'\r') => b"\r========",
            (Delimiter::Notebook, _) => b"\n========",
            (Delimiter::Mmdf, b'\r') => b"\r\x01\x01\x01\x01",
            (Delimiter::Mmdf, _) => b"\n\x01\x01\x01\x01",
        }
    }

    /// How messages are written in a dump that has it; mbox has several ways.
    pub(super) fn form(self) -> Option<Form> {
        match self {
            Delimiter::FromLine => None,
            Delimiter::Notebook => Some(Form::Listserv),
            Delimiter::Mmdf => Some(Form::Mmdf),
        }
    }

    /// Judges the line at the start of `text`, of which [`AHEAD`] bytes are enough.
    pub(super) fn judge(self, text: &[u8], place: Place) -> Option<Separator> {
        let text = &text[..text.len().min(AHEAD)];
        match self {
            Delimiter::FromLine => candidate::judge(text, place),
            Delimiter::Notebook => {
                let line = line_of(text, &RULE, place.eol)?;
                let headers = Headers::read(&text[line..], place.eol);
                let own = headers.begins_with_date() || headers.has_author();
                (own && headers.real() >= 2).then(|| drawn(line, headers, false))
            }
            Delimiter::Mmdf => {
                let mut line = line_of(text, &CONTROLS, place.eol)?;
                // One line closes a message and the next one opens another; only a file may open with several.
                while let Some(next) = line_of(&text[line..], &CONTROLS, place.eol) {
                    if !place.first {
                        return None;
                    }
                    line += next;
                }
                let rest = &text[line..];
                let dated = candidate::starts_with_separator(rest, place.eol);
                if dated {
                    line += memchr::memchr(place.eol, rest).map_or(rest.len(), |end| end + 1);
                }
                let headers = Headers::read(&text[line..], place.eol);
                (headers.follows == Follows::Header && headers.real() >= 1).then(|| drawn(line, headers, dated))
            }
        }
    }
}

/// The length of the first line with its end, when it holds `wanted` and no more.
fn line_of(text: &[u8], wanted: &[u8], eol: u8) -> Option<usize> {
    let rest = text.strip_prefix(wanted)?;
    let end = memchr::memchr(eol, &rest[..rest.len().min(4)]).map_or(rest.len(), |end| end + 1);
    rest[..end].trim_ascii().is_empty().then_some(wanted.len() + end)
}

/// A separator that always looks the same, so that only its headers can tell it from a forged one.
fn drawn(line: usize, headers: Headers, dated: bool) -> Separator {
    Separator { line, gap: false, dated, twin: true, apart: true, echoed: false, headers }
}

/// The From_ line in what precedes a message's headers, without its line end; nothing where there is none.
pub(crate) fn from_line(before_headers: &[u8]) -> &[u8] {
    let lines = before_headers.trim_ascii_end();
    let line = &lines[memchr::memrchr2(b'\n', b'\r', lines).map_or(0, |end| end + 1)..];
    if line.starts_with(b"From ") { line } else { b"" }
}

/// A message's bytes without the line that closes it in MMDF.
pub(super) fn without_end(body: &[u8]) -> &[u8] {
    let text = body.trim_ascii_end();
    match text.strip_suffix(&CONTROLS) {
        Some(before) if before.is_empty() || before.ends_with(b"\n") || before.ends_with(b"\r") => before,
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Framing, Piece, split, unescape},
        without_end,
    };
    use crate::{mbox::Form, source::Limits};

    fn rule() -> String {
        "=".repeat(73) + "\n"
    }

    const MARK: &str = "\x01\x01\x01\x01\n";

    fn letter(n: u32, body: &str) -> String {
        format!(
            "Date:         Thu, 2 Jun 2016 12:0{n}:00 +0000\nReply-To:     a@x.org\nFrom:         Ann <a@x.org>\nSubject:      {n}\n\n{body}\n"
        )
    }

    /// What the messages are after the escaping is off, and how many other bytes there are. Checks that every byte is accounted for.
    #[track_caller]
    fn check(dump: &str, form: Form, messages: &[(&str, Framing)]) {
        for dump in [dump.to_owned(), dump.replace('\n', "\r\n"), dump.replace('\n', "\r")] {
            let mut whole = Vec::new();
            let mut found = Vec::new();
            for piece in split(dump.as_bytes(), &Limits::default()) {
                match piece.unwrap() {
                    Piece::Message(raw) => {
                        assert_eq!(raw.form, form);
                        let text = String::from_utf8(unescape(&raw).into_owned()).unwrap().replace('\r', "");
                        found.push((text.trim_end().to_owned(), raw.framing));
                        whole.extend(raw.bytes);
                    }
                    Piece::Stray(stray) => whole.extend(stray.bytes),
                }
            }
            assert_eq!(whole, dump.as_bytes());
            let found: Vec<_> = found.iter().map(|(text, framing)| (text.as_str(), *framing)).collect();
            let wanted: Vec<_> = messages.iter().map(|(text, framing)| (text.trim_end(), *framing)).collect();
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn controls_end_a_message_only_as_a_line_of_their_own() {
        for (body, before) in [("a\n", "a\n"), ("a\r", "a\r"), ("", "")] {
            assert_eq!(without_end(format!("{body}{MARK}").as_bytes()), before.as_bytes(), "{body:?}");
        }
        let within = format!("a\nb{MARK}");
        assert_eq!(without_end(within.as_bytes()), within.as_bytes());
    }

    #[test]
    fn a_notebook_of_listserv_is_cut_at_its_rules_and_nowhere_else() {
        let (one, two) = (
            letter(1, &format!("A table\n{}and words.\nFrom a@x.org Thu Jun  2 12:00:00 2016\nA: b", rule())),
            letter(2, "Two."),
        );
        let dump = format!("{}{one}{}{two}", rule(), rule());
        check(&dump, Form::Listserv, &[(&one, Framing::Sure), (&two, Framing::Sure)]);
        // Headers of which none says who or when begin nothing.
        let one = letter(1, &format!("A table\n{}To: all\nSubject: pasted\n\nand words.", rule()));
        let dump = format!("{}{one}{}{two}", rule(), rule());
        check(&dump, Form::Listserv, &[(&one, Framing::Sure), (&two, Framing::Sure)]);
    }

    #[test]
    fn a_rule_with_fewer_headers_than_its_neighbours_is_cut_and_marked() {
        let letters: Vec<String> = (1..6).map(|n| letter(n, "Words.")).collect();
        let forged = "Date: today\nSubject: no author\n\nPasted.\n";
        let mut dump: String = letters.iter().map(|letter| rule() + letter).collect();
        dump += &(rule() + forged);
        let mut wanted: Vec<(&str, Framing)> = letters.iter().map(|letter| (letter.as_str(), Framing::Sure)).collect();
        wanted.push((forged, Framing::Ambiguous));
        check(&dump, Form::Listserv, &wanted);
    }

    #[test]
    fn a_message_without_a_date_is_one_too() {
        let undated = "Reply-To:     a@x.org\nFrom:         Ann <a@x.org>\nSubject:      1\n\nOne.\n";
        check(&(rule() + undated), Form::Listserv, &[(undated, Framing::Sure)]);
    }

    #[test]
    fn a_line_drawn_in_an_mbox_is_text() {
        let body = format!("Words.\n\n{}{}", rule(), letter(2, "Pasted."));
        let dump = format!("From a@x.org Thu Jun  2 12:00:00 2016\n{}", letter(1, &body));
        check(&dump, Form::Mboxo, &[(&letter(1, &body), Framing::Sure)]);
    }

    #[test]
    fn an_mmdf_mailbox_is_cut_at_its_controls_and_they_are_no_text() {
        let (one, two) = (letter(1, "One.\n\nFrom a@x.org Thu Jun  2 12:00:00 2016\nSubject: text"), letter(2, "Two."));
        let line = "From a@x.org Thu Jun  2 12:00:00 2016\n";
        let wanted = [(one.as_str(), Framing::Sure), (two.as_str(), Framing::Sure)];
        check(&format!("{MARK}{one}{MARK}{MARK}{two}{MARK}"), Form::Mmdf, &wanted);
        check(&format!("{MARK}{line}{one}{MARK}{MARK}{line}{two}{MARK}"), Form::Mmdf, &wanted);
        check(&format!("{MARK}{MARK}{one}{MARK}{MARK}{two}"), Form::Mmdf, &wanted);
        check(&format!("{MARK}{one}{MARK}{two}{MARK}"), Form::Mmdf, &wanted);
    }

    #[test]
    fn a_mailbox_of_controls_alone_holds_no_message() {
        check(&MARK.repeat(3), Form::Mboxo, &[]);
        check(&(MARK.to_owned() + "words\n" + MARK), Form::Mboxo, &[]);
        check(&(MARK.to_owned() + "Note: words\n\nx\n" + MARK), Form::Mboxo, &[]);
    }

    #[test]
    fn the_date_of_a_from_line_counts_in_mmdf_too() {
        let dump = format!("{MARK}From a@x.org Thu Jun  2 12:00:00 2016\nSubject: undated\n\nOne.\n{MARK}");
        let Some(Ok(Piece::Message(raw))) = split(dump.as_bytes(), &Limits::default()).next() else {
            panic!("no message")
        };
        assert_eq!(crate::parse(&raw, i64::MAX).date.map(|date| date.seconds), Some(1_464_868_800));
    }
}
