//! Finds the dumps below the lists' folder.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Dump, Folder, Shape, is_not_there, maildir, modified,
    names::{self, LeftOut},
};
use crate::Error;

/// What lies below the lists' folder.
#[derive(Debug, Default)]
pub struct Discovered {
    /// Every dump, sorted by name.
    pub dumps: Vec<Dump>,
    /// Files and folders that were left out, each with the reason.
    pub skipped: Vec<(PathBuf, String)>,
    /// Those of them that the system did not let us look at: what is in them is not known. Each with its path below the lists'
    /// folder, with `/` on every system.
    pub refused: Vec<(String, io::Error)>,
}

/// A dump that lies elsewhere and would be copied below the lists' folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The list it would belong to.
    pub list: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the list's folder, with `/` on every system.
    pub name: String,
}

/// Every dump below `lists_root`, and those that are planned to be there, sorted by name, and what was left out.
///
/// Hidden files, `README*.md` and `*.toml` are no dumps and not mentioned; pages, pictures and the like are mentioned once for
/// each list. A Maildir, a git repository and a public-inbox are one dump each. Symbolic links are followed to files within the
/// lists' folder only: a link out of it would publish what nobody put there, and a linked folder may lead in a circle.
pub fn discover(lists_root: &Path, planned: &[Planned]) -> Result<Discovered, Error> {
    let failed = |source| Error::Open { path: lists_root.to_owned(), source };
    // Before the first copy there may be no folder yet.
    let is_there = planned.is_empty() || lists_root.try_exists().map_err(failed)?;
    let root = if is_there { fs::canonicalize(lists_root).map_err(failed)? } else { lists_root.to_owned() };
    let mut walk = Walk { root: root.clone(), found: Discovered::default(), pages: BTreeMap::new() };
    let mut folders = if is_there { vec![root] } else { Vec::new() };
    let mut first = true;
    while let Some(folder) = folders.pop() {
        match entries(&folder) {
            Ok(paths) => walk.visit_folder(&folder, paths, &mut folders),
            Err(error) if first => return Err(failed(error)),
            Err(error) => walk.refuse(folder, "cannot be listed", error),
        }
        first = false;
    }
    planned.iter().for_each(|planned| walk.expect(planned));
    let Walk { mut found, pages, .. } = walk;
    found.dumps.sort_by(|one, other| one.name.cmp(&other.name));
    let said = pages.into_iter().filter_map(|(list, out)| Some((list, out.sentence("file", "files")?)));
    found.skipped.extend(said);
    found.skipped.sort();
    Ok(found)
}

/// What a walk has come upon so far.
struct Walk {
    root: PathBuf,
    found: Discovered,
    /// Files that are no mail by their names, for each list's folder.
    pages: BTreeMap<PathBuf, LeftOut>,
}

