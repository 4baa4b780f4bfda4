//! A copy on its way into a list's folder: hidden until it is whole and on the disk for good, for hidden files are not read. Copies need
//! no lock on the data folder, so several may be made at once, and none is mixed with another or takes another's name.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result};
use plenary_index::{ingest::source, sync_folder};

const BEGINNING: &str = ".copy-";
const END: &str = ".part";

/// The copy; removed if it gets no name.
pub(super) struct Part {
    path: PathBuf,
    /// Held for as long as this is written, so that nobody takes it for one that was left.
    lock: fs::File,
}

impl Part {
    /// An empty file in a folder.
    pub(super) fn file(folder: &Path) -> Result<Part> {
        Part::made(folder, |path| fs::File::create_new(path))
    }

    /// An empty folder in a folder.
    pub(super) fn folder(folder: &Path) -> Result<Part> {
        Part::made(folder, |path| fs::create_dir(path).and_then(|()| fs::File::open(path)))
    }

    fn made(folder: &Path, make: impl Fn(&Path) -> io::Result<fs::File>) -> Result<Part> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        sweep(folder);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{BEGINNING}{}-{number}{END}", process::id()));
            let failed = || format!("cannot create `{}`", path.display());
            let lock = match make(&path) {
                Ok(lock) => lock,
                // Left by a process that had the same number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error).with_context(failed),
            };
            // Where nothing can be locked nothing is swept away either.
            let _ = lock.lock();
            // Who swept in between has removed it.
            if path.try_exists().with_context(failed)? {
                return Ok(Part { path, lock });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where bytes are written to, of a file.
    pub(super) fn bytes(&mut self) -> &mut fs::File {
        &mut self.lock
    }

    /// Gives it a name; another with a number where that is taken by a dump with other bytes. Whether it is new: where the same bytes are
    /// there, nothing is added.
    pub(super) fn name(self, to: &Path) -> Result<bool> {
        let mut name = to.to_owned();
        for number in 2.. {
            if self.claims(&name).with_context(|| format!("cannot name `{}`", name.display()))? {
                sync_folder(to.parent().unwrap_or(to))?;
                return Ok(true);
            }
            let own = source::digest(&self.path).with_context(|| format!("cannot read `{}`", self.path.display()))?;
            if source::digest(&name).is_ok_and(|there| there == own) {
                return Ok(false);
            }
            name = numbered(to, number);
        }
        Ok(false)
    }

    /// Takes a name, unless something has it: then nothing is done.
    fn claims(&self, to: &Path) -> io::Result<bool> {
        use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
        if self.path.is_dir() {
            // A folder takes the place of none that has anything in it.
            return match fs::rename(&self.path, to) {
                Ok(()) => Ok(true),
                Err(error) if matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory) => Ok(false),
                Err(error) => Err(error),
            };
        }
        match fs::hard_link(&self.path, to) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == AlreadyExists => Ok(false),
            // Not every file system can give a file a second name.
            Err(_) if fs::symlink_metadata(to).is_ok() => Ok(false),
            Err(_) => fs::rename(&self.path, to).map(|()| true),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    // What cannot be removed does no harm.
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

/// Removes what copies left that were cut off: nobody holds it.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(BEGINNING)
            && name.ends_with(END)
            && let Ok(part) = fs::File::open(entry.path())
            && part.try_lock().is_ok()
        {
            remove(&entry.path());
        }
    }
}

/// `2016.mbox.gz` as `2016-2.mbox.gz`.
pub(super) fn numbered(name: &Path, number: u32) -> PathBuf {
    let file = name.file_name().unwrap_or_default().to_string_lossy();
    let (stem, rest) =
        file.split_once('.').map_or((file.as_ref(), String::new()), |(stem, rest)| (stem, format!(".{rest}")));
    name.with_file_name(format!("{stem}-{number}{rest}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_copy_never_takes_anothers_name_and_the_same_bytes_are_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("2016.mbox");
        let parts: Vec<Part> = ["one", "two", "one"]
            .map(|bytes| {
                let mut part = Part::file(folder.path()).unwrap();
                part.bytes().write_all(bytes.as_bytes()).unwrap();
                part
            })
            .into();
        let is_new: Vec<bool> = parts.into_iter().map(|part| part.name(&to).unwrap()).collect();
        assert_eq!(is_new, [true, true, false]);
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!((read("2016.mbox").as_str(), read("2016-2.mbox").as_str()), ("one", "two"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
    }

    #[test]
    fn a_folder_takes_the_place_of_none() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("mail");
        for (file, is_new) in [("cur/a", true), ("cur/b", true), ("cur/a", false)] {
            let part = Part::folder(folder.path()).unwrap();
            for name in ["cur", "new"] {
                fs::create_dir(part.path().join(name)).unwrap();
            }
            fs::write(part.path().join(file), "x").unwrap();
            assert_eq!(part.name(&to).unwrap(), is_new, "{file}");
        }
        assert!(to.join("cur/a").exists() && folder.path().join("mail-2/cur/b").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
    }

    #[test]
    fn what_was_left_is_swept_away_and_what_is_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".copy-4711-0.part");
        fs::write(&left, "x").unwrap();
        let one = Part::file(folder.path()).unwrap();
        let other = Part::folder(folder.path()).unwrap();
        assert!(!left.exists() && one.path().exists() && other.path().exists());
    }
}
