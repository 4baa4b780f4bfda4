//! What every file of an index is when a run has ended: its size and the digest of its bytes. So a file that was cut short is noticed
//! before it is mapped into memory, and a byte that has changed since, wherever it is, by who reads them all.
//!
//! A run takes the seal off before it writes, and puts it on again when all is written. An index without one was left by a
//! run that was cut off: what is committed stands, and the next run looks at all of it before it goes on.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use plenary_ingest::digest;
use serde::{Deserialize, Serialize};

use crate::{Error, catalogue::sync_folder, commit::META};

/// The file.
const NAME: &str = "seal.json";
/// Times that a seal is read again because a run changed it meanwhile.
const TRIES: usize = 5;

/// Size and digest of every file, by name.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Seal {
    files: BTreeMap<String, (u64, String)>,
}

/// How closely to look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Are all files there, of the right size, and is the one right that names the others?
    Glance,
    /// Is every byte as it was?
    Whole,
}

/// Whether an index has one.
pub(crate) fn is_on(index: &Path) -> bool {
    index.join(NAME).exists()
}

/// Takes it off, for good before anything is written.
pub(crate) fn take_off(index: &Path) -> Result<(), Error> {
    let path = index.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Error::Io { what: "remove", path, source }),
        Ok(()) => sync_folder(index),
    }
}

/// Puts it on. `earlier` is a folder with some of the same files and a seal of its own: theirs need not be read again.
pub(crate) fn put_on(index: &Path, earlier: &Path) -> Result<(), Error> {
    let path = index.join(NAME);
    let failed = |source| Error::Io { what: "write", path: path.clone(), source };
    let known = read(earlier).ok().flatten().and_then(Result::ok).unwrap_or_default();
    let mut seal = Seal::default();
    for entry in fs::read_dir(index).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == NAME || name.ends_with(".lock") {
            continue;
        }
        let size = entry.metadata().map_err(failed)?.len();
        // Files of segments are written once, under a name that no other ever has.
        let is_segment = name.len() > 32 && name.bytes().take(32).all(|byte| byte.is_ascii_hexdigit());
        let digest = match known.files.get(&name).filter(|(known, _)| is_segment && *known == size) {
            Some((_, digest)) => digest.clone(),
            None => digest_of(&entry.path()).map_err(failed)?,
        };
        seal.files.insert(name, (size, digest));
    }
    let body = serde_json::to_string(&seal).unwrap_or_default();
    let part = index.join(".seal.part");
    let mut file = fs::File::create(&part).map_err(failed)?;
    file.write_all(format!("{body}\n{:032x}\n", digest::of_bytes(body.as_bytes())).as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, &path))
        .map_err(failed)?;
    sync_folder(index)
}

/// Files of an index that are missing or of another size, told without reading them; nothing where there is no seal.
pub(crate) fn glance(index: &Path) -> Result<Vec<PathBuf>, Error> {
    damaged(index, Look::Glance)
}

/// Files of an index that are missing or of which a byte has changed: reads all of them.
pub(crate) fn examine(index: &Path) -> Result<Vec<PathBuf>, Error> {
    damaged(index, Look::Whole)
}

fn damaged(index: &Path, look: Look) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for _ in 0..TRIES {
        let Some(seal) = read(index)? else { return Ok(Vec::new()) };
        let Ok(seal) = seal else {
            found = vec![index.join(NAME)];
            continue;
        };
        found.clear();
        for (name, (size, digest)) in &seal.files {
            let path = index.join(name);
            let is_read = look == Look::Whole || name == META;
            let is_sound = fs::metadata(&path).is_ok_and(|about| about.len() == *size)
                && (!is_read || is_as_sealed(&path, digest)?);
            if !is_sound {
                found.push(path);
            }
        }
        // A run beside this may have taken the seal off and changed files meanwhile: then nothing is known, and it is read again.
        if found.is_empty() || read(index)? == Some(Ok(seal)) {
            return Ok(found);
        }
    }
    Ok(found)
}

/// The seal of a folder, if it has one; `Err` within where it was spoilt.
fn read(index: &Path) -> Result<Option<Result<Seal, ()>>, Error> {
    let path = index.join(NAME);
    let text = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if is_damage(&error) => return Ok(Some(Err(()))),
        Err(source) => return Err(Error::Io { what: "read", path, source }),
    };
    let seal = || {
        let (body, sum) = std::str::from_utf8(&text).ok()?.strip_suffix('\n')?.split_once('\n')?;
        (format!("{:032x}", digest::of_bytes(body.as_bytes())) == sum).then(|| serde_json::from_str(body).ok())?
    };
    Ok(Some(seal().ok_or(())))
}

fn is_as_sealed(path: &Path, digest: &str) -> Result<bool, Error> {
    match digest_of(path) {
        Ok(found) => Ok(found == digest),
        Err(error) if is_damage(&error) => Ok(false),
        Err(source) => Err(Error::Io { what: "read", path: path.into(), source }),
    }
}

/// Whether a file cannot be read because it is gone or the disk has lost it; anything else, as too many files that are open, says
/// nothing of the file.
fn is_damage(error: &io::Error) -> bool {
    /// The disk could not be read.
    const IO: i32 = 5;
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(IO)
}

fn digest_of(path: &Path) -> io::Result<String> {
    digest::of_file(path).map(|digest| format!("{digest:032x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed_in_the_seal_itself_too() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path();
        for name in [META, "0123456789abcdef0123456789abcdef.store"] {
            fs::write(index.join(name), "twelve bytes").unwrap();
        }
        assert!(!is_on(index) && examine(index).unwrap().is_empty());
        put_on(index, Path::new("nowhere")).unwrap();
        assert!(is_on(index) && examine(index).unwrap().is_empty() && glance(index).unwrap().is_empty());
        for name in [META, "0123456789abcdef0123456789abcdef.store", NAME] {
            let path = index.join(name);
            let whole = fs::read(&path).unwrap();
            for at in 0..whole.len() {
                let mut spoilt = whole.clone();
                spoilt[at] ^= 4;
                fs::write(&path, spoilt).unwrap();
                assert!(!examine(index).unwrap().is_empty(), "byte {at} of {name}");
                assert_eq!(glance(index).unwrap().is_empty(), name.ends_with("store"), "byte {at} of {name}");
                fs::write(&path, &whole[..at]).unwrap();
                assert!(!glance(index).unwrap().is_empty(), "{name} cut at {at}");
            }
            fs::remove_file(&path).unwrap();
            assert_eq!(glance(index).unwrap().is_empty(), name == NAME, "{name} is missing");
            fs::write(&path, whole).unwrap();
        }
        take_off(index).unwrap();
        assert!(!is_on(index));
    }
}
