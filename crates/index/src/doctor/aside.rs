//! Is what was set aside there: the files that say what it was, and the bytes they name?

use std::{
    fs,
    io::{self, BufRead, BufReader},
    path::Path,
};

use super::{Cure, Findings};
use crate::run::MAX_ASIDE;

/// Looks at all of `data/set-aside`.
pub(super) fn look(folder: &Path, findings: &mut Findings) {
    let unread = |path: &Path, error: &io::Error| format!("`{}` cannot be read: {error}", path.display());
    let access = "check the disk and who may read there";
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => return findings.add(Cure::Hand, unread(folder, &error), access),
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => return findings.add(Cure::Hand, unread(folder, &error), access),
        };
        if path.extension().is_none_or(|end| end != "jsonl") {
            continue;
        }
        match spoilt(folder, &path) {
            Ok(0) => {}
            Ok(spoilt) => findings.add(
                Cure::Hand,
                format!("{spoilt} pieces in `{}` lack their bytes or cannot be read", path.display()),
                "run `plenary ingest --retry`, which sets aside again what still cannot be understood; then remove this file",
            ),
            Err(error) => findings.add(Cure::Hand, unread(&path, &error), access),
        }
    }
}

/// How many lines of a file make no sense or name bytes that are not there.
fn spoilt(folder: &Path, path: &Path) -> io::Result<usize> {
    let is_whole = |line: &[u8]| {
        let Ok(line) = serde_json::from_slice::<serde_json::Value>(line) else { return false };
        match line["bytes"].as_str() {
            // Of a large piece only the beginning is copied; the dump keeps the rest.
            Some(name) => fs::metadata(folder.join(name)).is_ok_and(|about| {
                let beginning = MAX_ASIDE as u64;
                line["length"].as_u64().is_some_and(|length| [length, beginning.min(length)].contains(&about.len()))
            }),
            None => line["dump"].is_string(),
        }
    };
    let mut spoilt = 0;
    for line in BufReader::new(fs::File::open(path)?).split(b'\n') {
        // What cannot be read stays so, and would be asked for without end.
        spoilt += usize::from(!is_whole(&line?));
    }
    Ok(spoilt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_reported_and_does_not_keep_the_doctor() {
        let folder = tempfile::tempdir().unwrap();
        let found = || {
            let mut findings = Findings::default();
            look(folder.path(), &mut findings);
            findings.0.into_iter().map(|finding| finding.what).collect::<Vec<_>>()
        };
        assert!(found().is_empty());
        fs::write(folder.path().join("A.jsonl"), "{\"dump\":\"l/a\"}\n{\"bytes\":\"A-1.bin\",\"length\":3}\n").unwrap();
        assert!(found()[0].starts_with("1 pieces in"), "{:?}", found());
        fs::write(folder.path().join("A-1.bin"), "abc").unwrap();
        assert!(found().is_empty());
        for (length, kept, whole) in [
            (MAX_ASIDE + 1, MAX_ASIDE, true),
            (MAX_ASIDE + 1, MAX_ASIDE - 1, false),
            (MAX_ASIDE - 1, MAX_ASIDE, false),
            (MAX_ASIDE * 2, MAX_ASIDE * 2, true),
        ] {
            fs::write(folder.path().join("A.jsonl"), format!("{{\"bytes\":\"A-1.bin\",\"length\":{length}}}\n"))
                .unwrap();
            fs::write(folder.path().join("A-1.bin"), vec![b'x'; kept]).unwrap();
            assert_eq!(found().is_empty(), whole, "{kept} of {length}");
        }
        fs::remove_file(folder.path().join("A.jsonl")).unwrap();
        fs::create_dir(folder.path().join("B.jsonl")).unwrap();
        assert!(found()[0].contains("B.jsonl` cannot be read"), "{:?}", found());
    }
}
