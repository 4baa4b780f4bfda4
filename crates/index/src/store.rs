//! The index on disk: opening, writing and committing it so that it is whole after any interruption.

use std::{
    fs,
    io::{self, Write},
    panic,
    path::{Path, PathBuf},
};

use plenary_ingest::Raw;
use serde::{Deserialize, Serialize};
use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError, Term,
    collector::DocSetCollector,
    query::TermQuery,
    schema::IndexRecordOption,
    store::{Compressor, ZstdCompressor},
};

use crate::{
    Error,
    attached::Attached,
    catalogue::{Catalogue, DocumentKey, sync_folder},
    document,
    fields::SCHEMA_VERSION,
    inflections,
    queue::Queued,
    schema::{self, Fields},
};

/// Bytes of stored messages compressed together. Larger blocks pack better; a page reads some twenty of them.
const STORE_BLOCK: usize = 32 << 10;
/// Level of compression: 1 packs r-devel to a third, and fast; 3 gains 4 % and takes half as long again, 9 another 5 %.
const STORE_LEVEL: i32 = 1;
/// Least memory the engine takes for one indexing thread.
const LEAST_MEMORY: usize = 15_000_000;

/// What a commit says of itself, inside the engine's own file, so that both change in one rename.
#[derive(Serialize, Deserialize)]
struct Commit {
    schema: u32,
    generation: u64,
    at: i64,
}

/// An index folder, open.
pub(crate) struct Store {
    folder: PathBuf,
    index: Index,
    fields: Fields,
    reader: IndexReader,
    generation: u64,
}

impl Error {
    /// An error of the engine, with what was being done.
    pub(crate) fn engine(doing: &'static str, error: TantivyError) -> Error {
        Error::Engine { doing, detail: error.to_string() }
    }
}

/// Holds the right to write; given back when dropped, also by the system when the process dies.
pub(crate) struct Lock {
    _file: fs::File,
}

/// Where the index is kept while a newly built one takes its place.
fn old(index: &Path) -> PathBuf {
    index.with_extension("old")
}

/// Puts a newly built index in the place of the old one.
pub(crate) fn swap(fresh: &Path, index: &Path) -> Result<(), Error> {
    let failed = |source| Error::Io { what: "rename", path: fresh.into(), source };
    let old = old(index);
    remove(&old)?;
    if index.exists() {
        fs::rename(index, &old).map_err(failed)?;
    }
    fs::rename(fresh, index).map_err(failed)?;
    // Until the next run one can go back.
    let previous = index.with_extension("previous");
    remove(&previous)?;
    if old.exists() {
        fs::rename(&old, &previous).map_err(failed)?;
    }
    index.parent().map_or(Ok(()), sync_folder)
}

/// Finishes a swap that was cut off between its two renames.
pub(crate) fn recover(index: &Path) -> Result<(), Error> {
    let old = old(index);
    if !index.exists() && old.exists() {
        fs::rename(&old, index).map_err(|source| Error::Io { what: "rename", path: old, source })?;
    }
    Ok(())
}

/// Removes a folder, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::Io { what: "remove", path: folder.into(), source })
        }
        _ => Ok(()),
    }
}

