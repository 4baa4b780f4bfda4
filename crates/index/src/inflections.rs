//! From a word to its other forms: `networks` finds `network` and `networking`. The index holds words as they are written; this
//! says, segment by segment, which of them share a stem, in which language.
//!
//! It is computed from a segment's words, kept in a file beside the segment, `<segment>.stems`, and computed again
//! where that is missing or damaged. Segments never change, so neither does the file.

use std::{
    collections::HashSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use plenary_ingest::digest;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use tantivy::{
    DocSet, Index, SegmentReader, TERMINATED,
    index::SegmentId,
    schema::{Field, IndexRecordOption},
};

use crate::{Error, catalogue::sync_folder, schema::Fields, words};

/// Format of the file. 1: first.
const FORMAT: u32 = 1;
/// Longest word that is inflected, in bytes: longer ones are names of files and functions run together.
const LONGEST: usize = 64;

/// The languages of a message, as bits: the place of a language in [`words::STEMMED`]. Any other is stemmed as English, the first.
pub(crate) fn language_bit(code: &str) -> u32 {
    1 << words::STEMMED.iter().position(|known| *known == code).unwrap_or(0)
}

/// A form of a word, with the languages ([`language_bit`]) in which it is one.
pub(crate) type Form = (String, u32);

/// The words of one segment by their stems.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Inflections {
    /// The languages that messages of this segment are in.
    languages: u32,
    /// All words, each followed by a line end.
    words: String,
    /// A hash of language and stem, and where the word begins in `words`; sorted.
    stems: Vec<(u32, u32)>,
}

impl Inflections {
    /// The forms of a folded word that occur in this segment; the word as it is comes first, whether it occurs or not.
    pub(crate) fn of(&self, word: &str) -> Vec<Form> {
        let mut forms: Vec<Form> = vec![(word.to_owned(), u32::MAX)];
        if !inflects(word) {
            return forms;
        }
        for (number, language) in words::STEMMED.iter().enumerate() {
            if self.languages & 1 << number == 0 {
                continue;
            }
            let stem = words::stem_in(word, language);
            let hash = hash(number, &stem);
            let from = self.stems.partition_point(|(other, _)| *other < hash);
            for &(_, start) in self.stems[from..].iter().take_while(|(other, _)| *other == hash) {
                let rest = &self.words[start as usize..];
                let other = &rest[..rest.find('\n').unwrap_or(rest.len())];
                if other == word || words::stem_in(other, language) != stem {
                    continue;
                }
                match forms.iter_mut().find(|(known, _)| known == other) {
                    Some((_, languages)) => *languages |= 1 << number,
                    None => forms.push((other.to_owned(), 1 << number)),
                }
            }
        }
        forms
    }

    /// Reads them beside a segment, or computes them.
    pub(crate) fn open(folder: &Path, reader: &SegmentReader, fields: &Fields) -> Result<Inflections, Error> {
        match load(&path(folder, reader.segment_id())) {
            Some(known) => Ok(known),
            None => Inflections::compute(reader, fields).map_err(|error| Error::engine("reading its words", error)),
        }
    }

    fn compute(reader: &SegmentReader, fields: &Fields) -> tantivy::Result<Inflections> {
        let languages = languages(reader)?;
        let mut known: Vec<(String, u32)> = Vec::new();
        for field in [fields.own, fields.subject, fields.quoted, fields.attached] {
            gather(reader, field, &languages, &mut known)?;
        }
        // Three sorted stretches, which the sort finds and merges.
        known.sort();
        known.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            earlier.1 |= if same { later.1 } else { 0 };
            same
        });
        let mut inflections =
            Inflections { languages: languages.iter().fold(0, |all, one| all | one), ..Inflections::default() };
        for (word, in_languages) in known {
            let start = inflections.words.len() as u32;
            inflections.words.push_str(&word);
            inflections.words.push('\n');
            for (number, language) in words::STEMMED.iter().enumerate() {
                if in_languages & 1 << number != 0 {
                    inflections.stems.push((hash(number, &words::stem_in(&word, language)), start));
                }
            }
        }
        inflections.stems.sort_unstable();
        Ok(inflections)
    }
}

/// The language of each message, as bits.
fn languages(reader: &SegmentReader) -> tantivy::Result<Vec<u32>> {
    let count = reader.max_doc();
    let Some(column) = reader.fast_fields().str("lang")? else { return Ok(vec![1; count as usize]) };
    let mut bits = Vec::with_capacity(column.num_terms());
    let mut terms = column.dictionary().stream()?;
    while terms.advance() {
        bits.push(language_bit(std::str::from_utf8(terms.key()).unwrap_or("")));
    }
    let of = |doc| column.term_ords(doc).next().and_then(|ord| bits.get(ord as usize).copied()).unwrap_or(1);
    Ok((0..count).map(of).collect())
}

/// Adds the words of a field, each with the languages of the messages it is in.
fn gather(
    reader: &SegmentReader,
    field: Field,
    languages: &[u32],
    known: &mut Vec<(String, u32)>,
) -> tantivy::Result<()> {
    let all = languages.iter().fold(0, |all, one| all | one);
    let inverted = reader.inverted_index(field)?;
    let mut terms = inverted.terms().stream()?;
    while terms.advance() {
        let Ok(word) = std::str::from_utf8(terms.key()) else { continue };
        if !inflects(word) {
            continue;
        }
        let mut found = 0;
        let mut postings = inverted.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
        while postings.doc() != TERMINATED && found != all {
            found |= languages[postings.doc() as usize];
            postings.advance();
        }
        known.push((word.to_owned(), found));
    }
    Ok(())
}

