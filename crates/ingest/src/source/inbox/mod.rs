//! A public-inbox: mail kept in git, one commit for each message that came or went.
//!
//! Version 1 is one repository whose tree has a file `xx/` and 38 hexadecimal digits for each message; version 2 is a folder
//! `git/` of repositories `0.git`, `1.git` ..., each commit of which has a file `m` (a message came) or `d` (it was taken away)
//! (public-inbox-v1-format(5), public-inbox-v2-format(5)). What was taken away is left out and counted.

mod git;
mod history;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::{git::Objects, history::History};
use super::{
    Limits, Shape,
    account::Account,
    fingerprint::Fingerprint,
    is_not_there, look,
    member::{Content, Member, Members},
};
use crate::Error;

/// Where the repositories of a folder are, if it is one, has one (`.git`) or is a public-inbox of version 2.
pub(super) fn repositories(folder: &Path) -> io::Result<Option<Vec<PathBuf>>> {
    if is_repository(folder)? {
        return Ok(Some(vec![folder.to_owned()]));
    }
    let inner = folder.join(".git");
    if is_repository(&inner)? {
        return Ok(Some(vec![inner]));
    }
    let entries = match fs::read_dir(folder.join("git")) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
        Err(error) if is_not_there(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut epochs: Vec<(u32, PathBuf)> = Vec::new();
    for entry in entries {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".git")?.parse().ok());
        // An epoch that cannot be looked at is not one that is not there: the messages in it would be taken for vanished.
        if let Some(number) = number
            && is_repository(&entry.path())?
        {
            epochs.push((number, entry.path()));
        }
    }
    epochs.sort();
    Ok((!epochs.is_empty()).then(|| epochs.into_iter().map(|(_, path)| path).collect()))
}

/// Whether a folder is laid out as gitrepository-layout(5) says, with nothing of it elsewhere by a link.
fn is_repository(folder: &Path) -> io::Result<bool> {
    for name in ["objects", "refs"] {
        if !look(&folder.join(name))?.is_some_and(|about| about.is_dir()) {
            return Ok(false);
        }
    }
    Ok(look(&folder.join("HEAD"))?.is_some_and(|head| head.is_file()))
}

/// Size and time of the repositories, by their refs: git never changes what a ref leads to.
pub(super) fn shape(repositories: &[PathBuf]) -> io::Result<Shape> {
    let mut fingerprint = Fingerprint::default();
    let mut size = 0;
    for repository in repositories {
        for file in refs(repository)? {
            let about = fs::metadata(&file)?;
            fingerprint.add_time(super::modified(&about));
            fingerprint.add(&fs::read(&file)?);
        }
        let packs = fs::read_dir(repository.join("objects/pack")).into_iter().flatten().flatten();
        size += packs.filter_map(|pack| pack.metadata().ok()).map(|about| about.len()).sum::<u64>();
    }
    Ok(Shape { size, modified: fingerprint.time() })
}

/// The digest of repositories: of all that their refs say.
pub(super) fn digest(repositories: &[PathBuf], account: &Account) -> io::Result<[u8; 32]> {
    for repository in repositories {
        for file in refs(repository)? {
            let bytes = fs::read(file)?;
            account.hash(&(bytes.len() as u64).to_le_bytes());
            account.hash(&bytes);
        }
    }
    Ok(account.digest())
}

/// The files in which a repository keeps its refs, in a fixed order. Most have two: an inbox has one branch.
fn refs(repository: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for name in ["HEAD", "packed-refs"] {
        let file = repository.join(name);
        match fs::metadata(&file) {
            Ok(about) if about.is_file() => files.push(file),
            Err(error) if !is_not_there(&error) => return Err(error),
            _ => {}
        }
    }
    let mut folders = vec![repository.join("refs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The messages of a public-inbox, oldest commit first.
pub(super) struct Inbox {
    repositories: std::vec::IntoIter<PathBuf>,
    account: Arc<Account>,
    most: u64,
    open: Option<Epoch>,
    /// Messages and lines that were left out, over all repositories.
    removed: u64,
    unread: u64,
}

/// One repository, being read.
struct Epoch {
    name: String,
    objects: Objects,
    blobs: std::vec::IntoIter<history::Blob>,
}

impl Inbox {
    pub(super) fn new(repositories: Vec<PathBuf>, account: &Arc<Account>, limits: &Limits) -> Inbox {
        let repositories = repositories.into_iter();
        let (account, most) = (Arc::clone(account), limits.message as u64);
        Inbox { repositories, account, most, open: None, removed: 0, unread: 0 }
    }

    fn open(&mut self, path: &Path) -> Result<Epoch, Error> {
        git::check(path)?;
        let history = History::read(path)?;
        self.removed += history.removed;
        self.unread += history.unread;
        let objects = Objects::open(path, &self.account)?;
        // A bare `.git` says nothing; the folder around it does.
        let named = if path.ends_with(".git") { path.parent() } else { Some(path) };
        let name = named.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        Ok(Epoch { name, objects, blobs: history.blobs.into_iter() })
    }
}

impl Members for Inbox {
    fn kind(&self) -> &'static str {
        "public-inbox"
    }

    fn next(&mut self) -> Result<Option<Member>, Error> {
        loop {
            let Some(epoch) = &mut self.open else {
                let Some(path) = self.repositories.next() else { return Ok(None) };
                self.open = Some(self.open(&path)?);
                continue;
            };
            let Some(blob) = epoch.blobs.next() else {
                self.open = None;
                continue;
            };
            let name = format!("{}: {blob}", epoch.name);
            let content = match epoch.objects.next(&blob, epoch.blobs.as_slice())? {
                None => Content::Refused("its object is missing; fetch the repository again".to_owned()),
                Some((length, _)) if length > self.most => Content::Refused(format!(
                    "its {length} bytes are beyond the limit of {} for one message",
                    self.most
                )),
                Some((_, bytes)) => Content::Message(Box::new(bytes)),
            };
            return Ok(Some(Member { name, content }));
        }
    }

    fn failure(&mut self) -> Option<io::Error> {
        self.open.as_ref().and_then(|epoch| epoch.objects.failure())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.removed > 0 {
            notes.push(format!("{} that its history has taken away or replaced are left out", self.removed));
        }
        if self.unread > 0 {
            notes.push(format!("{} changes of its history are to files that are no messages", self.unread));
        }
        notes
    }
}
