//! Folders of indexes changing places, so that one of them answers whatever happens in between.
//!
//! `index` answers. `index.new` is being built, `index.old` is on its way from the one place to the other, `index.previous` is kept for
//! going back, `index.keeping` is becoming that.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Error,
    catalogue::sync_folder,
    commit::{self, Commit, MANAGED, Own},
    seal, store,
};

/// How long a reader waits for a rebuild to put its index in place, which takes two renames.
const WAIT: Duration = Duration::from_secs(2);

/// Where the index is kept while a newly built one takes its place.
fn old(index: &Path) -> PathBuf {
    index.with_extension("old")
}

/// Where the index before the last run is kept.
pub(crate) fn previous(index: &Path) -> PathBuf {
    index.with_extension("previous")
}

/// Where the commit that stands is gathered before it becomes the previous one.
pub(crate) fn keeping(index: &Path) -> PathBuf {
    index.with_extension("keeping")
}

/// Where a rebuild builds.
pub(crate) fn fresh(index: &Path) -> PathBuf {
    index.with_extension("new")
}

/// Puts a newly built index in the place of the old one.
pub(crate) fn swap(index: &Path) -> Result<(), Error> {
    remove(&old(index))?;
    let was_there = is_there(index)?;
    if was_there {
        rename(index, &old(index))?;
    }
    rename(&fresh(index), index)?;
    // Until the next run one can go back.
    if was_there {
        become_previous(&old(index), index)?;
    }
    index.parent().map_or(Ok(()), sync_folder)
}

/// Finishes or undoes what was cut off: a swap, a rebuild. Only the holder of the write lock may.
pub(crate) fn recover(index: &Path) -> Result<(), Error> {
    let old = old(index);
    if is_there(&old)? {
        if is_there(index)? {
            become_previous(&old, index)?;
        } else {
            rename(&old, index)?;
        }
        index.parent().map_or(Ok(()), sync_folder)?;
    }
    remove(&fresh(index))?;
    remove(&keeping(index))
}

/// Removes the folder that a first run left which was broken off before there was an index. One that was an index once, and has lost
/// the engine's file, is damaged: what it knows of dumps is not thrown away by a run that was not asked for it.
pub(crate) fn begin_again(index: &Path) -> Result<(), Error> {
    if !is_there(index)? || is_there(&index.join(commit::META))? {
        return Ok(());
    }
    let failed = |source| Error::Io { what: "look into", path: index.into(), source };
    if commit::is_none_yet(index).map_err(failed)? { remove(index) } else { Err(Error::Damaged(index.into())) }
}

/// Whether there is something; an error where the system does not let us look.
fn is_there(path: &Path) -> Result<bool, Error> {
    path.try_exists().map_err(|source| Error::Io { what: "look at", path: path.into(), source })
}

/// The folder that answers: between the two renames of a swap, that of the old index.
pub(crate) fn standing(index: &Path) -> PathBuf {
    let until = Instant::now() + WAIT;
    while !index.exists() && old(index).exists() {
        match store::lock(index.parent().unwrap_or(index)) {
            // Nobody is at work: the swap was cut off.
            Ok(_lock) if recover(index).is_ok() => {}
            Err(Error::Busy { .. }) if Instant::now() < until => thread::sleep(Duration::from_millis(10)),
            _ => return old(index),
        }
    }
    index.to_owned()
}

/// Begins to keep the commit that stands until the next run, by hard links, which take no room until the index has let go of its
/// files. Where the file system has no links, nothing is kept: the dumps still are.
pub(crate) fn keep(index: &Path) -> Result<(), Error> {
    let keeping = keeping(index);
    remove(&keeping)?;
    let unread = |source| Error::Io { what: "read", path: index.into(), source };
    let Some(own) = Own::of(index).map_err(unread)? else { return Ok(()) };
    fs::create_dir(&keeping).map_err(|source| Error::Io { what: "create", path: keeping.clone(), source })?;
    for entry in fs::read_dir(index).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_kept = own.has(&name) || name == seal::NAME;
        if is_kept && fs::hard_link(entry.path(), keeping.join(&name)).is_err() {
            return remove(&keeping);
        }
    }
    // Should the power fail after the commit, all of it must be there, and its name.
    sync_folder(&keeping)?;
    index.parent().map_or(Ok(()), sync_folder)
}

/// Keeps for going back what [`keep`] has gathered, in the place of what was kept before: once it is no longer the last commit.
pub(crate) fn kept(index: &Path) -> Result<(), Error> {
    match is_there(&keeping(index))? {
        true => become_previous(&keeping(index), index)?,
        false => remove(&previous(index))?,
    }
    index.parent().map_or(Ok(()), sync_folder)
}

