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

use crate::{
    Error,
    catalogue::sync_folder,
    commit::{MANAGED, Own},
};

/// The file.
pub(crate) const NAME: &str = "seal.json";
/// Most bytes of a file that is read whole whenever an index is opened: all of them together cost no more than a search does.
const SMALL: u64 = 64 << 10;
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
    /// Are all files there, of the right size, and is every byte right of those that are small: the one that names the others, and
    /// those that say which messages are deleted?
    Glance,
    /// Is every byte as it was?
    Whole,
    /// The same of those files alone that only help.
    Help,
}

/// What was seen of an index.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    /// It has a seal, and these files are not as it says.
    Sealed(Vec<PathBuf>),
    /// It has none, so nothing is known.
    Unsealed,
}

/// Whether a file only helps: without it, or with others of its bytes, the same is answered, and the next run makes it again.
pub(crate) fn only_helps(name: &str) -> bool {
    name.ends_with(".stems") || name == MANAGED
}

/// Whether an index has one.
pub(crate) fn is_on(index: &Path) -> Result<bool, Error> {
    let path = index.join(NAME);
    path.try_exists().map_err(|source| Error::Io { what: "look at", path, source })
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

/// Puts it on, over the files of the last commit and no others. `earlier` is a folder with some of the same files and a seal of its
/// own: theirs need not be read again.
pub(crate) fn put_on(index: &Path, earlier: &Path) -> Result<(), Error> {
    let path = index.join(NAME);
    let failed = |source| Error::Io { what: "write", path: path.clone(), source };
    let known = read(earlier).ok().flatten().and_then(Result::ok).unwrap_or_default();
    let own = Own::of(index).map_err(failed)?.ok_or_else(|| Error::Damaged(index.into()))?;
    let mut seal = Seal::default();
    for entry in fs::read_dir(index).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !own.has(&name) {
            continue;
        }
        let size = entry.metadata().map_err(failed)?.len();
        // Files of segments are written once, under a name that no other ever has.
        let is_segment = name.len() > 32 && name.bytes().take(32).all(|byte| byte.is_ascii_hexdigit());
        let is_known = |(known, _): &&(u64, String)| is_segment && !only_helps(&name) && *known == size;
        let digest = match known.files.get(&name).filter(is_known) {
            Some((_, digest)) => digest.clone(),
            None => digest_of(&entry.path()).map_err(failed)?,
        };
        seal.files.insert(name, (size, digest));
    }
    let body = serde_json::to_string(&seal).map_err(|error| failed(error.into()))?;
    let part = index.join(".seal.part");
    let mut file = fs::File::create(&part).map_err(failed)?;
    file.write_all(format!("{body}\n{:032x}\n", digest::of_bytes(body.as_bytes())).as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, &path))
        .map_err(failed)?;
    sync_folder(index)
}

/// Whether an index is, at a glance, as the seal of another folder says.
pub(crate) fn fits(index: &Path, other: &Path) -> Result<bool, Error> {
    match read(other)? {
        Some(Ok(seal)) => Ok(compare(index, &seal, Look::Glance)?.is_empty()),
        _ => Ok(false),
    }
}

/// Files of an index that are missing or of another size, and without which there is no answer, told without reading them.
pub(crate) fn glance(index: &Path) -> Result<Seen, Error> {
    damaged(index, Look::Glance)
}

/// Files of an index that are missing or of which a byte has changed: reads all of them.
pub(crate) fn examine(index: &Path) -> Result<Seen, Error> {
    damaged(index, Look::Whole)
}

/// Whether a file that only helps is missing or changed.
pub(crate) fn lacks_help(index: &Path) -> Result<bool, Error> {
    Ok(matches!(damaged(index, Look::Help)?, Seen::Sealed(found) if !found.is_empty()))
}

fn damaged(index: &Path, look: Look) -> Result<Seen, Error> {
    for _ in 0..TRIES {
        let Some(seal) = read(index)? else { return Ok(Seen::Unsealed) };
        let found = match &seal {
            Err(()) => vec![index.join(NAME)],
            Ok(seal) => compare(index, seal, look)?,
        };
        // A run beside this may have taken the seal off and changed files meanwhile: then nothing is known, and it is read again.
        if found.is_empty() || read(index)? == Some(seal) {
            return Ok(Seen::Sealed(found));
        }
    }
    let source = io::Error::new(io::ErrorKind::ResourceBusy, "runs change it all the time; try again");
    Err(Error::Io { what: "examine", path: index.into(), source })
}

