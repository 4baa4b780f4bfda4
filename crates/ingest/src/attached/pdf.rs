//! The text of a PDF, page by page. Its format lets anything refer to anything, so this runs only where a process may be lost.

use lopdf::{Document, LoadOptions};

use super::text::Text;

/// Most bytes that one stream of it may unpack to, 64 MiB.
pub(super) const MAX_STREAM: usize = 64 << 20;
/// Most pages read; what is longer is a collection of books.
pub(super) const MAX_PAGES: usize = 2_000;

/// The text of all pages. A page that cannot be read is left out, as long as another can.
pub(super) fn text(bytes: &[u8]) -> Result<Text, String> {
    let options = LoadOptions { max_decompressed_size: Some(MAX_STREAM), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).map_err(|error| match error {
        lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) => "is encrypted".to_owned(),
        _ => "is a damaged PDF".to_owned(),
    })?;
    if document.is_encrypted() {
        return Err("is encrypted".to_owned());
    }
    let mut text = Text::default();
    let (mut read, mut failed) = (0_u32, 0_u32);
    let pages = document.get_pages();
    if pages.len() > MAX_PAGES {
        text.leave_out(format!("is searched only in the first {MAX_PAGES} of its {} pages", pages.len()));
    }
    for page in pages.into_keys().take(MAX_PAGES) {
        match document.extract_text_with_limit(&[page], MAX_STREAM) {
            Ok(found) => {
                read += 1;
                for line in found.lines() {
                    text.push(line);
                    text.space('\n');
                }
            }
            Err(_) => failed += 1,
        }
        if text.is_full() {
            break;
        }
    }
    if read == 0 && failed > 0 { Err("is a PDF of which no page can be read".to_owned()) } else { Ok(text) }
}