/// Keeps nothing for going back.
pub(crate) fn forget(index: &Path) -> Result<(), Error> {
    // First what is older: while the newer one is there, the next run knows that both are to go.
    remove(&previous(index))?;
    remove(&keeping(index))
}

/// What [`keep`] gathered for a run that was cut off after its commit.
pub(crate) fn unfinished(index: &Path) -> Result<Option<PathBuf>, Error> {
    let keeping = keeping(index);
    if !is_there(&keeping)? {
        return Ok(None);
    }
    let read =
        |folder: &Path| Commit::read(folder).map_err(|source| Error::Io { what: "read", path: folder.into(), source });
    Ok(match (read(&keeping)?, read(index)?) {
        (Some(before), Some(last)) if before.generation < last.generation => Some(keeping),
        _ => None,
    })
}

/// Puts an index back as it was before a run that ended without a commit: what the run wrote goes, and the seal is on again. Not where
/// the engine has put together what was there, which it may do at any time; then the next run looks at all of it.
pub(crate) fn put_back(index: &Path) -> Result<(), Error> {
    let keeping = keeping(index);
    commit::clear(index);
    if seal::fits(index, &keeping)? {
        for name in [MANAGED, seal::NAME] {
            let part = index.join(format!("{name}.part"));
            let linked = fs::hard_link(keeping.join(name), &part).and_then(|()| fs::rename(&part, index.join(name)));
            linked.map_err(|source| Error::Io { what: "write", path: part.clone(), source })?;
            // Two names of one file change places with nothing.
            let _ = fs::remove_file(&part);
        }
        // A thread of the engine may have been at its end just then.
        if !seal::fits(index, &keeping)? {
            seal::take_off(index)?;
        }
        sync_folder(index)?;
    }
    remove(&keeping)
}

fn become_previous(folder: &Path, index: &Path) -> Result<(), Error> {
    let previous = previous(index);
    remove(&previous)?;
    rename(folder, &previous)
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|source| Error::Io { what: "rename", path: from.into(), source })
}

/// Removes a folder, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io { what: "remove", path: folder.into(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_an_index_once_is_not_taken_for_a_first_run() {
        for (files, is_removed) in [
            (&[][..], true),
            (&[".managed.json", ".tmpAbC"], true),
            (&["catalogue.7"], false),
            (&[".managed.json", "seal.json"], false),
            (&["0123456789abcdef0123456789abcdef.store"], false),
        ] {
            let data = tempfile::tempdir().unwrap();
            let index = data.path().join("index");
            fs::create_dir(&index).unwrap();
            files.iter().for_each(|name| fs::write(index.join(name), "x").unwrap());
            recover(&index).unwrap();
            assert_eq!(begin_again(&index).is_ok(), is_removed, "{files:?}");
            assert_eq!(index.exists(), !is_removed, "{files:?}");
            assert!(is_removed || files.iter().all(|name| index.join(name).exists()), "{files:?}");
        }
    }

    #[test]
    fn whichever_rename_of_a_swap_was_the_last_one_index_answers_and_nothing_is_left_over() {
        let done = |folders: &[&str]| {
            let data = tempfile::tempdir().unwrap();
            for folder in folders {
                let (place, what) = folder.split_once('=').unwrap();
                fs::create_dir(data.path().join(place)).unwrap();
                fs::write(data.path().join(place).join(commit::META), what).unwrap();
            }
            let index = data.path().join("index");
            let answers = fs::read_to_string(standing(&index).join(commit::META)).unwrap_or_default();
            recover(&index).unwrap();
            let read = |folder: &Path| fs::read_to_string(folder.join(commit::META)).unwrap_or_default();
            assert!(!old(&index).exists() && !fresh(&index).exists());
            (answers, read(&index), read(&previous(&index)))
        };
        let is = |one: &str, two: &str, three: &str| (one.to_owned(), two.to_owned(), three.to_owned());
        assert_eq!(done(&["index=A", "index.new=B", "index.previous=Z"]), is("A", "A", "Z"));
        assert_eq!(done(&["index.old=A", "index.new=B", "index.previous=Z"]), is("A", "A", "Z"));
        assert_eq!(done(&["index.old=A", "index=B", "index.previous=Z"]), is("B", "B", "A"));
        assert_eq!(done(&["index.old=A", "index=B"]), is("B", "B", "A"));
        assert_eq!(done(&["index=B", "index.previous=A"]), is("B", "B", "A"));
    }
}
