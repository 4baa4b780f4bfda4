//! Copies dumps that were named on the command line into data/lists, as they are, before they are ingested.

mod part;

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use plenary_index::{
    create_folder,
    ingest::source::{self, Planned},
    sync_folder,
};

use self::part::{Part, numbered};
use crate::print::{plural, usage};

/// What is to be copied where, decided before anything is written.
pub(crate) struct Plan {
    list: String,
    folder: PathBuf,
    items: Vec<Item>,
    /// Dumps that are in the list's folder already, with the same bytes.
    there: u64,
    /// Hidden files and links, which are not copied.
    left_out: Vec<PathBuf>,
    /// Whether standard input is a dump, too.
    input: bool,
}

/// A dump and its name below the list's folder.
struct Item {
    from: PathBuf,
    name: PathBuf,
}

impl Plan {
    /// Decides where each path goes: a file or a folder that is one dump (a Maildir, a repository) under its own name, the files of any
    /// other folder under theirs. What is there already with the same bytes is left alone; other bytes under a name that is
    /// taken get a number, so that nothing is ever overwritten.
    pub(crate) fn new(lists: &Path, list: Option<&str>, paths: &[PathBuf]) -> Result<Plan> {
        let Some(list) = list else {
            return Err(usage(
                "which list do these dumps belong to? Say it with --list SLUG, the name of its folder under data/lists",
            ));
        };
        if list.is_empty() || list.contains(['/', '\\']) || list.starts_with('.') {
            return Err(usage(format!("`{list}` cannot be the name of a list's folder")));
        }
        let mut plan = Plan {
            list: list.to_owned(),
            folder: lists.join(list),
            items: Vec::new(),
            there: 0,
            left_out: Vec::new(),
            input: false,
        };
        let mut taken = HashMap::new();
        for path in paths {
            if path.as_os_str() == "-" {
                plan.input = true;
                continue;
            }
            for item in plan.items_of(path)? {
                plan.place(item, &mut taken)?;
            }
        }
        Ok(plan)
    }

    /// The dumps of a path with the names they have there.
    fn items_of(&mut self, path: &Path) -> Result<Vec<Item>> {
        let about = fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let own_name = || -> Result<PathBuf> {
            let whole = fs::canonicalize(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            let name = path.file_name().or(whole.file_name()).context("the path has no file name")?;
            if is_hidden(Path::new(name)) {
                bail!(
                    "`{}` is hidden (its name begins with a dot), and hidden files are not read; rename it first",
                    path.display()
                );
            }
            Ok(name.into())
        };
        if about.is_file() || (about.is_dir() && source::is_one_dump(path)) {
            return Ok(vec![Item { from: path.to_owned(), name: own_name()? }]);
        }
        if !about.is_dir() {
            bail!("`{}` is neither a file nor a folder", path.display());
        }
        let mut items = Vec::new();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            for (from, kind) in entries(&folder)? {
                let name = from.strip_prefix(path).unwrap_or(&from).to_owned();
                if is_hidden(Path::new(from.file_name().unwrap_or_default())) || kind.is_symlink() {
                    // A link in a folder from elsewhere may point anywhere.
                    self.left_out.push(from);
                } else if kind.is_file() || (kind.is_dir() && source::is_one_dump(&from)) {
                    items.push(Item { from, name });
                } else if kind.is_dir() {
                    folders.push(from);
                }
            }
        }
        items.sort_by(|one, other| one.name.cmp(&other.name));
        if items.is_empty() {
            bail!("the folder `{}` holds no files", path.display());
        }
        Ok(items)
    }

    /// Gives an item its name in the list's folder, unless it is there.
    fn place(&mut self, item: Item, taken: &mut HashMap<PathBuf, PathBuf>) -> Result<()> {
        let mut name = item.name.clone();
        let mut number = 1;
        loop {
            let there = self.folder.join(&name);
            let other = match taken.get(&name) {
                Some(planned) => planned,
                None if there.exists() => &there,
                None => break,
            };
            let digest =
                source::digest(&item.from).with_context(|| format!("cannot read `{}`", item.from.display()))?;
            if source::digest(other).is_ok_and(|there| there == digest) {
                self.there += 1;
                return Ok(());
            }
            number += 1;
            name = numbered(&item.name, number);
        }
        taken.insert(name.clone(), item.from.clone());
        self.items.push(Item { name, ..item });
        Ok(())
    }

