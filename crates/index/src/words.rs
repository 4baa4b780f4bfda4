//! Words: how text becomes what is searched. The one analyser, for messages and for queries alike.
//!
//! A word is a run of letters and digits, in lower case, without accents: `Déjà-vu` is `deja` and `vu`. Scripts that are
//! written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are cut by the Unicode Consortium's segmenter.
//! Because the rule is the same at both ends, `multi-stakeholder` is found by its phrase `multi stakeholder`.

use std::borrow::Cow;

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed, options::WordBreakInvariantOptions};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Longest word indexed, in bytes. Long identifiers and addresses stay under it; encoded data does not.
pub const MAX_WORD: usize = 255;

/// Calls `each` with every word of `text`: the folded word and the bytes it came from.
pub fn each(text: &str, mut each: impl FnMut(&str, usize, usize)) {
    let mut words = Words::default();
    let mut folded = String::with_capacity(32);
    while let Some((start, end)) = words.next(text, &mut folded) {
        each(&folded, start, end);
    }
}

/// Goes through the words of a text.
#[derive(Clone, Debug, Default)]
pub struct Words {
    at: usize,
    /// Words of a run of letters that was cut into several, last first.
    waiting: Vec<(String, usize, usize)>,
}

impl Words {
    /// The next word, folded, in the place of what was in `folded`; gives the bytes it came from. `text` must be the same every time.
    pub fn next(&mut self, text: &str, folded: &mut String) -> Option<(usize, usize)> {
        let bytes = text.as_bytes();
        loop {
            if let Some((word, start, end)) = self.waiting.pop() {
                *folded = word;
                return Some((start, end));
            }
            let start = self.at + bytes[self.at..].iter().position(|&byte| BEGINS[byte as usize])?;
            // ASCII takes the short way until something else comes.
            let length = bytes[start..].iter().position(|byte| !byte.is_ascii_alphanumeric());
            let end = length.map_or(bytes.len(), |length| start + length);
            folded.clear();
            folded.push_str(&text[start..end]);
            folded.make_ascii_lowercase();
            if end == bytes.len() || bytes[end] < 0x80 {
                self.at = end;
                if folded.len() <= MAX_WORD {
                    return Some((start, end));
                }
                continue;
            }
            let waiting = &mut self.waiting;
            self.at = run(text, start, end, folded, &mut |word: &str, start, end| {
                waiting.push((word.to_owned(), start, end));
            });
            waiting.reverse();
        }
    }
}

/// The bytes that a word can begin with: ASCII letters and digits, and whatever is not ASCII.
const BEGINS: [bool; 256] = {
    let mut begins = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        begins[byte] = byte >= 0x80 || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    begins
};

/// The words of a text, folded.
pub fn of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each(text, |word, _, _| words.push(word.to_owned()));
    words
}

/// One run of word characters from `start`, of which those before `end` are ASCII and already folded; gives where it ended.
fn run(text: &str, start: usize, end: usize, folded: &mut String, each: &mut impl FnMut(&str, usize, usize)) -> usize {
    let mut spaceless = false;
    for (offset, c) in text[end..].char_indices() {
        if !is_word(c) {
            let stop = end + offset;
            finish(text, start, stop, spaceless, folded, each);
            return stop + c.len_utf8();
        }
        spaceless |= is_spaceless(c);
        fold(c, folded);
    }
    finish(text, start, text.len(), spaceless, folded, each);
    text.len()
}

fn finish(
    text: &str,
    start: usize,
    end: usize,
    spaceless: bool,
    folded: &mut String,
    each: &mut impl FnMut(&str, usize, usize),
) {
    if spaceless { segment(text, start, end, folded, each) } else { emit(folded, start, end, each) }
}

fn emit(folded: &str, start: usize, end: usize, each: &mut impl FnMut(&str, usize, usize)) {
    if !folded.is_empty() && folded.len() <= MAX_WORD {
        each(folded, start, end);
    }
}

thread_local! {
    static SEGMENTER: WordSegmenterBorrowed<'static> = WordSegmenter::new_auto(WordBreakInvariantOptions::default());
}

/// Longest stretch given to the segmenter at once, in bytes: its dictionaries need context of a clause, not of a book.
const SEGMENT: usize = 4 << 10;

