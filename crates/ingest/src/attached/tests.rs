//! Files that came with mail, read; and those that were made to hurt whoever reads them.

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};

use super::{text::Text, *};

#[path = "../../../../tests/documents/mod.rs"]
mod documents;
use documents::{docx, odt, pdf, pdf_book, pdf_of, pptx, xlsx, zip, zip_of};

fn office(bytes: &[u8]) -> Result<String, String> {
    office::text(bytes).map(Text::finish)
}

#[test]
fn words_of_every_kind_of_document_are_read_in_their_order() {
    assert_eq!(office(&docx(&["One &amp; two", "three"])).unwrap(), "One & two\nthree");
    assert_eq!(office(&pptx(&["first", "second", "third"])).unwrap(), "first\nsecond\nthird");
    assert_eq!(office(&xlsx(&[&["name", "count"], &["probes", "12.5"]])).unwrap(), "name\tcount\nprobes\t12.5");
    assert_eq!(office(&odt(&["An <text:span>open</text:span><text:s/>text", "more"])).unwrap(), "An open text\nmore");
    assert_eq!(pdf::text(&pdf("Drawn words")).map(Text::finish).unwrap(), "Drawn words");
}

#[test]
fn words_in_notes_come_and_those_for_older_programs_do_not() {
    let document = b"<w:document><w:p><w:t>a</w:t></w:p><mc:Fallback><w:t>a again</w:t></mc:Fallback><w:instrText>PAGE</w:instrText></w:document>";
    let notes = b"<w:footnotes><w:p><w:t>a note</w:t></w:p></w:footnotes>";
    let file = zip(&[("word/footnotes.xml", notes), ("word/document.xml", document)]);
    assert_eq!(office(&file).unwrap(), "a\na note");
}

#[test]
fn what_is_no_document_is_said() {
    let said = |bytes: &[u8]| office(bytes).unwrap_err();
    assert_eq!(said(&zip(&[("readme.txt", b"x")])), "is no document of a kind that is read");
    assert_eq!(said(b"PK\x03\x04 and nothing more"), "is a damaged package, or one with too many members");
    let whole = docx(&["a"]);
    assert!(office(&whole[..whole.len() - 30]).is_err());
    assert_eq!(pdf::text(b"%PDF-1.4 and nothing more").map(|_| ()).unwrap_err(), "is a damaged PDF");
}

/// A zip whose one member unpacks to so many blanks in a paragraph.
fn blanks(length: u64) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(b"<w:p><w:t>").unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), length - 10), &mut packed).unwrap();
    zip_of(&[("word/document.xml", 8, length as usize, &packed.finish().unwrap())])
}

#[test]
fn a_member_at_the_limit_is_unpacked_and_one_byte_over_is_a_bomb() {
    assert_eq!(office(&blanks(zip::MAX_MEMBER)), Ok(String::new()));
    assert_eq!(office(&blanks(zip::MAX_MEMBER + 1)), Err("unpacks to more than 32 MiB, as a bomb would".into()));
}

#[test]
fn members_together_have_a_limit_too() {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), zip::MAX_MEMBER), &mut packed).unwrap();
    let packed = packed.finish().unwrap();
    let slides: Vec<String> = (1..=4).map(|number| format!("ppt/slides/slide{number}.xml")).collect();
    let deck = |count: usize| {
        let mut members: Vec<(&str, u16, usize, &[u8])> = vec![("ppt/presentation.xml", 0, 1, b"p")];
        members.extend(slides[..count].iter().map(|name| (name.as_str(), 8, zip::MAX_MEMBER as usize, &packed[..])));
        office(&zip_of(&members))
    };
    assert_eq!(zip::MAX_ALL / zip::MAX_MEMBER, 3);
    assert_eq!(deck(3), Ok(String::new()));
    assert!(deck(4).is_err());
}

#[test]
fn a_package_of_too_many_members_is_refused() {
    let names: Vec<String> = (0..=zip::MAX_MEMBERS).map(|number| number.to_string()).collect();
    let package = |count: usize| {
        let members: Vec<(&str, &[u8])> = names[..count].iter().map(|name| (name.as_str(), &b""[..])).collect();
        office(&zip(&members)).unwrap_err()
    };
    assert_eq!(package(zip::MAX_MEMBERS), "is no document of a kind that is read");
    assert_eq!(package(zip::MAX_MEMBERS + 1), "is a damaged package, or one with too many members");
}

