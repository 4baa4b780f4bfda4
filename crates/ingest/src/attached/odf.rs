//! The text of OpenDocument files: ODT, ODP, ODS.

use super::{
    text::Text,
    xml::{Met, walk},
    zip::Package,
};

/// All of it stands in `content.xml`; what was deleted and is only remembered is left out.
pub(super) fn text(package: &mut Package<'_>) -> Result<Text, String> {
    let mut text = Text::default();
    let Some(xml) = package.member("content.xml")? else { return Ok(text) };
    let (mut in_body, mut passing_over) = (false, 0_u32);
    walk(&xml, |met| {
        match met {
            Met::Open("body", _) => in_body = true,
            Met::Open("tracked-changes", _) => passing_over += 1,
            Met::Close("tracked-changes") => passing_over = passing_over.saturating_sub(1),
            _ if passing_over > 0 || !in_body => {}
            Met::Open("s" | "tab", _) => text.space(' '),
            // A cell's text is a paragraph, too; its row ends the line.
            Met::Close("table-cell") => text.space('\t'),
            Met::Open("line-break", _) | Met::Close("p" | "h" | "table-row") => text.space('\n'),
            Met::Text(words) => text.push(words),
            _ => {}
        }
        !text.is_full()
    })?;
    Ok(text)
}
