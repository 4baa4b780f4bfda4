//! RIS: a tag and a value a line, CRLF.

use crate::wording;

use super::cite::Citation;

/// One record.
pub(crate) fn entry(citation: &Citation) -> String {
    // What Zotero, EndNote and Mendeley write for an e-mail.
    let mut out = "TY  - ICOMM\r\n".to_owned();
    let mut line = |tag: &str, value: &str| {
        let value = one_line(value);
        if !value.is_empty() {
            out.push_str(&format!("{tag}  - {value}\r\n"));
        }
    };
    line("AU", &citation.author);
    line("TI", &citation.title());
    citation.lists.iter().for_each(|list| line("T2", list));
    if let Some(seconds) = citation.seconds {
        let iso = wording::iso(seconds);
        line("PY", &iso[..4]);
        // Year/month/day/what else is known.
        line("DA", &format!("{}/{}", iso[..10].replace('-', "/"), &iso[11..16]));
    }
    line("UR", &citation.url);
    line("AN", citation.message_id.as_deref().unwrap_or(""));
    line("LA", citation.language.as_deref().unwrap_or(""));
    line("SP", &citation.locator().map(|numbers| format!("para. {numbers}")).unwrap_or_default());
    line("N1", &citation.sent());
    line("ID", &citation.id);
    out.push_str("ER  - \r\n\r\n");
    out
}

fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
