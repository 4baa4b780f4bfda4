//! Copies dumps that were named on the command line into data/lists, as they are, before they are ingested.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use plenary_index::ingest::source;

use crate::print::usage;

/// Copies each path into the list's folder. A file that is there already with the same bytes is left alone; one with
/// other bytes keeps its place, and the new one gets a number, so that nothing is ever overwritten.
pub(crate) fn into_list(lists: &Path, slug: Option<&str>, paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let Some(slug) = slug else {
        return Err(usage(
            "which list do these dumps belong to? Say it with --list SLUG, the name of its folder under data/lists",
        ));
    };
    if slug.is_empty() || slug.contains(['/', '\\']) || slug.starts_with('.') {
        return Err(usage(format!("`{slug}` cannot be the name of a list's folder")));
    }
    let folder = lists.join(slug);
    let mut copied = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            copied.push(from_input(&folder)?);
        } else {
            let files = files_of(path)?;
            for (file, name) in files {
                copied.push(copy(&file, &folder, &name)?);
            }
        }
    }
    Ok(copied)
}

/// The files of a path with the names they get: a file alone, or all in a folder.
fn files_of(path: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let about = fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    if about.is_file() {
        let name = path.file_name().context("the path has no file name")?;
        return Ok(vec![(path.to_owned(), name.into())]);
    }
    if !about.is_dir() {
        bail!("`{}` is neither a file nor a folder", path.display());
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read `{}`", folder.display()))?;
            let kind = entry.file_type()?;
            // Symbolic links are not followed: a folder from elsewhere may point anywhere.
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let name = entry.path().strip_prefix(path).unwrap_or(&entry.path()).to_owned();
                files.push((entry.path(), name));
            }
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("the folder `{}` holds no files", path.display());
    }
    Ok(files)
}

/// Copies one file; gives where it is.
fn copy(from: &Path, folder: &Path, name: &Path) -> Result<PathBuf> {
    let hidden = name.iter().any(|part| part.to_string_lossy().starts_with('.'));
    if hidden {
        bail!(
            "`{}` is hidden (its name begins with a dot), and hidden files are not read; rename it first",
            from.display()
        );
    }
    let digest = source::digest_of_file(from).with_context(|| format!("cannot read `{}`", from.display()))?;
    let mut to = folder.join(name);
    let mut number = 1;
    while to.exists() {
        if source::digest_of_file(&to).is_ok_and(|there| there == digest) {
            return Ok(to);
        }
        number += 1;
        to = folder.join(numbered(name, number));
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot create `{}`", parent.display()))?;
    }
    // Under another name first: a copy that breaks off must not look like a dump. Hidden files are not read.
    let part = to.with_file_name(format!(".{}.part", to.file_name().unwrap_or_default().to_string_lossy()));
    fs::copy(from, &part).with_context(|| format!("cannot copy `{}` to `{}`", from.display(), part.display()))?;
    // On the disk for good before the index can speak of it: the dump is the only truth.
    fs::File::options()
        .write(true)
        .open(&part)
        .and_then(|file| file.sync_all())
        .with_context(|| format!("cannot write `{}`", part.display()))?;
    fs::rename(&part, &to).with_context(|| format!("cannot rename `{}`", part.display()))?;
    if let Some(parent) = to.parent() {
        fs::File::open(parent)
            .and_then(|folder| folder.sync_all())
            .with_context(|| format!("cannot write `{}`", parent.display()))?;
    }
    Ok(to)
}

/// Keeps standard input as a dump, named by its content so that the same bytes twice are one file.
fn from_input(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let part = folder.join(".stdin.part");
    let mut file = fs::File::create(&part).with_context(|| format!("cannot create `{}`", part.display()))?;
    io::copy(&mut io::stdin().lock(), &mut file).context("cannot read standard input")?;
    file.sync_all().with_context(|| format!("cannot write `{}`", part.display()))?;
    let digest = source::digest_of_file(&part).with_context(|| format!("cannot read `{}`", part.display()))?;
    let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let to = folder.join(format!("stdin-{name}.mbox"));
    fs::rename(&part, &to).with_context(|| format!("cannot rename `{}`", part.display()))?;
    Ok(to)
}

/// `2016.mbox.gz` as `2016-2.mbox.gz`.
fn numbered(name: &Path, number: u32) -> PathBuf {
    let file = name.file_name().unwrap_or_default().to_string_lossy();
    let (stem, rest) =
        file.split_once('.').map_or((file.as_ref(), String::new()), |(stem, rest)| (stem, format!(".{rest}")));
    name.with_file_name(format!("{stem}-{number}{rest}"))
}
