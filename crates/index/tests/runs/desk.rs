//! A data folder that goes away with its test, and runs on it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use plenary_index::{
    Answer, Archive, Entry, Found, Question, Rules, Sort, Start,
    ingest::source::Limits,
    query,
    run::{self, Report, Settings, Watch},
};
use tempfile::TempDir;

/// The time of every run, 2026-11-24: nothing may depend on the clock.
pub(crate) const NOW: i64 = 1_795_500_000;

/// A data folder, some way down in a folder that holds nothing else: what leaves it by `../` is seen.
pub(crate) struct Desk {
    room: TempDir,
    data: PathBuf,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let room = TempDir::new().unwrap();
        let data = room.path().join("one/two/three/data");
        fs::create_dir_all(data.join("lists")).unwrap();
        Desk { room, data }
    }

    /// The shipped sample, ingested.
    pub(crate) fn of_sample() -> Desk {
        let desk = Desk::new();
        for (name, bytes) in plenary_sample::shipped() {
            let (list, name) = name.split_once('/').unwrap();
            desk.put(list, name, &bytes);
        }
        desk.ingest();
        desk
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Every file in and around the data folder.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut open) = (Vec::new(), vec![self.room.path().to_owned()]);
        while let Some(folder) = open.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() && !path.is_symlink() { open.push(path) } else { found.push(path) }
            }
        }
        found
    }

    /// Puts a dump into a list's folder.
    pub(crate) fn put(&self, list: &str, name: &str, bytes: &[u8]) {
        let folder = self.data().join("lists").join(list);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }

    /// Puts a file into a list's folder, under its own name.
    pub(crate) fn put_file(&self, list: &str, file: &Path) {
        self.put(list, &file.file_name().unwrap().to_string_lossy(), &fs::read(file).unwrap());
    }

    pub(crate) fn ingest(&self) -> Report {
        self.run(run::ingest)
    }

    pub(crate) fn rebuild(&self) -> Report {
        self.run(run::rebuild)
    }

    #[track_caller]
    fn run(&self, what: fn(&Settings, &Watch<'_>) -> Result<Report, plenary_index::Error>) -> Report {
        let settings = Settings {
            data: self.data().to_owned(),
            rules: Rules::default(),
            limits: Limits::default(),
            memory: 64 << 20,
            threads: 2,
            now: NOW,
            dry_run: false,
            retry: false,
            planned: Vec::new(),
        };
        let report = what(&settings, &Watch { progress: &|_| (), stop: &AtomicBool::new(false) }).unwrap();
        assert!(report.balances(), "the run does not balance: {report:?}");
        report
    }

    pub(crate) fn archive(&self) -> Archive {
        Archive::open(&self.data().join("index"), Vec::new()).unwrap()
    }
}

/// A page of what a query finds.
pub(crate) fn search(archive: &Archive, typed: &str, sort: Sort, start: Start) -> Answer {
    let query = query::parse(typed, (2026, 11, 24));
    archive.search(&Question { query, sort, grouped: false, limit: 100, start }).unwrap()
}

/// Ids of all messages of an archive, the oldest first, undated ones last.
pub(crate) fn all_ids(archive: &Archive) -> Vec<String> {
    let mut ids = Vec::new();
    let mut start = Start::Offset(0);
    loop {
        let answer = search(archive, "*", Sort::Oldest, start);
        ids.extend(answer.hits.into_iter().map(|hit| hit.card.id));
        match answer.next {
            Some(cursor) => start = Start::After(cursor),
            None => return ids,
        }
    }
}

/// Every message of an archive, with its bytes.
pub(crate) fn all(archive: &Archive) -> Vec<Found> {
    all_ids(archive).iter().map(|id| archive.message_with_raw(id).unwrap().unwrap()).collect()
}

/// The kinds of problems noted on a message.
pub(crate) fn problems(entry: &Entry) -> Vec<&'static str> {
    entry.message.problems.iter().map(|problem| problem.kind).collect()
}
