//! What the splitter makes of small mailboxes, well-formed and not.

use std::io::{self, Read};

use proptest::prelude::*;

use super::*;

/// A reader that gives a few bytes at a time, as pipes do.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(self.1);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// All pieces, after checking that they follow each other without a gap.
#[track_caller]
fn pieces(input: &[u8], limits: &Limits) -> (Form, Vec<Piece>) {
    let mut splitter = split(input, limits);
    let found: Vec<Piece> = splitter.by_ref().map(|piece| piece.unwrap()).collect();
    let mut joined = Vec::new();
    for piece in &found {
        let (bytes, offset) = match piece {
            Piece::Message(raw) => (&raw.bytes, raw.offset),
            Piece::Stray(stray) => (&stray.bytes, stray.offset),
        };
        assert_eq!(offset, joined.len() as u64, "pieces follow each other");
        assert!(!bytes.is_empty(), "no piece is empty");
        joined.extend_from_slice(bytes);
    }
    assert_eq!(joined, input, "nothing is lost");
    assert_eq!(splitter.total(), input.len() as u64);
    (splitter.form(), found)
}

/// One word a piece: the value of a message's first header, `?` after it when the cut is ambiguous; a stray's reason in brackets.
fn outline(pieces: &[Piece]) -> String {
    let words = pieces.iter().map(|piece| match piece {
        Piece::Stray(stray) => format!("[{}]", stray.reason),
        Piece::Message(raw) => {
            let text = String::from_utf8_lossy(&raw.bytes[raw.from_line..]).into_owned();
            let line = text.split(['\n', '\r']).next().unwrap_or_default();
            let value = line.split_once(": ").map_or("-", |(_, value)| value);
            format!("{value}{}", if raw.framing == Framing::Ambiguous { "?" } else { "" })
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check_bytes(input: &[u8], form: Form, expected: &str) {
    let limits = Limits::default();
    let (found_form, found) = pieces(input, &limits);
    assert_eq!(outline(&found), expected, "{:?}", String::from_utf8_lossy(&input[..input.len().min(2000)]));
    assert_eq!(found_form, form);
    for step in [1, 7, 4096] {
        let dripped: Vec<Piece> = split(Drip(input, step), &limits).map(|piece| piece.unwrap()).collect();
        assert!(dripped == found, "reading {step} bytes at a time changes nothing");
    }
}

/// With LF and with CRLF.
#[track_caller]
fn check(input: &str, form: Form, expected: &str) {
    check_bytes(input.as_bytes(), form, expected);
    check_bytes(input.replace('\n', "\r\n").as_bytes(), form, expected);
}

const LINE: &str = "From ann@example.org Thu Jan  1 00:00:00 2015\n";

/// A message with everything that mail has, its first header being the name.
fn mail(name: &str, body: &str) -> String {
    format!("{LINE}From: {name}\nTo: list@example.org\nSubject: s\nMessage-ID: <{name}@example.org>\n\n{body}\n\n")
}

#[test]
fn an_empty_file_has_no_pieces() {
    check("", Form::Mboxo, "");
}

#[test]
fn messages_are_cut_at_their_separators() {
    check(&(mail("a", "x") + &mail("b", "y")), Form::Mboxo, "a b");
}

#[test]
fn prose_is_never_cut() {
    let prose =
        "x\n\nFrom now on we vote.\n\nFrom the website:\nSubject: none\n\nFrom 2014 to 2016 we met.\nDate: never";
    check(&(mail("a", prose) + &mail("b", "y")), Form::Mboxo, "a b");
    // Nor where two headers are quoted below it.
    let quoted = "x\n\nFrom the website:\nSubject: none\nTo: everybody\n\nwords";
    check(&(mail("a", quoted) + &mail("b", "y")), Form::Mboxo, "a b");
}

#[test]
fn a_line_too_long_for_a_separator_is_none() {
    let long = format!("x\n\n{}{}\nTo: all\n\nwords", LINE.trim_end(), " ".repeat(70 << 10));
    check(&(mail("a", &long) + &mail("b", "y")), Form::Mboxo, "a b");
}

#[test]
fn after_words_that_open_the_file_one_header_is_not_enough() {
    check(&format!("Words.\n{LINE}Subject: one\n\nx\n"), Form::Mboxo, "[text that belongs to no message]");
    check(&format!("Words.\n\n{LINE}Subject: one\n\nx\n"), Form::Mboxo, "[text that belongs to no message] one");
}

#[test]
fn a_date_in_prose_is_not_enough_without_headers() {
    check(&mail("a", "x\n\nFrom bob@example.org Fri Jan  2 00:00:00 2015\nhe wrote no more"), Form::Mboxo, "a");
}

#[test]
fn the_line_that_opens_the_file_separates_before_anything() {
    check(&(mail("a", "x") + LINE + "no header\n\n" + &mail("b", "y")), Form::Mboxo, "a -? b");
    check(&(mail("a", "x") + LINE + "no header\n"), Form::Mboxo, "a -?");
}

#[test]
fn a_separator_without_an_empty_line_before_it_is_one_when_headers_follow() {
    let crowded = mail("a", "x").trim_end().to_owned() + "\n" + mail("b", "y").trim_end() + "\n" + &mail("c", "z");
    check(&crowded, Form::Mboxo, "a b c");
}

#[test]
fn a_crowded_separator_with_one_header_is_text() {
    check(&mail("a", "x\nFrom bob@example.org Fri Jan  2 00:00:00 2015\nSubject: y\n\nz"), Form::Mboxo, "a");
}

#[test]
fn a_message_carved_from_a_body_is_marked() {
    let forged = "x\n\nFrom eve@example.org Mon Jan  5 10:00:00 2015\nFrom: forged\nSubject: s\nMessage-ID: <f@example.org>\n\ny";
    check(&(mail("a", forged) + &mail("b", "z")), Form::Mboxo, "a forged? b");
}

#[test]
fn a_message_carved_from_a_body_without_an_empty_line_is_marked() {
    let forged = "x\nFrom eve@example.com Mon Jan  5 10:00:00 2015\nFrom: forged\nTo: b\nSubject: s\nMessage-ID: <f@example.org>\n\ny";
    check(&(mail("a", forged) + &mail("b", "z")), Form::Mboxo, "a forged? b");
}

#[test]
fn separators_alone_are_messages_without_content() {
    check(&LINE.repeat(3), Form::Mboxo, "- - -");
}

#[test]
fn separators_before_empty_lines_are_messages_without_headers() {
    check(&format!("{LINE}\n\n").repeat(3), Form::Mboxo, "- - -");
}

#[test]
fn mangled_first_headers_are_headers() {
    let mangled = format!("{LINE}>From bob@example.org Thu Jan  1 00:00:00 2015\nSubject: s\n\nx\n\n");
    check(&(mail("a", "x") + &mangled + &mail("b", "y")), Form::Mboxo, "a -? b");
}

#[test]
fn separators_without_a_date_need_two_headers() {
    let undated = "From -\nFrom: a\nSubject: s\n\nFrom Russia with love\n\nFrom -\nSubject: b\nFrom: x\n\ny\n";
    check(undated, Form::Mboxo, "a b");
    check(&(mail("a", "x") + "From -\nSubject: b\n\ny\n"), Form::Mboxo, "a");
}

#[test]
fn a_file_may_open_with_a_line_without_date() {
    check("From ann@example.org\nSubject: a\n\nx\n", Form::Mboxo, "a");
}

#[test]
fn pipermail_is_known_by_masked_addresses() {
    let text = |name: &str| {
        format!(
            "From {name} at example.org  Thu Jan  1 00:00:00 2015\nFrom: {name} at example.org (N)\nDate: Thu, 1 Jan 2015 00:00:00 +0000\n\
             Subject: s\nMessage-ID: <{name}@example.org>\n\nx\n\n"
        )
    };
    let crowded = text("a").trim_end().to_owned() + "\n" + &text("b") + &text("c");
    check(&crowded, Form::Pipermail, "a at example.org (N) b at example.org (N) c at example.org (N)");
    let unmasked = crowded.replace(" at example.org ", "@example.org ").replace('>', ">\nReferences: <r@example.org>");
    check(&unmasked, Form::Pipermail, "a@example.org (N) b@example.org (N) c@example.org (N)");
    let received = unmasked.replace("Message-ID", "Received: by example.org\nMessage-ID");
    check(&received, Form::Mboxo, "a@example.org (N) b@example.org (N) c@example.org (N)");
}

#[test]
fn what_precedes_the_first_message_is_stray() {
    check(&format!("no message\n\n{}", mail("a", "x")), Form::Mboxo, "[text that belongs to no message] a");
    check(&format!("\n\n{}", mail("a", "x")), Form::Mboxo, "[empty lines] a");
    check(&format!("\u{feff}{}", mail("a", "x")), Form::Mboxo, "[byte order mark] a");
}

#[test]
fn a_file_of_headers_and_text_is_one_message() {
    check("From: a\nSubject: s\n\nx\n\nFrom now on\n", Form::Single, "a");
    check("\nFrom: a\nSubject: s\n\nx\n", Form::Single, "[empty lines] a");
    let forwarded = format!("From: a\nSubject: s\n\n{}", mail("b", "x"));
    check(&forwarded, Form::Single, "a");
}

#[test]
fn a_mailbox_whose_first_separator_is_lost_keeps_all_messages() {
    let cut = format!("From: a\nSubject: s\n\nx\n\n{}{}", mail("b", "x"), mail("c", "x"));
    check(&cut, Form::Mboxo, "a? b c");
}

#[test]
fn a_dump_is_read_a_little_ahead_of_what_is_given_out() {
    const LONG: u64 = 8 << 20;
    let (head, tail) = (mail("a", "x") + "\n", mail("b", "y"));
    let filler = || io::BufReader::new(io::repeat(b'\n').take(LONG));
    let mut dump = head.as_bytes().chain(filler()).chain(tail.as_bytes()).chain(filler()).take(3 * LONG);
    let mut pieces = split(&mut dump, &Limits::default());
    assert!(matches!(pieces.next(), Some(Ok(Piece::Message(_)))));
    drop(pieces);
    assert!(dump.limit() > LONG, "the second half is not read yet: {} bytes are left", dump.limit());
}

#[test]
fn what_is_no_mail_says_what_it_is() {
    check("\n\n\n", Form::Mboxo, "[only empty lines]");
    check("<!DOCTYPE html><title>404</title>\n", Form::Mboxo, "[an HTML page, not a mailbox]");
    check("\u{1}\u{1}\u{1}\u{1}\nwords\n\nx\n", Form::Mboxo, "[an MMDF mailbox without a message]");
    check_bytes(b"PK\x03\x04\x00\x00", Form::Mboxo, "[a zip archive, not mail]");
    check_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Form::Mboxo, "[binary data, not mail]");
    for binary in [b"\0\0\0\0", b"\0aba", b"a\0ab"] {
        check_bytes(&binary.repeat(16), Form::Mboxo, "[binary data, not mail]");
    }
    for octets in [u16::to_le_bytes, u16::to_be_bytes] {
        for text in [mail("a", "x"), "Subject: a".into()] {
            let wide: Vec<u8> = text.encode_utf16().flat_map(octets).collect();
            check_bytes(&wide, Form::Mboxo, "[text in UTF-16, which must be converted to UTF-8 first]");
        }
    }
}

#[test]
fn lone_carriage_returns_end_lines_when_there_is_no_other_end() {
    let mac = (mail("a", "x") + &mail("b", "y")).replace('\n', "\r");
    check_bytes(mac.as_bytes(), Form::Mboxo, "a b");
}

#[test]
fn line_ends_may_be_mixed_and_nul_bytes_present() {
    let mixed = mail("a", "x").replace('\n', "\r\n") + &mail("b", "\0\0\0") + &mail("c", "z");
    check_bytes(mixed.as_bytes(), Form::Mboxo, "a b c");
    let nul = mail("a", "x") + "\0\0\0\0\n" + &mail("b", "y");
    check_bytes(nul.as_bytes(), Form::Mboxo, "a b");
}

#[test]
fn the_end_may_be_missing() {
    check(&(mail("a", "x") + LINE.trim_end()), Form::Mboxo, "a -");
    check(&(mail("a", "x") + &mail("b", "y")[..60]), Form::Mboxo, "a b");
}

/// A message with a Content-Length of its body's length, moved by `lie`.
fn sized(name: &str, body: &str, lie: i64) -> String {
    let length = body.len().cast_signed() as i64 + lie;
    format!("{LINE}From: {name}\nSubject: s\nContent-Length: {length}\n\n{body}\n")
}

#[test]
fn a_content_length_that_holds_protects_the_body() {
    let inner = format!("x\n\n{LINE}From: inner\nSubject: s\n\ny\n");
    let dump = sized("a", &inner, 0) + &sized("b", "y\n", 0) + &sized("c", "z\n", 0);
    check_bytes(dump.as_bytes(), Form::Mboxcl2, "a b c");
    let dump = sized("a", ">From x\n", 0) + &sized("b", "y\n", 0);
    assert_eq!(pieces(dump.as_bytes(), &Limits::default()).0, Form::Mboxcl);
}

#[test]
fn a_content_length_that_lies_is_ignored() {
    let lies = sized("a", "x\n", 999_999) + &sized("b", "y\n", -1) + &sized("c", "z\n", -7);
    check(&lies, Form::Mboxo, "a b c");
    let one = sized("a", "x\n", 40) + &sized("b", "y\n", 0) + &sized("c", "z\n", 0);
    check_bytes(one.as_bytes(), Form::Mboxcl2, "a b c");
}

#[test]
fn a_content_length_that_ends_at_a_mere_date_hides_no_message() {
    let trap = "z\nFrom bob@example.org Fri Jan  2 00:00:00 2015\nno header\n";
    let hidden = "x\n\n".len() + sized("b", "y\n", 0).len() + sized("c", trap, 0).find("From bob").unwrap();
    let dump = sized("a", "x\n", hidden as i64 - 2) + &sized("b", "y\n", 0) + &sized("c", trap, 0);
    check_bytes(dump.as_bytes(), Form::Mboxcl2, "a b c");
}

#[test]
fn a_message_is_cut_beyond_its_limit_and_not_at_it() {
    let first = mail("a", &"x".repeat(400));
    let dump = first.clone() + &mail("b", "y");
    let limits = |message| Limits { message, line: 300, ..Limits::default() };
    assert_eq!(outline(&pieces(dump.as_bytes(), &limits(first.len())).1), "a b");
    let beyond = format!("[beyond the limit of {} bytes for one message]", first.len() - 1);
    assert_eq!(outline(&pieces(dump.as_bytes(), &limits(first.len() - 1)).1), format!("a {beyond} b"));
    let beyond = "[beyond the limit of 170 bytes for one message]";
    let cut = outline(&pieces(dump.as_bytes(), &limits(170)).1);
    assert_eq!(cut, format!("a {beyond} {beyond} b"), "the rest comes in pieces of the line limit");
}

#[test]
fn an_endless_line_without_mail_comes_in_bounded_pieces() {
    let limits = Limits::default();
    let (_, found) = pieces(&vec![b'x'; 3 << 20], &limits);
    assert_eq!(found.len(), 3);
}

#[test]
fn a_separator_across_the_edge_of_a_buffer_is_found() {
    for length in (2 << 20) - 300..(2 << 20) - 290 {
        let dump = mail("a", &"x".repeat(length)) + &mail("b", "y");
        assert_eq!(outline(&pieces(dump.as_bytes(), &Limits::default()).1), "a b");
    }
}

#[test]
fn what_was_read_before_an_error_is_given_out_and_then_the_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let dump = mail("a", "x");
    let mut splitter = split(dump.as_bytes().chain(Broken), &Limits::default());
    assert!(matches!(splitter.next(), Some(Ok(Piece::Message(_)))));
    assert!(matches!(splitter.next(), Some(Err(_))));
    assert!(splitter.next().is_none());
}

/// Lines that a splitter could stumble over.
fn any_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(LINE.as_bytes().to_vec()),
        Just(b"From bob at example.org  Fri Jan  2 00:00:00 2015\r\n".to_vec()),
        Just(b"From -\n".to_vec()),
        Just(b"From now on\n".to_vec()),
        Just(b"From: a\n".to_vec()),
        Just(b"Subject: b\r\n".to_vec()),
        Just(b"Content-Length: 8\n".to_vec()),
        Just(b">From x\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        Just(b"text\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

proptest! {
    #[test]
    fn no_byte_is_lost_whatever_the_input(
        lines in proptest::collection::vec(any_line(), 0..60),
        message in 1usize..400,
        line in 1usize..100,
        step in 1usize..50,
    ) {
        let input = lines.concat();
        let limits = Limits { message, line, ..Limits::default() };
        let (_, found) = pieces(&input, &limits);
        for piece in &found {
            match piece {
                Piece::Message(raw) => {
                    prop_assert!(raw.bytes.len() <= message && raw.from_line <= raw.bytes.len());
                    unescape(raw);
                }
                Piece::Stray(stray) => prop_assert!(stray.bytes.len() <= line),
            }
        }
        let dripped: Vec<Piece> = split(Drip(&input, step), &limits).map(|piece| piece.unwrap()).collect();
        prop_assert_eq!(dripped, found);
    }

    #[test]
    fn a_clean_mboxrd_reads_as_mail_parser_reads_it(
        bodies in proptest::collection::vec(proptest::collection::vec("(>{0,3}From )?[ -~]{0,30}", 0..12), 1..8),
    ) {
        let mut dump = String::new();
        for (number, body) in bodies.iter().enumerate() {
            dump += &format!("From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: a\nDate: b\nMessage-ID: <{number}@example.org>\n\n");
            for line in body {
                let escape = line.trim_start_matches('>').starts_with("From ");
                dump += &format!("{}{line}\n", if escape { ">" } else { "" });
            }
            dump += "\n";
        }
        let oracle: Vec<Vec<u8>> = mail_parser::mailbox::mbox::MessageIterator::new(dump.as_bytes())
            .map(|message| message.unwrap().unwrap_contents())
            .collect();
        let (form, found) = pieces(dump.as_bytes(), &Limits::default());
        prop_assert_eq!(form, Form::Mboxrd);
        let ours: Vec<Vec<u8>> = found
            .iter()
            .map(|piece| match piece {
                Piece::Message(raw) => unescape(raw).into_owned(),
                Piece::Stray(stray) => panic!("no stray expected: {stray:?}"),
            })
            .collect();
        prop_assert_eq!(ours, oracle);
    }

    #[test]
    fn no_line_makes_the_grammar_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        from_line_date(&line);
        from_line_date(&[b"From ", &line[..]].concat());
    }
}