/// The files that are not as a seal says.
fn compare(index: &Path, seal: &Seal, look: Look) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for (name, (size, digest)) in &seal.files {
        let is_asked_for = match look {
            Look::Glance => !only_helps(name),
            Look::Help => only_helps(name),
            Look::Whole => true,
        };
        if !is_asked_for {
            continue;
        }
        let path = index.join(name);
        // No answer comes from the catalogue, and who reads it knows whether it is sound.
        let is_read = look != Look::Glance || (*size <= SMALL && !name.starts_with("catalogue."));
        if !has_size(&path, *size)? || (is_read && !is_as_sealed(&path, digest)?) {
            found.push(path);
        }
    }
    Ok(found)
}

fn has_size(path: &Path, size: u64) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(about) => Ok(about.len() == size),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error::Io { what: "look at", path: path.into(), source }),
    }
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
    use crate::commit::META;

    const SEGMENT: &str = "0123456789abcdef0123456789abcdef";

    /// An index of one segment.
    fn index() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let meta = format!(
            r#"{{"segments":[{{"segment_id":"{SEGMENT}"}}],"payload":"{{\"schema\":1,\"generation\":7,\"at\":0}}"}}"#
        );
        fs::write(folder.path().join(META), meta).unwrap();
        for name in [MANAGED, "catalogue.7", &format!("{SEGMENT}.store"), &format!("{SEGMENT}.stems")] {
            fs::write(folder.path().join(name), "twelve bytes").unwrap();
        }
        folder
    }

    fn is_sound(seen: Result<Seen, Error>) -> bool {
        seen.unwrap() == Seen::Sealed(Vec::new())
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed_in_the_seal_itself_too() {
        let folder = index();
        let index = folder.path();
        assert!(!is_on(index).unwrap() && examine(index).unwrap() == Seen::Unsealed);
        put_on(index, Path::new("nowhere")).unwrap();
        assert!(is_on(index).unwrap() && is_sound(examine(index)) && is_sound(glance(index)));
        let (store, stems) = (format!("{SEGMENT}.store"), format!("{SEGMENT}.stems"));
        for name in [META, MANAGED, "catalogue.7", &store, &stems, NAME] {
            let path = index.join(name);
            let whole = fs::read(&path).unwrap();
            let is_read = !only_helps(name) && name != "catalogue.7";
            for at in 0..whole.len() {
                let mut spoilt = whole.clone();
                spoilt[at] ^= 4;
                fs::write(&path, spoilt).unwrap();
                assert!(!is_sound(examine(index)), "byte {at} of {name}");
                assert_eq!(is_sound(glance(index)), !is_read, "byte {at} of {name}");
                assert_eq!(lacks_help(index).unwrap(), only_helps(name) || name == NAME, "byte {at} of {name}");
                fs::write(&path, &whole[..at]).unwrap();
                assert_eq!(is_sound(glance(index)), only_helps(name), "{name} cut at {at}");
            }
            fs::remove_file(&path).unwrap();
            assert_eq!(is_sound(glance(index)), only_helps(name), "{name} is missing");
            assert_eq!(examine(index).unwrap() == Seen::Unsealed, name == NAME, "{name} is missing");
            fs::write(&path, whole).unwrap();
        }
        take_off(index).unwrap();
        assert!(!is_on(index).unwrap());
    }

    #[test]
    fn a_file_is_read_at_a_glance_up_to_its_limit_and_no_further() {
        for (size, is_read) in [(SMALL as usize, true), (SMALL as usize + 1, false)] {
            let folder = index();
            let path = folder.path().join(format!("{SEGMENT}.store"));
            let mut bytes = vec![7; size];
            fs::write(&path, &bytes).unwrap();
            put_on(folder.path(), Path::new("nowhere")).unwrap();
            bytes[size - 1] = 8;
            fs::write(&path, &bytes).unwrap();
            assert_eq!(is_sound(glance(folder.path())), !is_read, "{size}");
        }
    }

    #[test]
    fn what_is_not_the_commits_own_is_not_sealed() {
        let folder = index();
        let index = folder.path();
        let other = format!("{}.store", SEGMENT.replace('0', "f"));
        let strangers = [".nfs0000000000a1", ".tantivy-meta.lock", "catalogue.6", &other];
        strangers.iter().for_each(|name| fs::write(index.join(name), "x").unwrap());
        fs::create_dir(index.join("lost+found")).unwrap();
        put_on(index, Path::new("nowhere")).unwrap();
        strangers.iter().for_each(|name| fs::remove_file(index.join(name)).unwrap());
        fs::remove_dir(index.join("lost+found")).unwrap();
        assert!(is_sound(examine(index)));
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_taken_for_damage() {
        let folder = index();
        let index = folder.path();
        put_on(index, Path::new("nowhere")).unwrap();
        let path = index.join("catalogue.7");
        fs::remove_file(&path).unwrap();
        // A link in a circle: the file is there, as far as the system can tell, and it cannot be looked at.
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&path, &path).unwrap();
            assert!(matches!(glance(index), Err(Error::Io { .. })));
            assert!(matches!(examine(index), Err(Error::Io { .. })));
        }
    }
}