/// Takes the right to write to a data folder, and leaves a line for those who come while it is held.
pub(crate) fn lock(data: &Path) -> Result<Lock, Error> {
    fs::create_dir_all(data).map_err(|source| Error::Io { what: "create", path: data.into(), source })?;
    let path = data.join("write.lock");
    let failed = |source| Error::Io { what: "lock", path: path.clone(), source };
    let mut file =
        fs::File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {
            let since = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S UTC");
            let line = format!("process {}, since {since}", std::process::id());
            file.set_len(0).and_then(|()| file.write_all(line.as_bytes())).map_err(failed)?;
            Ok(Lock { _file: file })
        }
        Err(fs::TryLockError::WouldBlock) => {
            // Some systems let nobody read what is locked; then the message is shorter.
            let said = fs::read_to_string(&path).unwrap_or_default();
            let holder = if said.starts_with("process ") { format!(" ({said})") } else { String::new() };
            Err(Error::Busy { data: data.into(), holder })
        }
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

impl Store {
    /// Opens the index in a folder for reading.
    pub(crate) fn open(folder: &Path) -> Result<Store, Error> {
        if !folder.join("meta.json").exists() {
            return Err(Error::NoIndex(folder.into()));
        }
        let index = Index::open_in_dir(folder).map_err(|error| damaged_or(folder, error))?;
        guarded(folder, || Store::with(folder, index))
    }

    /// Creates an empty one.
    pub(crate) fn create(folder: &Path) -> Result<Store, Error> {
        fs::create_dir_all(folder).map_err(|source| Error::Io { what: "create", path: folder.into(), source })?;
        let settings = IndexSettings {
            docstore_compression: Compressor::Zstd(ZstdCompressor { compression_level: Some(STORE_LEVEL) }),
            docstore_blocksize: STORE_BLOCK,
            ..IndexSettings::default()
        };
        let index = Index::builder()
            .schema(schema::schema().0)
            .settings(settings)
            .create_in_dir(folder)
            .map_err(|error| Error::engine("creating it", error))?;
        Store::with(folder, index)
    }

    fn with(folder: &Path, mut index: Index) -> Result<Store, Error> {
        let generation = generation(folder, &index)?;
        let (wanted, fields) = schema::schema();
        if index.schema() != wanted {
            return Err(Error::OldSchema { path: folder.into(), found: 0, needed: SCHEMA_VERSION });
        }
        index.set_tokenizers(schema::tokenizers());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|error| damaged_or(folder, error))?;
        Ok(Store { folder: folder.into(), index, fields, reader, generation })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    pub(crate) fn reader(&self) -> &IndexReader {
        &self.reader
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The files of inflections that are missing or damaged.
    pub(crate) fn damaged_inflections(&self) -> Vec<PathBuf> {
        inflections::damaged(&self.folder, self.reader.searcher().segment_readers())
    }

    /// The number of the last commit, as it was when this was opened; 0 before the first.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The number and the time of the last commit now.
    pub(crate) fn last_commit(&self) -> Result<(u64, i64), Error> {
        Ok(commit(&self.folder, &self.index)?.map_or((0, 0), |commit| (commit.generation, commit.at)))
    }

    /// The catalogue that belongs to the index.
    pub(crate) fn catalogue(&self) -> Result<Catalogue, Error> {
        match self.generation {
            0 => Ok(Catalogue::default()),
            generation => Catalogue::load(&self.folder, generation).ok_or_else(|| Error::Damaged(self.folder.clone())),
        }
    }

    /// A writer with so much memory, and so many threads (0: one per core).
    pub(crate) fn writer(&self, memory: usize, threads: usize) -> Result<IndexWriter<Queued>, Error> {
        let threads = if threads == 0 { std::thread::available_parallelism().map_or(2, usize::from) } else { threads };
        let memory = memory.max(threads * LEAST_MEMORY);
        self.index
            .writer_with_num_threads(threads, memory)
            .map_err(|error| Error::engine("opening it for writing", error))
    }

    /// Takes a document out, with the next commit.
    pub(crate) fn delete(&self, writer: &IndexWriter<Queued>, key: &DocumentKey) {
        writer.delete_term(Term::from_field_bytes(self.fields.id, &key.bytes()));
    }

    /// The raw message that a document was made from, and what was read of its files.
    pub(crate) fn stored(&self, key: &DocumentKey) -> Result<Option<(Raw, Vec<Attached>)>, Error> {
        let searcher = self.reader.searcher();
        let query = TermQuery::new(Term::from_field_bytes(self.fields.id, &key.bytes()), IndexRecordOption::Basic);
        let found =
            searcher.search(&query, &DocSetCollector).map_err(|error| Error::engine("looking up a message", error))?;
        let Some(address) = found.into_iter().next() else { return Ok(None) };
        let doc = searcher.doc(address).map_err(|error| Error::engine("reading a message", error))?;
        Ok(document::read(&self.fields, &doc).map(|stored| (stored.raw, stored.attached)))
    }

    /// Keeps the commit that stands beside the index until the next run, by hard links, which take no room until the index has
    /// let go of its files. Where the file system has no links, nothing is kept: the dumps still are.
    pub(crate) fn keep_previous(&self) -> Result<(), Error> {
        let previous = self.folder.with_extension("previous");
        remove(&previous)?;
        if self.generation == 0 || fs::create_dir(&previous).is_err() {
            return Ok(());
        }
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            match fs::hard_link(entry.path(), previous.join(entry.file_name())) {
                Ok(()) => {}
                // The engine is at work beside this, and what it writes for a moment only is gone again; no file of a commit is.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => return remove(&previous),
            }
        }
        Ok(())
    }

    /// Commits: the catalogue first, then the engine's one rename, then the folder, so that a power cut leaves either
    /// the old state or the new one.
    pub(crate) fn commit(&self, writer: &mut IndexWriter<Queued>, catalogue: &mut Catalogue) -> Result<(), Error> {
        catalogue.generation += 1;
        let payload =
            Commit { schema: SCHEMA_VERSION, generation: catalogue.generation, at: chrono::Utc::now().timestamp() };
        let payload = serde_json::to_string(&payload).unwrap_or_default();
        // The engine writes its last segments meanwhile; nothing of either counts before the rename.
        let known = &*catalogue;
        let (stored, prepared) = std::thread::scope(|scope| {
            let storing = scope.spawn(move || known.store(&self.folder));
            let prepared = writer.prepare_commit();
            (storing.join().unwrap_or_else(|cause| panic::resume_unwind(cause)), prepared)
        });
        stored?;
        let mut prepared = prepared.map_err(|error| Error::engine("preparing the commit", error))?;
        prepared.set_payload(&payload);
        prepared.commit().map_err(|error| Error::engine("committing", error))?;
        sync_folder(&self.folder)?;
        catalogue.sweep(&self.folder);
        Ok(())
    }

    /// Waits for the engine to finish merging, so that a run leaves few segments and no threads behind.
    pub(crate) fn settle(&self, writer: IndexWriter<Queued>) -> Result<(), Error> {
        writer.wait_merging_threads().map_err(|error| Error::engine("merging", error))?;
        inflections::keep(&self.folder, &self.index, &self.fields)?;
        sync_folder(&self.folder)
    }
}

fn commit(folder: &Path, index: &Index) -> Result<Option<Commit>, Error> {
    let metas = index.load_metas().map_err(|error| damaged_or(folder, error))?;
    Ok(metas.payload.and_then(|payload| serde_json::from_str(&payload).ok()))
}

fn generation(folder: &Path, index: &Index) -> Result<u64, Error> {
    match commit(folder, index)? {
        Some(commit) if commit.schema != SCHEMA_VERSION => {
            Err(Error::OldSchema { path: folder.into(), found: commit.schema, needed: SCHEMA_VERSION })
        }
        Some(commit) => Ok(commit.generation),
        None => Ok(0),
    }
}

/// Opens something of the index. The engine takes some damage for a mistake of its own, and panics: that is damage, too.
pub(crate) fn guarded<T>(folder: &Path, open: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    panic::catch_unwind(panic::AssertUnwindSafe(open)).unwrap_or_else(|_| Err(Error::Damaged(folder.into())))
}

/// A file that does not open is damage; anything else is said as the engine says it.
fn damaged_or(folder: &Path, error: TantivyError) -> Error {
    match error {
        TantivyError::DataCorruption(_) | TantivyError::OpenReadError(_) | TantivyError::IncompatibleIndex(_) => {
            Error::Damaged(folder.into())
        }
        TantivyError::IoError(error) if error.kind() == io::ErrorKind::InvalidData => Error::Damaged(folder.into()),
        error => Error::engine("opening it", error),
    }
}
