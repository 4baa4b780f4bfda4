//! The run that is about to commit: announced in a file of its own before the commit, entered into the ledger after it. So a run that
//! is cut off between the two is in the ledger all the same, once, and one that never committed is not.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{Ledger, clear, replace};
use crate::{Error, commit::Commit, run::Report};

fn path(data: &Path) -> PathBuf {
    data.join("ledger").join("announced.json")
}

/// Says, for good, what the ledger will say of a run when it has committed.
pub(crate) fn announce(data: &Path, report: &Report) -> Result<(), Error> {
    // A ledger that cannot be written stops the run, and not its record.
    drop(Ledger::open(data)?);
    let path = path(data);
    let unsaid = |error: serde_json::Error| Error::Io { what: "write", path: path.clone(), source: error.into() };
    let line = serde_json::to_string(report).map_err(unsaid)?;
    replace(&path, line.as_bytes())
}

/// Brings the ledger into line with the index: enters the run that was announced, if its commit stands and it is not there, and takes
/// off a last line of which only the beginning was written. Only the holder of the write lock may.
pub(crate) fn settle(data: &Path, index: &Path) -> Result<(), Error> {
    #[derive(Deserialize)]
    struct Named {
        run: String,
    }
    let ledger = Ledger::path(data);
    let failed = |source| Error::Io { what: "write", path: ledger.clone(), source };
    let last = mend(&ledger).map_err(failed)?;
    let path = path(data);
    clear(&path)?;
    let line = match fs::read_to_string(&path) {
        Ok(line) => line,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(Error::Io { what: "read", path, source }),
    };
    let named = serde_json::from_str::<Named>(&line).ok();
    // An index that cannot be read just now says nothing against the run.
    let unread = |source| Error::Io { what: "read", path: index.into(), source };
    let commit = Commit::read(index).map_err(unread)?;
    let stands = named.is_some_and(|named| commit.is_some_and(|commit| commit.run == named.run));
    if stands && last != line.as_bytes() {
        Ledger::open(data)?.line(&line)?;
    }
    fs::remove_file(&path).map_err(|source| Error::Io { what: "remove", path: path.clone(), source })
}

/// Takes off the beginning of a line that was cut off, ends a line that somebody left without its end; gives the last line.
fn mend(ledger: &Path) -> io::Result<Vec<u8>> {
    let mut file = match fs::File::options().read(true).open(ledger) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let length = file.seek(SeekFrom::End(0))?;
    let mut tail = Vec::new();
    // Backwards until the whole of the last line is there: lines are long, and the file longer.
    for reach in (16..).map(|power| 1_u64 << power) {
        let from = length.saturating_sub(reach);
        file.seek(SeekFrom::Start(from))?;
        tail.clear();
        (&file).take(reach).read_to_end(&mut tail)?;
        let inner = tail.strip_suffix(b"\n").unwrap_or(&tail);
        if let Some(at) = inner.iter().rposition(|&byte| byte == b'\n') {
            tail.drain(..=at);
            break;
        }
        if from == 0 {
            break;
        }
    }
    if tail.is_empty() {
        return Ok(tail);
    }
    if tail.last() == Some(&b'\n') {
        tail.pop();
        return Ok(tail);
    }
    let file = fs::File::options().append(true).open(ledger)?;
    if serde_json::from_slice::<serde_json::Value>(&tail).is_ok() {
        (&file).write_all(b"\n")?;
    } else {
        file.set_len(length - tail.len() as u64)?;
        tail.clear();
    }
    file.sync_all()?;
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::META;

    /// A data folder with a ledger of these bytes and an index whose last commit is of this run.
    fn data(ledger: &str, run: &str) -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("ledger")).unwrap();
        fs::create_dir(data.path().join("index")).unwrap();
        fs::write(Ledger::path(data.path()), ledger).unwrap();
        let payload = serde_json::to_string(&Commit { run: run.into(), ..Commit::default() }).unwrap();
        let meta = serde_json::json!({ "segments": [], "payload": payload });
        fs::write(data.path().join("index").join(META), meta.to_string()).unwrap();
        data
    }

    fn settled(data: &Path) -> String {
        settle(data, &data.join("index")).unwrap();
        assert!(!path(data).exists());
        fs::read_to_string(Ledger::path(data)).unwrap()
    }

    #[test]
    fn a_run_is_entered_once_if_its_commit_stands_and_not_otherwise() {
        let report = |run: &str| Report { run: run.into(), ..Report::new(0, 0, Vec::new()) };
        let line = |run: &str| serde_json::to_string(&report(run)).unwrap() + "\n";
        let folder = data("", "A");
        announce(folder.path(), &report("A")).unwrap();
        assert_eq!(settled(folder.path()), line("A"));
        announce(folder.path(), &report("A")).unwrap();
        assert_eq!(settled(folder.path()), line("A"), "cut off after it was entered");
        announce(folder.path(), &report("B")).unwrap();
        assert_eq!(settled(folder.path()), line("A"), "B never committed");
    }

    #[cfg(unix)]
    #[test]
    fn a_run_that_met_a_name_which_is_no_unicode_is_entered_all_the_same() {
        use std::os::unix::ffi::OsStrExt;
        let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"caf\xe9"));
        let report = Report { run: "A".into(), ..Report::new(0, 0, vec![(odd, "a link that leads nowhere".into())]) };
        let folder = data("", "A");
        announce(folder.path(), &report).unwrap();
        let line = settled(folder.path());
        let read: Report = serde_json::from_str(&line).unwrap();
        assert_eq!((read.run.as_str(), read.skipped[0].0.as_path()), ("A", Path::new("caf\u{fffd}")));
    }

    #[test]
    fn an_announcement_that_was_cut_off_while_it_was_written_is_none() {
        let folder = data("", "A");
        let part = path(folder.path()).with_extension("part");
        fs::write(&part, "{\"run\":\"A").unwrap();
        assert_eq!(settled(folder.path()), "");
        assert!(!part.exists());
    }

    #[test]
    fn the_beginning_of_a_line_is_taken_off_and_a_line_without_its_end_gets_one() {
        let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(200_000));
        for (before, after) in [
            ("", String::new()),
            ("{\"a\":1}\n{\"b\":", "{\"a\":1}\n".into()),
            ("{\"a\":1}\n{\"b\":2}", "{\"a\":1}\n{\"b\":2}\n".into()),
            ("{\"b", String::new()),
            (&long, long.clone()),
            (&format!("{long}{}", &long[..190_000]), long.clone()),
        ] {
            assert_eq!(settled(data(before, "A").path()), after);
        }
    }
}
