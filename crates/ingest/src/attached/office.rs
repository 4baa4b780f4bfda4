//! Documents that are packages of XML: which of the formats it is, and the text of Word's and PowerPoint's.

use super::{
    odf, sheet,
    text::Text,
    xml::{Met, walk},
    zip::Package,
};

/// The text of a DOCX, PPTX, XLSX, ODT, ODP or ODS.
pub(super) fn text(bytes: &[u8]) -> Result<Text, String> {
    let mut package = Package::open(bytes)?;
    let has = |package: &Package<'_>, name: &str| package.names().any(|other| other == name);
    if has(&package, "word/document.xml") {
        // What stands in notes and margins comes after the text.
        let parts = ["document", "footnotes", "endnotes", "comments"].map(|part| format!("word/{part}.xml"));
        return paragraphs(&mut package, &parts);
    }
    if has(&package, "xl/workbook.xml") {
        return sheet::text(&mut package);
    }
    if has(&package, "ppt/presentation.xml") {
        let mut parts = numbered(&package, "ppt/slides/slide");
        parts.extend(numbered(&package, "ppt/notesSlides/notesSlide"));
        return paragraphs(&mut package, &parts);
    }
    if has(&package, "content.xml") {
        return odf::text(&mut package);
    }
    Err("is no document of a kind that is read".to_owned())
}

/// The members called `<start><number>.xml`, by number.
pub(super) fn numbered(package: &Package<'_>, start: &str) -> Vec<String> {
    let number = |name: &str| name.strip_prefix(start)?.strip_suffix(".xml")?.parse::<u32>().ok();
    let mut found: Vec<(u32, String)> =
        package.names().filter_map(|name| number(name).map(|number| (number, name.to_owned()))).collect();
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

/// Text stands in elements `t`, in paragraphs `p`. What is there twice, for programs that cannot show the first form, is taken once.
fn paragraphs(package: &mut Package<'_>, parts: &[String]) -> Result<Text, String> {
    let mut text = Text::default();
    for part in parts {
        let Some(xml) = package.member(part)? else { continue };
        let (mut in_text, mut passing_over) = (false, 0_u32);
        walk(&xml, |met| {
            match met {
                Met::Open("Fallback", _) => passing_over += 1,
                Met::Close("Fallback") => passing_over = passing_over.saturating_sub(1),
                _ if passing_over > 0 => {}
                Met::Open("t", _) => in_text = true,
                Met::Close("t") => in_text = false,
                Met::Open("tab", _) => text.space(' '),
                Met::Open("br" | "cr", _) | Met::Close("p") => text.space('\n'),
                Met::Close("tc") => text.space('\t'),
                Met::Text(words) if in_text => text.push(words),
                _ => {}
            }
            !text.is_full()
        })?;
        text.space('\n');
    }
    Ok(text)
}
