//! The language of a text, where it can be told.

/// The language of `text` as an ISO 639-1 code; `None` where it is unsure.
pub fn detect(text: &str) -> Option<&'static str> {
    let _ = text;
    None
}