impl Walk {
    /// Takes a folder as one dump, or what is in it.
    fn visit_folder(&mut self, folder: &Path, paths: Vec<PathBuf>, folders: &mut Vec<PathBuf>) {
        let kind = match Folder::of(folder) {
            _ if *folder == self.root => Folder::Files,
            Ok(kind) => kind,
            Err(error) => return self.refuse(folder.to_owned(), "cannot be listed", error),
        };
        if matches!(kind, Folder::Maildir) {
            self.found.skipped.extend(maildir::remarks(folder).into_iter().map(|reason| (folder.to_owned(), reason)));
        }
        if !matches!(kind, Folder::Files) {
            match kind.shape(folder) {
                Ok(shape) => self.keep(folder.to_owned(), shape),
                Err(error) => self.refuse(folder.to_owned(), "cannot be examined", error),
            }
        }
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let inside = match &kind {
                Folder::Files => true,
                // Beside a Maildir's own folders there are notes of mail programs, and perhaps other folders of mail or loose messages.
                Folder::Maildir => !maildir::is_part(&name) && !maildir::is_note(&name),
                // All of a repository's folder is the repository's.
                Folder::Inbox(_) => false,
            };
            if inside {
                self.visit(path, folders);
            }
        }
    }

    fn visit(&mut self, path: PathBuf, folders: &mut Vec<PathBuf>) {
        if is_no_dump(&path) {
            return;
        }
        match fs::symlink_metadata(&path) {
            Err(error) => self.refuse(path, "cannot be examined", error),
            Ok(about) if about.is_dir() => folders.push(path),
            Ok(about) if about.is_symlink() => self.follow(path),
            Ok(about) => self.take(path, &about),
        }
    }

    fn follow(&mut self, link: PathBuf) {
        match fs::canonicalize(&link).and_then(|target| Ok((fs::metadata(&target)?, target))) {
            Err(error) if is_not_there(&error) || is_circle(&error) => {
                self.skip(link, format!("a link that leads nowhere: {error}"));
            }
            Err(error) => self.refuse(link, "a link that cannot be followed", error),
            Ok((_, target)) if !target.starts_with(&self.root) => {
                self.skip(link, "a link out of the lists' folder".to_owned());
            }
            Ok((about, _)) if about.is_dir() => self.skip(link, "a link to a folder".to_owned()),
            Ok((about, _)) => self.take(link, &about),
        }
    }

    fn take(&mut self, path: PathBuf, about: &fs::Metadata) {
        if !about.is_file() {
            return self.skip(path, "neither a file nor a folder".to_owned());
        }
        let names = self.names(&path);
        match &names[..] {
            [] | [_] => {
                self.skip(path, "in no list's folder; move it into a folder named after its list".to_owned());
            }
            [list, below @ ..] if names::holds_no_mail(&below.join("/")) => {
                self.pages.entry(self.root.join(list)).or_default().add(&below.join("/"));
            }
            _ => self.keep(path, Shape { size: about.len(), modified: modified(about) }),
        }
    }

    fn keep(&mut self, path: PathBuf, shape: Shape) {
        let names = self.names(&path);
        let Some(list) = names.first().cloned() else { return };
        self.keep_as(list, names.join("/"), path, shape);
    }

    fn keep_as(&mut self, list: String, name: String, path: PathBuf, shape: Shape) {
        let Shape { size, modified } = shape;
        self.found.dumps.push(Dump { list, name, path, size, modified });
    }

    /// Takes what is planned, as it would be taken if it were there.
    fn expect(&mut self, planned: &Planned) {
        let Planned { list, path, name } = planned;
        let names = PathBuf::from(list).join(name);
        if names.iter().any(|part| is_no_dump(Path::new(part))) {
            return;
        }
        match fs::metadata(path) {
            Err(error) => self.skip(path.clone(), format!("cannot be examined: {error}")),
            Ok(about) if about.is_dir() => match Folder::of(path).and_then(|kind| kind.shape(path)) {
                Ok(shape) => self.keep_as(list.clone(), format!("{list}/{name}"), path.clone(), shape),
                Err(error) => self.skip(path.clone(), format!("cannot be examined: {error}")),
            },
            Ok(_) if names::holds_no_mail(name) => self.pages.entry(self.root.join(list)).or_default().add(name),
            Ok(about) => {
                let shape = Shape { size: about.len(), modified: modified(&about) };
                self.keep_as(list.clone(), format!("{list}/{name}"), path.clone(), shape);
            }
        }
    }

    /// The parts of a path below the lists' folder.
    fn names(&self, path: &Path) -> Vec<String> {
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        below.iter().map(|name| name.to_string_lossy().into_owned()).collect()
    }

    fn skip(&mut self, path: PathBuf, reason: String) {
        self.found.skipped.push((path, reason));
    }

    fn refuse(&mut self, path: PathBuf, what: &str, error: io::Error) {
        self.skip(path.clone(), format!("{what}: {error}"));
        self.found.refused.push((self.names(&path).join("/"), error));
    }
}

/// Whether a link leads back to itself.
fn is_circle(error: &io::Error) -> bool {
    /// Too many links.
    const LOOP: i32 = 40;
    error.raw_os_error() == Some(LOOP)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// Hidden files are other programs' notes; READMEs and settings are put beside dumps by people.
fn is_no_dump(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with(".toml") || (name.starts_with("README") && name.ends_with(".md"))
}