#[test]
fn pages_up_to_the_limit_are_read_and_one_over_is_said() {
    let read = |pages: usize| pdf::text(&pdf_book("leaf", pages)).map(Text::finish).unwrap();
    let whole = "leaf\n".repeat(pdf::MAX_PAGES);
    assert_eq!(read(pdf::MAX_PAGES), whole.trim_end());
    let said = "\0is searched only in the first 2000 of its 2001 pages";
    assert_eq!(read(pdf::MAX_PAGES + 1), format!("{}{said}", whole.trim_end()));
}

#[test]
fn a_stream_that_unpacks_to_the_limit_is_read_and_a_byte_more_is_refused() {
    let page = |length: usize| {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"BT /F1 12 Tf (leaf) Tj ET").unwrap();
        std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), length as u64 - 25), &mut packed).unwrap();
        let packed = packed.finish().unwrap();
        // Built around the text of another, whose places are not right then: readers find objects by themselves.
        let plain = pdf_of("@", "");
        let at = plain.windows(11).position(|bytes| bytes == b"<</Length 1").unwrap();
        let stream = plain.windows(1).enumerate().position(|(place, byte)| place > at && byte == b"@").unwrap();
        let head = format!("<</Filter/FlateDecode/Length {}", packed.len());
        [&plain[..at], head.as_bytes(), &plain[at + 11..stream], &packed, &plain[stream + 1..]].concat()
    };
    let read = |length: usize| pdf::text(&page(length)).map(Text::finish);
    assert_eq!(read(pdf::MAX_STREAM), Ok("leaf".into()));
    assert_eq!(read(pdf::MAX_STREAM + 1), Err("is a PDF of which no page can be read".into()));
}

#[test]
fn a_small_file_cannot_say_the_same_for_ever() {
    let long = "word ".repeat(10_000);
    let cells = "<row><c t=\"s\"><v>0</v></c></row>".repeat(10_000);
    let (shared, sheet) = (format!("<sst><si><t>{long}</t></si></sst>"), format!("<worksheet>{cells}</worksheet>"));
    let file = zip(&[
        ("xl/workbook.xml", b"<w/>"),
        ("xl/sharedStrings.xml", shared.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ]);
    let length = office(&file).unwrap().len();
    assert!((MAX_TEXT + 1..MAX_TEXT + 8).contains(&length), "{length}");
}

#[test]
fn deep_xml_and_deep_arrays_are_read_or_refused() {
    let deep = format!("{}<w:t>x</w:t>", "<w:p>".repeat(500_000));
    assert_eq!(office(&zip(&[("word/document.xml", deep.as_bytes())])).unwrap(), "x");
    let array = format!("/Deep {}{}", "[".repeat(100_000), "]".repeat(100_000));
    // Either is right, as long as it comes to an end.
    let _ = pdf::text(&pdf_of("BT (x) Tj ET", &array));
    let _ = pdf::text(&pdf_of(&"[".repeat(100_000), ""));
}

#[test]
fn files_are_chosen_by_what_the_message_says_of_them() {
    let file = |media_type: &str, name: &str| {
        kind(&Attachment {
            name: Some(name.into()),
            media_type: media_type.into(),
            size: 1,
            part: Some(1),
            digest: 0,
            url: None,
        })
    };
    assert_eq!(file("application/pdf", "x"), Some(Kind::Pdf));
    assert_eq!(file("application/octet-stream", "Minutes.PDF"), Some(Kind::Pdf));
    assert_eq!(file("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""), Some(Kind::Office));
    assert_eq!(file("application/msword", "x.docx"), Some(Kind::Office));
    assert_eq!(file("application/msword", "x.doc"), None);
    assert_eq!(file("text/x-patch", "x"), Some(Kind::Plain));
    assert_eq!(file("text/plain", "x.pdf"), Some(Kind::Pdf));
    assert_eq!(file("text/html", "x"), Some(Kind::Html));
    assert_eq!(file("image/png", "x.txt"), None);
    assert_eq!(file("application/pgp-signature", "x.asc"), None);
}

#[test]
fn plain_files_are_read_here_and_what_is_called_so_wrongly_is_said() {
    let read = |bytes: &[u8]| text_of(Kind::Plain, bytes.to_vec(), None);
    assert_eq!(read(b"a\r\nb\rc"), Ok("a\nb\nc".into()));
    assert_eq!(read(b"caf\xe9"), Ok("café".into()));
    assert_eq!(read(b"\xff\xfea\0b\0"), Ok("ab".into()));
    assert_eq!(read(b"\x7fELF\0\0"), Err("is called text and is none".into()));
    assert_eq!(text_of(Kind::Pdf, b"x".to_vec(), None), Err("is called PDF and is none".into()));
    assert_eq!(text_of(Kind::Office, b"x".to_vec(), None), Err("is called a document and is none".into()));
    assert!(text_of(Kind::Office, OLE.to_vec(), None).unwrap_err().contains("encrypted"));
}
