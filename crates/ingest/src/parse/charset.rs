//! The charset of bytes that do not say it, or say it wrongly.

use encoding_rs::Encoding;

/// How much of a text the charset detector reads: enough to be sure, little enough to be fast on any message.
const GUESS_FROM: usize = 64 << 10;

pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(GUESS_FROM)], true);
    detector.guess(None, chardetng::Utf8Detection::Allow)
}

pub(super) fn guess_unless_utf8(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => guess(bytes).decode(bytes).0.into_owned(),
    }
}
