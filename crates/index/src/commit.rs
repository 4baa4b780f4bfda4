//! What a commit says of itself, inside the engine's own file, so that both change in one rename; read without the engine, too, for
//! it must be known of an index that the engine does not open.

use std::{collections::HashSet, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;

/// The engine's file that names the segments of a commit.
pub(crate) const META: &str = "meta.json";

/// What a commit says of itself.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Commit {
    pub(crate) schema: u32,
    pub(crate) generation: u64,
    pub(crate) at: i64,
    /// The run that committed; empty in an index of an earlier version.
    #[serde(default)]
    pub(crate) run: String,
}

/// The engine's file, as far as it matters here.
#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    payload: Option<String>,
    segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    segment_id: String,
    deletes: Option<Deletes>,
}

#[derive(Deserialize)]
struct Deletes {
    opstamp: u64,
}

impl Commit {
    /// The last commit of an index folder; `None` where there is none, or its file makes no sense.
    pub(crate) fn read(index: &Path) -> io::Result<Option<Commit>> {
        Ok(meta(index)?.and_then(Commit::within))
    }

    fn within(meta: Meta) -> Option<Commit> {
        meta.payload.and_then(|payload| serde_json::from_str(&payload).ok())
    }

    /// The number of the last commit, of a damaged index, too: the number that a catalogue beside it has. Readers tell commits
    /// apart by it, so that of a new index must go on from there.
    pub(crate) fn generation_of(index: &Path) -> u64 {
        let names = fs::read_dir(index).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let catalogues = names.filter_map(|name| name.to_string_lossy().strip_prefix("catalogue.")?.parse().ok());
        let last = Commit::read(index).ok().flatten().map(|commit| commit.generation);
        catalogues.chain(last).max().unwrap_or(0)
    }
}

/// The engine's file; `None` where there is none, or it makes no sense; an error where it could not be read just now.
fn meta(index: &Path) -> io::Result<Option<Meta>> {
    match fs::read(index.join(META)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a folder without the engine's file is what a first run left that was cut off: it holds no more than the engine's notes,
/// which are hidden. Anything else was an index once, and says what it knew of dumps that may be gone.
pub(crate) fn is_none_yet(index: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(index)? {
        if !entry?.file_name().to_string_lossy().starts_with('.') {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes from an index folder what a run left behind that was cut off: segments that no commit names, and files that were
/// to be renamed. Only the holder of the write lock may. What cannot be removed does no harm.
pub(crate) fn clear(index: &Path) {
    let (Ok(Some(meta)), Ok(Some(commit))) = (meta(index), Commit::read(index)) else { return };
    let catalogue = Catalogue::path(index, commit.generation);
    let segments: HashSet<String> = meta.segments.iter().map(|segment| segment.segment_id.replace('-', "")).collect();
    let deletes: HashSet<String> = meta
        .segments
        .iter()
        .filter_map(|segment| {
            let deletes = segment.deletes.as_ref()?;
            Some(format!("{}.{}.del", segment.segment_id.replace('-', ""), deletes.opstamp))
        })
        .collect();
    for entry in fs::read_dir(index).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (stem, end) = name.split_once('.').unwrap_or((&name, ""));
        let is_wanted = name == META
            || matches!(name.as_str(), ".managed.json" | ".tantivy-meta.lock" | ".tantivy-writer.lock")
            || entry.path() == catalogue
            || (segments.contains(stem) && end != "part" && (!end.ends_with("del") || deletes.contains(&name)));
        if !is_wanted && entry.path().is_file() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_commit_names_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path();
        let payload = r#"{\"schema\":1,\"generation\":7,\"at\":0}"#;
        let meta = format!(
            r#"{{"segments":[{{"segment_id":"aa-bb","max_doc":1,"deletes":{{"num_deleted_docs":1,"opstamp":5}}}}],"payload":"{payload}"}}"#
        );
        fs::write(index.join(META), meta).unwrap();
        let kept = ["aabb.store", "aabb.stems", "aabb.5.del", "catalogue.7", ".managed.json", META];
        let gone = ["aabb.9.del", "aabb.part", "ccdd.store", "ccdd.stems", "catalogue.8", ".tmpX", "catalogue.6"];
        kept[..5].iter().chain(&gone).for_each(|name| fs::write(index.join(name), "").unwrap());
        assert_eq!(Commit::generation_of(index), 8, "a number that was on the disk is not given twice");
        clear(index);
        assert!(kept.iter().all(|name| index.join(name).exists()));
        assert!(gone.iter().all(|name| !index.join(name).exists()));
        assert_eq!(Commit::read(index).unwrap().unwrap().generation, 7);
    }
}
