//! Digests: of bytes, to know a copy again, and of text, to know a message again in another dress.

use std::{fs::File, io, path::Path};

/// 128 bits of BLAKE3 over `bytes`: enough that no two copies ever made, by accident or on purpose, share it.
pub fn of_bytes(bytes: &[u8]) -> u128 {
    first_half(blake3::hash(bytes).as_bytes())
}

/// The same of a file, of any size.
pub fn of_file(path: &Path) -> io::Result<u128> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(File::open(path)?)?;
    Ok(first_half(hash.finalize().as_bytes()))
}

/// The same, with lines that end in CRLF taken for lines that end in LF: what a program that copies mail changes without knowing.
pub fn of_lines(bytes: &[u8]) -> u128 {
    let ends: Vec<usize> = memchr::memmem::find_iter(bytes, b"\r\n").collect();
    if ends.is_empty() {
        return of_bytes(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for end in ends {
        plain.extend_from_slice(&bytes[from..end]);
        from = end + 1;
    }
    plain.extend_from_slice(&bytes[from..]);
    of_bytes(&plain)
}

/// Two digests of the letters and digits of some texts, in lower case: white space, line breaks, quote marks and
/// punctuation do not count, so a re-wrapped or re-encoded copy has the same ones. The second leaves out all letters that
/// are not ASCII, for comparing with copies whose archive replaced them by `?`.
pub fn of_letters<'a>(texts: impl IntoIterator<Item = &'a str>) -> (u128, u128) {
    let (mut all, mut ascii) = (Letters::default(), Letters::default());
    let mut plain = true;
    for text in texts {
        if plain && !text.is_ascii() {
            // Until now the two were the same.
            ascii = all.clone();
            plain = false;
        }
        if plain || text.is_ascii() {
            all.push_all(text.as_bytes());
            if !plain {
                ascii.push_all(text.as_bytes());
            }
        } else {
            for c in text.chars() {
                if c.is_ascii_alphanumeric() {
                    all.push(c.to_ascii_lowercase() as u8);
                    ascii.push(c.to_ascii_lowercase() as u8);
                } else if !c.is_ascii() && c.is_alphanumeric() {
                    c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| all.push(byte));
                }
            }
        }
    }
    let all = all.finish();
    (all, if plain { all } else { ascii.finish() })
}

/// Letters on their way into a hash. Gathered first, for many bytes at once are hashed several times faster than few at a time.
#[derive(Clone, Default)]
struct Letters {
    hash: blake3::Hasher,
    gathered: Vec<u8>,
}

/// Most letters gathered before they are hashed.
const GATHERED: usize = 64 << 10;

impl Letters {
    fn push(&mut self, byte: u8) {
        if self.gathered.len() >= GATHERED {
            self.hash.update(&self.gathered);
            self.gathered.clear();
        }
        self.gathered.push(byte);
    }

    /// The ASCII letters and digits of `bytes`, in lower case, without a branch for each.
    fn push_all(&mut self, bytes: &[u8]) {
        for bytes in bytes.chunks(GATHERED) {
            if self.gathered.len() + bytes.len() > GATHERED {
                self.hash.update(&self.gathered);
                self.gathered.clear();
            }
            let mut end = self.gathered.len();
            self.gathered.resize(end + bytes.len(), 0);
            for &byte in bytes {
                self.gathered[end] = byte.to_ascii_lowercase();
                end += usize::from(byte.is_ascii_alphanumeric());
            }
            self.gathered.truncate(end);
        }
    }

    fn finish(mut self) -> u128 {
        self.hash.update(&self.gathered);
        first_half(self.hash.finalize().as_bytes())
    }
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
        let digest = |text| of_letters([text]).0;
        assert_eq!(digest("We met.\nThey agreed"), digest("> We met. they\n> AGREED!"));
        assert_ne!(digest("We met."), digest("We net."));
    }

    #[test]
    fn lines_have_one_digest_however_they_end() {
        assert_eq!(of_lines(b"one\r\ntwo\r\n"), of_lines(b"one\ntwo\n"));
        assert_ne!(of_lines(b"one\rtwo"), of_lines(b"one\ntwo"));
    }

    #[test]
    fn letters_lost_to_question_marks_do_not_count_when_only_ascii_does() {
        assert_eq!(of_letters(["a", "déjà"]).1, of_letters(["a", "d?j?"]).1);
        assert_ne!(of_letters(["a", "déjà"]).0, of_letters(["a", "d?j?"]).0);
    }

    #[test]
    fn both_digests_of_plain_text_are_one_wherever_it_is_cut() {
        let (all, ascii) = of_letters(["abc", "def"]);
        assert_eq!(all, ascii);
        assert_eq!(all, of_letters(["abcdef"]).0);
    }

    #[test]
    fn long_texts_cross_the_buffer_without_loss() {
        let long = "abc ".repeat(GATHERED);
        assert_ne!(of_letters([long.as_str()]).0, of_letters([format!("{long}x").as_str()]).0);
    }
}
