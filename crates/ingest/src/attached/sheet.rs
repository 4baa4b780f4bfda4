//! The text of XLSX: cells, row by row, the texts that they share put in their places.

use super::{
    office::numbered,
    text::Text,
    xml::{Met, attribute, walk},
    zip::Package,
};

/// Where a cell's value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// In the table of shared texts, by number.
    Shared,
    Here,
}

/// The text of all sheets.
pub(super) fn text(package: &mut Package<'_>) -> Result<Text, String> {
    let shared = shared(package)?;
    let mut text = Text::default();
    for part in numbered(package, "xl/worksheets/sheet") {
        let Some(xml) = package.member(&part)? else { continue };
        let mut cell = Cell::Here;
        let mut value = String::new();
        let mut in_value = false;
        walk(&xml, |met| {
            match met {
                Met::Open("c", start) => {
                    cell = if attribute(start, "t").as_deref() == Some("s") { Cell::Shared } else { Cell::Here };
                    value.clear();
                }
                Met::Open("v" | "t", _) => in_value = true,
                Met::Close("v" | "t") => in_value = false,
                Met::Text(words) if in_value => value.push_str(words),
                Met::Close("c") => {
                    match cell {
                        Cell::Shared => {
                            let number = value.trim().parse::<usize>().ok();
                            text.push(number.and_then(|number| shared.get(number)).map_or("", String::as_str));
                        }
                        Cell::Here => text.push(&value),
                    }
                    text.space('\t');
                }
                Met::Close("row") => text.space('\n'),
                _ => {}
            }
            !text.is_full()
        })?;
        text.space('\n');
    }
    Ok(text)
}

/// The texts that cells share. How they sound (`rPh`) is not what they say.
fn shared(package: &mut Package<'_>) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let Some(xml) = package.member("xl/sharedStrings.xml")? else { return Ok(all) };
    let mut one = String::new();
    let (mut in_text, mut in_sound) = (false, false);
    walk(&xml, |met| {
        match met {
            Met::Open("rPh", _) => in_sound = true,
            Met::Close("rPh") => in_sound = false,
            Met::Open("t", _) => in_text = true,
            Met::Close("t") => in_text = false,
            Met::Text(words) if in_text && !in_sound => one.push_str(words),
            Met::Close("si") => all.push(std::mem::take(&mut one)),
            _ => {}
        }
        true
    })?;
    Ok(all)
}
