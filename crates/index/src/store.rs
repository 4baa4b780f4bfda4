//! The index on disk: opening, writing and committing it so that it is whole after any interruption.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write},
    panic,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use plenary_ingest::Raw;
use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError, Term,
    collector::DocSetCollector,
    directory::{
        MmapDirectory,
        error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError},
    },
    query::TermQuery,
    schema::IndexRecordOption,
    store::{Compressor, ZstdCompressor},
};

use crate::{
    Error,
    attached::Attached,
    catalogue::{Catalogue, DocumentKey, create_folder, sync_folder},
    commit::{self, Commit, META},
    document,
    fields::SCHEMA_VERSION,
    inflections,
    queue::Queued,
    schema::{self, Fields},
    seal::{self, Seen},
    swap,
    unlocked::Unlocked,
};

/// Bytes of stored messages compressed together. Larger blocks pack better; a page reads some twenty of them.
const STORE_BLOCK: usize = 32 << 10;
/// Level of compression: 1 packs r-devel to a third, and fast; 3 gains 4 % and takes half as long again, 9 another 5 %.
const STORE_LEVEL: i32 = 1;
/// Least memory the engine takes for one indexing thread.
const LEAST_MEMORY: usize = 15_000_000;

/// Locked by whoever writes to the data folder.
const LOCK: &str = "write.lock";
/// How often who waits for the right to write looks whether it is free.
const LOOK: Duration = Duration::from_millis(200);

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
        let (file, source) = match &error {
            TantivyError::OpenReadError(OpenReadError::IoError { io_error, filepath })
            | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, filepath }) => {
                (format!(" on `{}`", filepath.display()), io_error)
            }
            TantivyError::IoError(io_error)
            | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error, .. })
            | TantivyError::LockFailure(LockError::IoError(io_error), _) => (String::new(), io_error),
            _ => return Error::Engine { doing, detail: error.to_string() },
        };
        match source.raw_os_error() {
            Some(code) => Error::Disk { doing, file, source: io::Error::from_raw_os_error(code) },
            None => Error::Engine { doing, detail: error.to_string() },
        }
    }
}

/// Holds the right to write; given back when dropped, also by the system when the process dies.
pub(crate) struct Lock {
    _file: fs::File,
}

/// Takes the right to write to a data folder, and leaves a line for those who come while it is held.
pub(crate) fn lock(data: &Path) -> Result<Lock, Error> {
    create_folder(data)?;
    let path = data.join(LOCK);
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
        Err(fs::TryLockError::WouldBlock) => Err(Error::Busy { data: data.into(), holder: holder(data) }),
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Who writes, as far as that can be read: some systems let nobody read what is locked.
fn holder(data: &Path) -> String {
    let said = last_writer(data);
    if said.starts_with("process ") { format!(" ({said})") } else { String::new() }
}

/// What the last one who took the right to write left for others: it changes with each.
pub(crate) fn last_writer(data: &Path) -> String {
    fs::read_to_string(data.join(LOCK)).unwrap_or_default()
}

/// Waits until nobody has the right to write; `told` once who has it.
pub(crate) fn wait(data: &Path, told: &dyn Fn(&str)) {
    let is_held = || {
        // Where nothing can be locked nobody writes.
        let Ok(file) = fs::File::open(data.join(LOCK)) else { return false };
        matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock))
    };
    if is_held() {
        told(&holder(data));
    }
    while is_held() {
        thread::sleep(LOOK);
    }
}

impl Store {
    /// Opens the index in a folder for reading.
    pub(crate) fn open(folder: &Path) -> Result<Store, Error> {
        let failed = |source| Error::Io { what: "look into", path: folder.into(), source };
        if !folder.join(META).try_exists().map_err(failed)? {
            // Where the rest of an index still is there was one.
            let is_none = !folder.try_exists().map_err(failed)? || commit::is_none_yet(folder).map_err(failed)?;
            return Err(if is_none { Error::NoIndex(folder.into()) } else { Error::Damaged(folder.into()) });
        }
        // A file that is shorter than it was would be mapped into memory as it was, and reading past its end ends the process.
        if matches!(seal::glance(folder)?, Seen::Sealed(found) if !found.is_empty()) {
            return Err(Error::Damaged(folder.into()));
        }
        guarded(folder, || {
            let index = match can_lock(folder) {
                true => Index::open_in_dir(folder),
                false => {
                    MmapDirectory::open(folder).map_err(TantivyError::from).and_then(|it| Index::open(Unlocked(it)))
                }
            };
            Store::with(folder, index.map_err(|error| damaged_or(folder, error))?)
        })
    }

