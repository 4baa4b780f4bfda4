//! Digests: of bytes, to know a copy again, and of text, to know a message again in another dress.

/// 128 bits of BLAKE3 over `bytes`: enough that no two copies ever made, by accident or on purpose, share it.
pub fn of_bytes(bytes: &[u8]) -> u128 {
    first_half(blake3::hash(bytes).as_bytes())
}

/// A digest of the letters and digits of some texts, in lower case: white space, line breaks, quote marks and punctuation
/// do not count, so a re-wrapped or re-encoded copy has the same one. `ascii_only` leaves out all other letters too, for
/// comparing with copies whose archive replaced them by `?`.
pub fn of_letters<'a>(texts: impl IntoIterator<Item = &'a str>, ascii_only: bool) -> u128 {
    let mut hash = blake3::Hasher::new();
    let mut buffer = [0u8; 1024];
    let mut filled = 0;
    let mut push = |bytes: &[u8]| {
        if filled + bytes.len() > buffer.len() {
            hash.update(&buffer[..filled]);
            filled = 0;
        }
        buffer[filled..filled + bytes.len()].copy_from_slice(bytes);
        filled += bytes.len();
    };
    for text in texts {
        for c in text.chars() {
            if c.is_ascii_alphanumeric() {
                push(&[c.to_ascii_lowercase() as u8]);
            } else if !c.is_ascii() && !ascii_only && c.is_alphanumeric() {
                push(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        // Between texts, so that a word moved from one to the next is a change.
        push(&[0]);
    }
    hash.update(&buffer[..filled]);
    first_half(hash.finalize().as_bytes())
}

/// The first eight bytes of a digest of `text`: a key for tables, not an identity.
pub fn key(text: &str) -> u64 {
    (first_half(blake3::hash(text.as_bytes()).as_bytes()) >> 64) as u64
}

fn first_half(hash: &[u8; 32]) -> u128 {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    u128::from_be_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewrapped_text_has_the_same_digest_and_one_changed_letter_another() {
        let digest = |text| of_letters([text], false);
        assert_eq!(digest("We met.\nThey agreed"), digest("> we met. they\n> AGREED!"));
        assert_ne!(digest("We met."), digest("We net."));
    }

    #[test]
    fn letters_lost_to_question_marks_do_not_count_when_only_ascii_does() {
        assert_eq!(of_letters(["déjà"], true), of_letters(["d?j?"], true));
        assert_ne!(of_letters(["déjà"], false), of_letters(["d?j?"], false));
    }

    #[test]
    fn long_texts_cross_the_buffer_without_loss() {
        let long = "abc ".repeat(2000);
        assert_ne!(of_letters([long.as_str()], false), of_letters([format!("{long}x").as_str()], false));
    }
}
