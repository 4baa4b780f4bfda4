//! What a commit says of itself, inside the engine's own file, so that both change in one rename; read without the engine, too, for
//! it must be known of an index that the engine does not open.

use std::{collections::HashSet, fs, io, path::Path};

use serde::{Deserialize, Serialize};

/// The engine's file that names the segments of a commit.
pub(crate) const META: &str = "meta.json";
/// The engine's note on which files are its to delete.
pub(crate) const MANAGED: &str = ".managed.json";

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

/// The files that belong to a commit.
pub(crate) struct Own {
    catalogue: String,
    segments: HashSet<String>,
    deletes: HashSet<String>,
}

impl Own {
    /// Those of the last commit of an index folder; `None` where there is none, or its file makes no sense.
    pub(crate) fn of(index: &Path) -> io::Result<Option<Own>> {
        let Some(meta) = meta(index)? else { return Ok(None) };
        let id = |segment: &Segment| segment.segment_id.replace('-', "");
        let segments = meta.segments.iter().map(id).collect();
        let deletes = meta.segments.iter().filter_map(|segment| {
            let deletes = segment.deletes.as_ref()?;
            Some(format!("{}.{}.del", id(segment), deletes.opstamp))
        });
        let deletes = deletes.collect();
        let catalogue = Commit::within(meta).map(|commit| format!("catalogue.{}", commit.generation));
        Ok(catalogue.map(|catalogue| Own { catalogue, segments, deletes }))
    }

    /// Whether a file of this name is one of them.
    pub(crate) fn has(&self, name: &str) -> bool {
        let (stem, end) = name.split_once('.').unwrap_or((name, ""));
        matches!(name, META | MANAGED)
            || name == self.catalogue
            || (self.segments.contains(stem) && end != "part" && (!end.ends_with("del") || self.deletes.contains(name)))
    }
}

/// Removes from an index folder what a run left behind that was cut off: segments that no commit names, and files that were
/// to be renamed. Only the holder of the write lock may. What cannot be removed does no harm.
pub(crate) fn clear(index: &Path) {
    let Ok(Some(own)) = Own::of(index) else { return };
    for entry in fs::read_dir(index).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_lock = matches!(name.as_str(), ".tantivy-meta.lock" | ".tantivy-writer.lock");
        if !is_lock && !own.has(&name) && entry.path().is_file() {
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