/// Whether a word can have other forms: letters only.
fn inflects(word: &str) -> bool {
    word.len() <= LONGEST && word.chars().all(char::is_alphabetic)
}

fn hash(language: usize, stem: &str) -> u32 {
    // The same stem in another language is another one; the odd factor spreads the few numbers over all bits.
    (digest::key(stem) >> 32) as u32 ^ (language as u32).wrapping_mul(0x9E37_79B1)
}

fn path(folder: &Path, segment: SegmentId) -> PathBuf {
    folder.join(format!("{}.stems", segment.uuid_string()))
}

fn load(path: &Path) -> Option<Inflections> {
    let bytes = fs::read(path).ok()?;
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(16)?)?;
    if digest::of_bytes(body).to_be_bytes() != sum {
        return None;
    }
    let (format, inflections): (u32, Inflections) = postcard::from_bytes(body).ok()?;
    (format == FORMAT).then_some(inflections)
}

/// Writes the files that segments of the index lack, and removes those of segments that are no more. They can be computed again at
/// any time, so a crash in between costs nothing.
pub(crate) fn keep(folder: &Path, index: &Index, fields: &Fields) -> Result<(), Error> {
    let failed = |error| Error::engine("reading its words", error);
    let reader = index.reader().map_err(failed)?;
    let searcher = reader.searcher();
    let segments = searcher.segment_readers();
    let missing: Vec<&SegmentReader> =
        segments.iter().filter(|reader| load(&path(folder, reader.segment_id())).is_none()).collect();
    // One thread a segment: there are as many as there were threads that wrote.
    let written: Result<Vec<()>, Error> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            missing.into_iter().map(|reader| scope.spawn(move || write(folder, reader, fields))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(Error::Damaged(folder.into())))).collect()
    });
    written?;
    let wanted: HashSet<PathBuf> = segments.iter().map(|reader| path(folder, reader.segment_id())).collect();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|end| end == "stems") && !wanted.contains(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// The files of these segments that are missing or damaged.
pub(crate) fn damaged(folder: &Path, segments: &[SegmentReader]) -> Vec<PathBuf> {
    let paths = segments.iter().map(|reader| path(folder, reader.segment_id()));
    paths.filter(|path| load(path).is_none()).collect()
}

fn write(folder: &Path, reader: &SegmentReader, fields: &Fields) -> Result<(), Error> {
    let inflections =
        Inflections::compute(reader, fields).map_err(|error| Error::engine("reading its words", error))?;
    let path = path(folder, reader.segment_id());
    let failed = |source| Error::Io { what: "write", path: path.clone(), source };
    let mut body = postcard::to_stdvec(&(FORMAT, &inflections)).map_err(|e| failed(std::io::Error::other(e)))?;
    body.extend_from_slice(&digest::of_bytes(&body).to_be_bytes());
    let part = path.with_extension("part");
    // On the disk before it has its name: the seal of the index speaks of these bytes.
    let mut file = fs::File::create(&part).map_err(failed)?;
    file.write_all(&body).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&part, &path)).map_err(failed)?;
    sync_folder(folder)
}

/// The inflections of the segments of one commit. Those of segments that were there before are taken over.
#[derive(Clone, Default)]
pub(crate) struct Known(FxHashMap<SegmentId, Arc<Inflections>>);

impl Known {
    /// Those of the segments in `readers`.
    pub(crate) fn take(&self, folder: &Path, readers: &[SegmentReader], fields: &Fields) -> Result<Known, Error> {
        let mut next = FxHashMap::default();
        for reader in readers {
            let id = reader.segment_id();
            let inflections = match self.0.get(&id) {
                Some(known) => Arc::clone(known),
                None => Arc::new(Inflections::open(folder, reader, fields)?),
            };
            next.insert(id, inflections);
        }
        Ok(Known(next))
    }

    /// The forms of a word in a segment.
    pub(crate) fn forms(&self, segment: SegmentId, word: &str) -> Vec<Form> {
        self.0.get(&segment).map_or_else(|| vec![(word.to_owned(), u32::MAX)], |inflections| inflections.of(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(known: &[(&str, u32)]) -> Inflections {
        let mut inflections = Inflections { languages: u32::MAX, ..Inflections::default() };
        for (word, languages) in known {
            let start = inflections.words.len() as u32;
            inflections.words.push_str(word);
            inflections.words.push('\n');
            for (number, language) in words::STEMMED.iter().enumerate().filter(|(n, _)| languages & 1 << n != 0) {
                inflections.stems.push((hash(number, &words::stem_in(word, language)), start));
            }
        }
        inflections.stems.sort_unstable();
        inflections
    }

    #[test]
    fn a_word_leads_to_its_forms_in_the_languages_they_occur_in() {
        let (en, fr) = (language_bit("en"), language_bit("fr"));
        let known = of(&[("network", en), ("networks", en), ("mesures", fr), ("mesure", en | fr), ("cat", en)]);
        assert_eq!(
            known.of("networking"),
            [("networking".into(), u32::MAX), ("network".into(), en), ("networks".into(), en)]
        );
        assert_eq!(known.of("mesure"), [("mesure".into(), u32::MAX), ("mesures".into(), fr)]);
        assert_eq!(known.of("dog"), [("dog".to_owned(), u32::MAX)]);
    }

    #[test]
    fn a_word_with_a_digit_has_no_other_forms() {
        assert_eq!(of(&[("ipv6s", 1)]).of("ipv6"), [("ipv6".to_owned(), u32::MAX)]);
    }

    #[test]
    fn unknown_languages_are_english() {
        assert_eq!(language_bit("xx"), language_bit("en"));
    }
}