/// Cuts a run of a script without spaces into words.
fn segment(text: &str, start: usize, end: usize, folded: &mut String, each: &mut impl FnMut(&str, usize, usize)) {
    let mut from = start;
    while from < end {
        let to = if end - from > SEGMENT { text.floor_char_boundary(from + SEGMENT) } else { end };
        let mut previous = 0;
        SEGMENTER.with(|segmenter| {
            for cut in segmenter.segment_str(&text[from..to]) {
                let word = &text[from + previous..from + cut];
                folded.clear();
                word.chars().filter(|c| is_word(*c)).for_each(|c| fold(c, folded));
                emit(folded, from + previous, from + cut, each);
                previous = cut;
            }
        });
        from = to;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

/// Whether words of this script stand without spaces between them.
fn is_spaceless(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x323AF)
}

/// Appends a character in lower case and without accents. Letters that decompose into nothing plainer are spelt out.
fn fold(c: char, folded: &mut String) {
    if c.is_ascii() {
        folded.push(c.to_ascii_lowercase());
        return;
    }
    // Korean syllables would fall apart into their letters, three for one.
    if matches!(u32::from(c), 0xAC00..=0xD7A3) {
        folded.push(c);
        return;
    }
    decompose_compatible(c, |part| {
        if is_accent(part) {
            return;
        }
        for lower in part.to_lowercase() {
            match lower {
                'ß' => folded.push_str("ss"),
                'æ' => folded.push_str("ae"),
                'œ' => folded.push_str("oe"),
                'ø' => folded.push('o'),
                'đ' | 'ð' => folded.push('d'),
                'ł' => folded.push('l'),
                'ı' => folded.push('i'),
                'þ' => folded.push_str("th"),
                other if is_accent(other) => {}
                other => folded.push(other),
            }
        }
    });
}

/// Marks that searches ignore: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowel signs. Vowel signs of Indic
/// scripts are letters and stay.
fn is_accent(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x0483..=0x0487 | 0x0591..=0x05BD | 0x05BF | 0x05C1..=0x05C7
        | 0x0610..=0x061A | 0x064B..=0x065F | 0x0670 | 0x06D6..=0x06ED)
}

/// Languages that words are stemmed in, as ISO 639-1 codes.
pub const STEMMED: &[&str] =
    &["en", "fr", "es", "pt", "de", "it", "nl", "sv", "da", "no", "fi", "hu", "ro", "ru", "tr", "ar", "el"];

fn algorithm(language: &str) -> frostem::Algorithm {
    use frostem::Algorithm as A;
    match language {
        "fr" => A::French,
        "es" => A::Spanish,
        "pt" => A::Portuguese,
        "de" => A::German,
        "it" => A::Italian,
        "nl" => A::Dutch,
        "sv" => A::Swedish,
        "da" => A::Danish,
        "no" => A::Norwegian,
        "fi" => A::Finnish,
        "hu" => A::Hungarian,
        "ro" => A::Romanian,
        "ru" => A::Russian,
        "tr" => A::Turkish,
        "ar" => A::Arabic,
        "el" => A::Greek,
        _ => A::English,
    }
}

/// The stem of a folded word in a language, an ISO 639-1 code; in an unknown one as in English, the common one of lists.
///
/// None is remembered: searches are no slower without, and what each thread that searches had seen in each of the languages came to
/// three megabytes a minute under load.
pub fn stem_in<'a>(word: &'a str, language: &str) -> Cow<'a, str> {
    frostem::Stemmer::new(algorithm(language)).stem(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(of(text).join("|"), expected, "words of {text:?}");
    }

    #[test]
    fn ascii_words_are_runs_of_letters_and_digits() {
        check("IPv6: multi-stakeholder, e.g. RFC2119 (v.2)!", "ipv6|multi|stakeholder|e|g|rfc2119|v|2");
    }

    #[test]
    fn case_and_accents_are_folded() {
        check("Résumé STRASSE Straße Łódź Ærø naïve", "resume|strasse|strasse|lodz|aero|naive");
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same_word() {
        check("cafe\u{301} café", "cafe|cafe");
    }

    #[test]
    fn an_accent_inside_an_ascii_run_does_not_split_it() {
        check("l'accès déploiement", "l|acces|deploiement");
    }

    #[test]
    fn chinese_japanese_and_thai_are_cut_into_words() {
        check("我们支持互联网治理", "我们|支持|互|联|网|治理");
        assert!(of("インターネットの統治について").len() > 2);
        assert!(of("การกำกับดูแลอินเทอร์เน็ต").len() > 1);
    }

    #[test]
    fn indic_vowel_signs_stay_and_arabic_ones_go() {
        check("हिन्दी", "हिन्दी");
        check("كِتَاب", "كتاب");
    }

    #[test]
    fn a_word_of_255_bytes_is_kept_and_one_of_256_is_not() {
        assert_eq!(of(&"a".repeat(MAX_WORD)).len(), 1);
        assert_eq!(of(&"a".repeat(MAX_WORD + 1)).len(), 0);
    }

    #[test]
    fn offsets_point_at_the_words() {
        let text = "Le déploiement d'IPv6，支持。";
        each(text, |word, start, end| assert_eq!(of(&text[start..end]), [word]));
    }

    #[test]
    fn inflections_share_a_stem() {
        assert_eq!(stem_in("deployments", "en"), stem_in("deployment", "en"));
        assert_eq!(stem_in("mesures", "fr"), stem_in("mesure", "fr"));
    }
}
