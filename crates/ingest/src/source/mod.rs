//! Finds dumps and opens them, plain or compressed.

mod limits;
mod reader;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::Error;

pub use self::{
    limits::Limits,
    reader::{Reader, digest_of_file, open},
};

/// One file under the lists' folder that may hold mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// The list: the name of the folder directly below the lists' folder.
    pub list: String,
    /// Where the file is, absolute.
    pub path: PathBuf,
    /// The path below the lists' folder, with `/` on every system.
    pub name: String,
    /// Bytes as stored.
    pub size: u64,
    /// When it was last changed, in nanoseconds since 1970.
    pub modified: i64,
}

/// Files and folders that were left out, each with the reason.
pub type Skipped = Vec<(PathBuf, String)>;

/// Every dump below `lists_root`, sorted by name, and the files and folders that were left out, each with the reason.
///
/// Hidden files, `README*.md` and `*.toml` are no dumps and not mentioned. Symbolic links are followed to files within the
/// lists' folder only: a link out of it would publish what nobody put there, and a linked folder may lead in a circle.
pub fn discover(lists_root: &Path) -> Result<(Vec<Dump>, Skipped), Error> {
    let failed = |source| Error::Open { path: lists_root.to_owned(), source };
    let root = fs::canonicalize(lists_root).map_err(failed)?;
    let mut found = Found { root: root.clone(), dumps: Vec::new(), skipped: Vec::new() };
    let mut folders = Vec::new();
    for path in entries(&root).map_err(failed)? {
        found.visit(path, &mut folders);
    }
    while let Some(folder) = folders.pop() {
        match entries(&folder) {
            Ok(paths) => paths.into_iter().for_each(|path| found.visit(path, &mut folders)),
            Err(error) => found.skip(folder, format!("cannot be listed: {error}")),
        }
    }
    found.dumps.sort_by(|one, other| one.name.cmp(&other.name));
    found.skipped.sort();
    Ok((found.dumps, found.skipped))
}

/// What a walk has come upon so far.
struct Found {
    root: PathBuf,
    dumps: Vec<Dump>,
    skipped: Skipped,
}

impl Found {
    fn visit(&mut self, path: PathBuf, folders: &mut Vec<PathBuf>) {
        if is_no_dump(&path) {
            return;
        }
        match fs::symlink_metadata(&path) {
            Err(error) => self.skip(path, format!("cannot be examined: {error}")),
            Ok(metadata) if metadata.is_dir() => folders.push(path),
            Ok(metadata) if metadata.is_symlink() => self.follow(path),
            Ok(metadata) => self.keep(path, &metadata),
        }
    }

    fn follow(&mut self, link: PathBuf) {
        match fs::canonicalize(&link).and_then(|target| Ok((fs::metadata(&target)?, target))) {
            Err(error) => self.skip(link, format!("a link that leads nowhere: {error}")),
            Ok((_, target)) if !target.starts_with(&self.root) => {
                self.skip(link, "a link out of the lists' folder".to_owned());
            }
            Ok((metadata, _)) if metadata.is_dir() => self.skip(link, "a link to a folder".to_owned()),
            Ok((metadata, _)) => self.keep(link, &metadata),
        }
    }

    fn keep(&mut self, path: PathBuf, metadata: &fs::Metadata) {
        if !metadata.is_file() {
            return self.skip(path, "neither a file nor a folder".to_owned());
        }
        let below = path.strip_prefix(&self.root).unwrap_or(&path);
        let names: Vec<_> = below.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        if names.len() < 2 {
            let reason = "in no list's folder; move it into a folder named after its list";
            return self.skip(path, reason.to_owned());
        }
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        self.dumps.push(Dump {
            list: names[0].clone(),
            name: names.join("/"),
            path,
            size: metadata.len(),
            modified: modified.and_then(|age| i64::try_from(age.as_nanos()).ok()).unwrap_or(0),
        });
    }

    fn skip(&mut self, path: PathBuf, reason: String) {
        self.skipped.push((path, reason));
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// Hidden files are other programs' notes; READMEs and settings are put beside dumps by people.
fn is_no_dump(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with(".toml") || (name.starts_with("README") && name.ends_with(".md"))
}

#[cfg(test)]
mod tests;