    /// Creates an empty one.
    pub(crate) fn create(folder: &Path) -> Result<Store, Error> {
        create_folder(folder)?;
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
        Ok(last(&self.folder, &self.index)?.map_or((0, 0), |commit| (commit.generation, commit.at)))
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

    /// Why writing failed. The engine writes in threads of its own, and says no more than that one of them has ended; the reason
    /// is with that thread.
    pub(crate) fn cause(&self, mut writer: IndexWriter<Queued>, error: Error) -> Error {
        let Error::Engine { doing, .. } = &error else { return error };
        match writer.prepare_commit() {
            Err(cause) => Error::engine(doing, cause),
            Ok(_) => error,
        }
    }

    /// Commits: the catalogue first, then the engine's one rename, then the folder, so that a power cut leaves either
    /// the old state or the new one.
    ///
    /// `catalogue` has its new number already, by which the run was announced.
    pub(crate) fn commit(
        &self,
        writer: &mut IndexWriter<Queued>,
        catalogue: &Catalogue,
        run: &str,
    ) -> Result<(), Error> {
        let payload = Commit {
            schema: SCHEMA_VERSION,
            generation: catalogue.generation,
            at: chrono::Utc::now().timestamp(),
            run: run.to_owned(),
        };
        let payload = serde_json::to_string(&payload)
            .map_err(|error| Error::Engine { doing: "preparing the commit", detail: error.to_string() })?;
        // The engine writes its last segments meanwhile; nothing of either counts before the rename.
        let (stored, prepared) = std::thread::scope(|scope| {
            let storing = scope.spawn(move || catalogue.store(&self.folder));
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

    /// Waits for the engine to finish merging, so that a run leaves few segments and no threads behind; then seals the index.
    ///
    /// `earlier` is a sealed folder with some of the same files.
    pub(crate) fn settle(&self, writer: IndexWriter<Queued>, earlier: &Path) -> Result<(), Error> {
        writer.wait_merging_threads().map_err(|error| Error::engine("merging", error))?;
        inflections::keep(&self.folder, &self.index, &self.fields)?;
        sync_folder(&self.folder)?;
        commit::clear(&self.folder);
        seal::put_on(&self.folder, earlier)
    }

    /// The files of the engine that are not as their sums say: reads all of them. The engine panics on some damage.
    pub(crate) fn spoilt(&self) -> Result<HashSet<PathBuf>, Error> {
        guarded(&self.folder, || self.index.validate_checksum().map_err(|error| damaged_or(&self.folder, error)))
    }

    /// Looks at all of an index that a run left without its seal when it was cut off, and seals it. What that run left half done
    /// goes; what was committed must be whole. Files that only help are made again wherever they are missing or changed.
    pub(crate) fn mend(&self) -> Result<(), Error> {
        if seal::is_on(&self.folder)? {
            if !seal::lacks_help(&self.folder)? {
                return Ok(());
            }
            inflections::keep(&self.folder, &self.index, &self.fields)?;
            // Of all other files the seal that is on says what they must be.
            return seal::put_on(&self.folder, &self.folder);
        }
        commit::clear(&self.folder);
        let catalogue = self.catalogue()?;
        let spoilt = self.spoilt()?;
        if !spoilt.is_empty() || self.reader.searcher().num_docs() != catalogue.written.len() as u64 {
            return Err(Error::Damaged(self.folder.clone()));
        }
        inflections::keep(&self.folder, &self.index, &self.fields)?;
        seal::put_on(&self.folder, &swap::previous(&self.folder))
    }
}

fn last(folder: &Path, index: &Index) -> Result<Option<Commit>, Error> {
    let metas = index.load_metas().map_err(|error| damaged_or(folder, error))?;
    Ok(metas.payload.and_then(|payload| serde_json::from_str(&payload).ok()))
}

fn generation(folder: &Path, index: &Index) -> Result<u64, Error> {
    match last(folder, index)? {
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

/// Whether the engine's readers may take their lock, a file in the folder; not on a disk that only reads.
fn can_lock(folder: &Path) -> bool {
    let lock = fs::File::options().write(true).create(true).truncate(false).open(folder.join(".tantivy-meta.lock"));
    !lock
        .is_err_and(|error| matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied))
}

/// A file that is not there or not as it should be is damage; anything else is said as the system or the engine says it.
fn damaged_or(folder: &Path, error: TantivyError) -> Error {
    let is_damage = match &error {
        TantivyError::DataCorruption(_) | TantivyError::IncompatibleIndex(_) => true,
        TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_)) => true,
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) | TantivyError::IoError(io_error) => {
            // What the system refused has its number; what was read and made no sense has none.
            io_error.raw_os_error().is_none()
        }
        _ => false,
    };
    if is_damage { Error::Damaged(folder.into()) } else { Error::engine("opening it", error) }
}
