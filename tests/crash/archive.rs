//! A data folder of its own, the program run on it, and all that it answers as one text.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// An archive; its folder goes away with it.
pub(crate) struct Archive {
    folder: PathBuf,
    _removed: Option<TempDir>,
}

/// What the program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// 128 and the signal where one ended it.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Queries of which the best hits are compared, in their order.
const QUERIES: [&str; 5] =
    ["bridge", "timetable OR ferry", "\"the next meeting\"", "from:ada river", "letters list:harbour"];

/// The program.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("PLENARY_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_plenary").into(), PathBuf::from)
}

impl Archive {
    pub(crate) fn new() -> Archive {
        let archive = Archive::empty();
        fs::create_dir_all(archive.data().join("lists")).unwrap();
        archive
    }

    fn empty() -> Archive {
        let folder = TempDir::new().unwrap();
        Archive { folder: folder.path().to_owned(), _removed: Some(folder) }
    }

    /// In a folder that somebody else removes.
    pub(crate) fn at(folder: &Path) -> Archive {
        Archive { folder: folder.to_owned(), _removed: None }
    }

    /// The same archive in another folder, as it is on the disk at this moment.
    pub(crate) fn copy(&self) -> Archive {
        let copy = Archive::empty();
        // What goes away while it is copied was on its way.
        let _ = Command::new("cp").arg("-a").arg(self.data()).arg(&copy.folder).stderr(Stdio::null()).status();
        copy
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A sentence as it would be said of any data folder.
    pub(crate) fn without_folder(&self, text: &str) -> String {
        text.replace(&*self.data().to_string_lossy(), "data")
    }

    pub(crate) fn put(&self, list: &str, name: &str, bytes: &[u8]) {
        let folder = self.data().join("lists").join(list);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }

    /// What is put before the program's own arguments.
    pub(crate) fn arguments(data: &Path) -> Vec<String> {
        let config = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config.toml"));
        ["--data", &data.to_string_lossy(), "--config", &config.to_string_lossy()].map(str::to_owned).into()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.under(&[], args)
    }

    /// The program started by another one: `strace ...`, `sh -c ...`.
    pub(crate) fn under(&self, starter: &[&str], args: &[&str]) -> Command {
        let program = program();
        let mut words = starter.iter().map(|word| (*word).into()).chain([program]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(Archive::arguments(&self.data())).args(args).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().unwrap())
    }

    /// All that is answered; what was said instead where there is no answer.
    pub(crate) fn answers(&self) -> Result<String, Said> {
        let mut answers = String::new();
        let export = self.run(&["export", "--to", "jsonl"]);
        if export.code > 1 {
            return Err(export);
        }
        export.out.lines().for_each(|line| answers.extend([&without_old_places(line), "\n"]));
        let stats = self.run(&["stats", "--json"]);
        let mut counts: Value = serde_json::from_str(&stats.out).map_err(|_| stats)?;
        counts.as_object_mut().unwrap().remove("generation");
        answers.push_str(&counts.to_string());
        for query in QUERIES {
            let found = self.run(&["search", "--json", "--", query]);
            if found.code > 1 {
                return Err(found);
            }
            answers.push_str(&found.out);
        }
        Ok(answers)
    }

    /// Fails unless the ledger is whole: every line can be read and ends, no run is there twice, every dump was brought by one, and
    /// nothing is left of what was cut off.
    #[track_caller]
    pub(crate) fn check_ledger(&self, when: &str) {
        let text = fs::read_to_string(self.data().join("ledger/runs.jsonl")).unwrap();
        assert!(text.ends_with('\n'), "{when}: the ledger's last line ends");
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{when}: {error} in {line}")))
            .collect();
        let runs: Vec<&str> = lines.iter().filter_map(|line| line["run"].as_str()).collect();
        assert_eq!(runs.iter().collect::<BTreeSet<_>>().len(), runs.len(), "{when}: {runs:?}");
        let brought: BTreeSet<&str> = lines
            .iter()
            .filter_map(|line| line["files"].as_array())
            .flatten()
            .filter_map(|file| file["path"].as_str())
            .collect();
        for list in fs::read_dir(self.data().join("lists")).unwrap().flatten() {
            for dump in fs::read_dir(list.path()).unwrap().flatten() {
                let name = format!("{}/{}", list.file_name().to_string_lossy(), dump.file_name().to_string_lossy());
                assert!(brought.contains(name.as_str()), "{when}: no run brought {name}");
            }
        }
        let data = self.data();
        let below = |path: PathBuf| Path::new("/").join(path.strip_prefix(&data).unwrap());
        let left = files(&data).into_iter().map(below).filter(|path| {
            let name = path.to_string_lossy();
            [".part", "/.tmp", "index.new", "index.old", "index.keeping", "announced", "run.spool"]
                .iter()
                .any(|sign| name.contains(sign))
        });
        assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new(), "{when}: nothing is left over");
    }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn said(output: Output) -> Said {
    let code = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Said { code, out: text(&output.stdout), err: text(&output.stderr) }
}

impl Said {
    /// Fails unless the program ended of itself and, where it could not do its work, said why, and what to do.
    #[track_caller]
    pub(crate) fn check_manners(&self, when: &str) {
        let Said { code, err, .. } = self;
        assert!([0, 1, 3, 4].contains(code), "{when}: exit {code}: {err}");
        assert!(!err.contains("panicked"), "{when}: {err}");
        if *code == 4 {
            assert!(err.contains("plenary: "), "{when}: says nothing");
            assert!(
                ["help: ", "run ", "raise "].iter().any(|word| err.contains(word)),
                "{when}: says no remedy: {err}"
            );
        }
    }
}

/// A message that a newer dump lacks is kept in a dump that has its name from the run, and that from its time; until a rebuild its old
/// place is named, too.
fn without_old_places(line: &str) -> String {
    let Ok(mut message) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
    let is_kept = |place: &Value| place.as_str().is_some_and(|place| place.contains("/kept-"));
    if message["places"].as_array().is_some_and(|places| places.iter().any(is_kept)) {
        message["places"] = "kept".into();
        return message.to_string();
    }
    line.to_owned()
}

/// The first line in which two answers differ.
pub(crate) fn difference(one: &str, other: &str) -> String {
    let mut lines = one.lines().zip(other.lines()).enumerate();
    match lines.find(|(_, (one, other))| one != other) {
        Some((number, (one, other))) => format!("line {number}:\n{one}\n{other}"),
        None => format!("{} lines and {}", one.lines().count(), other.lines().count()),
    }
}
