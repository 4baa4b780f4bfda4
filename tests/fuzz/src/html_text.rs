//! HTML as plain text: within its limits, and without markup every word stays.

use plenary_ingest::text::{MAX_HTML, MAX_PLAIN, html_to_text};

/// A web page, or a text that is none.
pub fn html_text(bytes: &[u8]) {
    let html = String::from_utf8_lossy(bytes);
    let text = html_to_text(&html).unwrap_or_default();
    // The last piece may go beyond; it is no longer than what was read.
    assert!(text.len() <= MAX_PLAIN + MAX_HTML, "{} bytes of text", text.len());
    assert!(text.is_empty() || !text.trim().is_empty(), "a text that shows nothing is none");
    let said = |text: &str| text.split_whitespace().collect::<Vec<_>>().concat();
    let shows = |c: char| !c.is_whitespace() && c != '>';
    if !html.contains(['<', '&']) && html.contains(shows) {
        assert_eq!(said(&text), said(&html), "words stay where there is no markup");
    }
}