    /// The dumps as a dry run needs them: where they are, and what they would be called.
    pub(crate) fn planned(&self) -> Result<Vec<Planned>> {
        if self.input {
            return Err(usage("--dry-run cannot look into standard input; put it into a file and name that"));
        }
        let name = |item: &Item| {
            let parts: Vec<_> = item.name.iter().map(|part| part.to_string_lossy()).collect();
            parts.join("/")
        };
        let planned = |item: &Item| Planned { list: self.list.clone(), path: item.from.clone(), name: name(item) };
        Ok(self.items.iter().map(planned).collect())
    }

    /// Copies, and says in a sentence what was done.
    pub(crate) fn carry_out(mut self) -> Result<String> {
        let mut copied = 0;
        for item in &self.items {
            // Another may have copied the same since it was looked.
            if copy(&item.from, &self.folder.join(&item.name))? {
                copied += 1;
            } else {
                self.there += 1;
            }
        }
        if self.input {
            if from_input(&self.folder)? {
                copied += 1;
            } else {
                self.there += 1;
            }
        }
        Ok(self.sentence("copied to", copied))
    }

    /// The same sentence before anything is done.
    pub(crate) fn intent(&self) -> String {
        self.sentence("would be copied to", self.items.len() as u64)
    }

    fn sentence(&self, what: &str, copied: u64) -> String {
        let mut said = format!("{} {what} the list `{}`", plural(copied, "dump", "dumps"), self.list);
        if self.there > 0 {
            said += &format!(", {} there already", plural(self.there, "is", "are"));
        }
        if let Some(first) = self.left_out.first() {
            let files = plural(self.left_out.len() as u64, "hidden file or link is", "hidden files and links are");
            said += &format!("; {files} left out: {}", first.display());
            if self.left_out.len() > 1 {
                said += " ...";
            }
        }
        said
    }
}

fn is_hidden(name: &Path) -> bool {
    name.to_string_lossy().starts_with('.')
}

/// What is in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, fs::FileType)>> {
    let read = || -> io::Result<Vec<_>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            entries.push((entry.path(), entry.file_type()?));
        }
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(entries)
    };
    read().with_context(|| format!("cannot read `{}`", folder.display()))
}

/// Copies a dump, a file or a folder; it is on the disk for good before the index can speak of it. Whether it is new.
fn copy(from: &Path, to: &Path) -> Result<bool> {
    let folder = to.parent().unwrap_or(to);
    create_folder(folder)?;
    if from.is_dir() {
        let part = Part::folder(folder)?;
        copy_folder(from, part.path())?;
        return part.name(to);
    }
    let mut part = Part::file(folder)?;
    let read = fs::File::open(from).and_then(|mut from| io::copy(&mut from, part.bytes()));
    read.with_context(|| format!("cannot copy `{}` to `{}`", from.display(), part.path().display()))?;
    part.bytes().sync_all().with_context(|| format!("cannot write `{}`", part.path().display()))?;
    part.name(to)
}

/// Copies all of a folder into an empty one, hidden files too, without following links.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        for (path, kind) in entries(&from)? {
            let to = to.join(path.file_name().unwrap_or_default());
            if kind.is_dir() {
                fs::create_dir(&to).with_context(|| format!("cannot create `{}`", to.display()))?;
                folders.push((path, to));
            } else if kind.is_file() {
                copy_file(&path, &to)?;
            }
        }
        // With all that is in it; what is pushed above has its name by now.
        sync_folder(&to)?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy `{}` to `{}`", from.display(), to.display()))?;
    // What was made read-only, as git does, can still be synced.
    fs::File::open(to).and_then(|file| file.sync_all()).with_context(|| format!("cannot write `{}`", to.display()))
}

/// Keeps standard input as a dump, named by its content so that the same bytes twice are one file. Whether it is new.
fn from_input(folder: &Path) -> Result<bool> {
    create_folder(folder)?;
    let mut part = Part::file(folder)?;
    io::copy(&mut io::stdin().lock(), part.bytes()).context("cannot read standard input")?;
    part.bytes().sync_all().with_context(|| format!("cannot write `{}`", part.path().display()))?;
    let digest =
        source::digest_of_file(part.path()).with_context(|| format!("cannot read `{}`", part.path().display()))?;
    let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    part.name(&folder.join(format!("stdin-{name}.mbox")))
}
