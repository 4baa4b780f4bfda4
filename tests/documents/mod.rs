//! Small documents, built here: each the least that a reader of its format accepts.

use std::fmt::Write;

/// A zip of these members, not packed.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let members: Vec<_> = members.iter().map(|(name, bytes)| (*name, 0, bytes.len(), *bytes)).collect();
    zip_of(&members)
}

/// A zip of these members: name, method, length when unpacked, bytes as they are packed.
pub(crate) fn zip_of(members: &[(&str, u16, usize, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, method, length, bytes) in members {
        let mut common = [20_u16, 0, *method, 0, 0].map(u16::to_le_bytes).concat();
        let sum = if *method == 0 { crc(bytes) } else { 0 };
        common.extend([sum, bytes.len() as u32, *length as u32].map(u32::to_le_bytes).concat());
        common.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&(out.len() as u32).to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(bytes);
    }
    let start = out.len() as u32;
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend([members.len() as u16, members.len() as u16].map(u16::to_le_bytes).concat());
    out.extend([directory.len() as u32, start].map(u32::to_le_bytes).concat());
    out.extend_from_slice(&[0; 2]);
    out
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

/// A Word document of these paragraphs.
pub(crate) fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let text: String = paragraphs.iter().map(|text| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")).collect();
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{text}</w:body></w:document>"
    );
    zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document.as_bytes())])
}

/// Slides, each with one line.
pub(crate) fn pptx(slides: &[&str]) -> Vec<u8> {
    let names: Vec<String> = (1..=slides.len()).map(|number| format!("ppt/slides/slide{number}.xml")).collect();
    let pages: Vec<String> = slides
        .iter()
        .map(|text| format!("<p:sld xmlns:p=\"p\" xmlns:a=\"a\"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>"))
        .collect();
    let mut members: Vec<(&str, &[u8])> = vec![("ppt/presentation.xml", b"<p/>")];
    // The last slide first: their numbers count, not their places.
    members.extend(names.iter().zip(&pages).rev().map(|(name, page)| (name.as_str(), page.as_bytes())));
    zip(&members)
}

/// One sheet of rows: words are shared texts, numbers stand in their cells.
pub(crate) fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    let (mut shared, mut sheet, mut count) = (String::new(), String::new(), 0);
    for row in rows {
        sheet.push_str("<row>");
        for cell in *row {
            if cell.parse::<f64>().is_ok() {
                let _ = write!(sheet, "<c><v>{cell}</v></c>");
            } else {
                let _ = write!(sheet, "<c t=\"s\"><v>{count}</v></c>");
                let _ = write!(shared, "<si><t>{cell}</t><rPh><t>how it sounds</t></rPh></si>");
                count += 1;
            }
        }
        sheet.push_str("</row>");
    }
    let sheet = format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>");
    let shared = format!("<sst>{shared}</sst>");
    zip(&[
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
    ])
}

/// An OpenDocument text of these paragraphs.
pub(crate) fn odt(paragraphs: &[&str]) -> Vec<u8> {
    let text: String = paragraphs.iter().map(|text| format!("<text:p>{text}</text:p>")).collect();
    let content = format!(
        "<office:document-content><office:styles>a style</office:styles><office:body><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>{text}</office:body></office:document-content>"
    );
    zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", content.as_bytes())])
}

/// A PDF of one page with this text.
pub(crate) fn pdf(text: &str) -> Vec<u8> {
    pdf_of(&format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET"), "")
}

/// A PDF of one page that is drawn so, with something more in its catalogue.
pub(crate) fn pdf_of(content: &str, more: &str) -> Vec<u8> {
    pdf_with(content, more, 1)
}

/// A PDF of so many pages, all of which are the same.
pub(crate) fn pdf_book(text: &str, pages: usize) -> Vec<u8> {
    pdf_with(&format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET"), "", pages)
}

fn pdf_with(content: &str, more: &str, pages: usize) -> Vec<u8> {
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{more}>>"),
        format!("<</Type/Pages/Kids[{}]/Count {pages}>>", "3 0 R ".repeat(pages)),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    // Readers believe in no more pages than there are objects.
    objects.resize(objects.len() + pages - 1, "0".to_owned());
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = String::new();
    for (number, object) in (1..).zip(&objects) {
        let _ = writeln!(places, "{:010} 00000 n ", out.len());
        let _ = write!(out, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    let count = objects.len() + 1;
    let _ = write!(
        out,
        "xref\n0 {count}\n0000000000 65535 f \n{places}trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    );
    out.into_bytes()
}
