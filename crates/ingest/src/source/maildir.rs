//! A Maildir: a folder with `cur/` and `new/`, one message a file (<https://cr.yp.to/proto/maildir.html>).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Shape,
    account::{Account, Handle},
    fingerprint::Fingerprint,
    look,
    member::{Content, Member, Members},
    packing::Bytes,
};
use crate::Error;

/// The folders that hold messages. What is in `tmp/` was never delivered whole.
const FOLDERS: [&str; 2] = ["cur", "new"];

/// Whether a folder is a Maildir.
pub(super) fn is_maildir(folder: &Path) -> io::Result<bool> {
    for name in FOLDERS {
        if !look(&folder.join(name))?.is_some_and(|about| about.is_dir()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a name in a Maildir is one of its own folders.
pub(super) fn is_part(name: &str) -> bool {
    FOLDERS.contains(&name) || name == "tmp"
}

/// Whether a name in a Maildir is that of a note which a mail program keeps there; hidden ones are left out everywhere.
pub(super) fn is_note(name: &str) -> bool {
    const BEGINNINGS: [&str; 3] = ["dovecot", "courier", "maildir"];
    const NAMES: [&str; 4] = ["subscriptions", "bulletintime", "bulletinlock", "seriallock"];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) || NAMES.contains(&name)
}

/// The name of a message for as long as it is in the Maildir: its file's name without the flags that mail programs add
/// (`:2,S`; `;` and `!` where a file system forbids the colon).
fn lasting_name(file: &str) -> &str {
    let cut = [":2,", ";2,", "!2,"].iter().filter_map(|mark| file.rfind(mark)).max();
    cut.map_or(file, |at| &file[..at])
}

/// One message's file.
struct Letter {
    /// Its [`lasting_name`].
    name: String,
    path: PathBuf,
    size: u64,
    modified: i64,
}

/// The messages by their lasting names, so that a flag or a move from `new/` to `cur/` changes no place. Nothing is read.
fn letters(maildir: &Path) -> io::Result<Vec<Letter>> {
    let mut letters = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(maildir.join(folder))? {
            let entry = entry?;
            let file = entry.file_name().to_string_lossy().into_owned();
            let about = match entry.metadata() {
                Ok(about) => about,
                // A mail program may have moved it meanwhile; then it is met under its new name, or in the next run.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            // Links are not followed: they may lead out of the lists' folder.
            if about.is_file() && !file.starts_with('.') {
                let modified = super::modified(&about);
                let name = lasting_name(&file).to_owned();
                letters.push(Letter { name, path: entry.path(), size: about.len(), modified });
            }
        }
    }
    letters.sort_by(|one, other| (&one.name, &one.path).cmp(&(&other.name, &other.path)));
    Ok(letters)
}

/// Size and time of a Maildir, by its files' sizes and times alone.
pub(super) fn shape(maildir: &Path) -> io::Result<Shape> {
    let mut fingerprint = Fingerprint::default();
    let mut size = 0;
    for letter in letters(maildir)? {
        size += letter.size;
        fingerprint.add(letter.name.as_bytes());
        fingerprint.add(&letter.size.to_le_bytes());
        fingerprint.add_time(letter.modified);
    }
    Ok(Shape { size, modified: fingerprint.time() })
}

/// What a person should know of a Maildir beside its messages.
pub(super) fn remarks(maildir: &Path) -> Vec<String> {
    let mut remarks = Vec::new();
    let unfinished = fs::read_dir(maildir.join("tmp")).map_or(0, Iterator::count);
    if unfinished > 0 {
        remarks.push(format!("{unfinished} in tmp/, whose delivery was never finished, are left out"));
    }
    let entries = fs::read_dir(maildir).into_iter().flatten().flatten();
    let mut hidden: Vec<String> = entries
        .filter(|entry| is_maildir(&entry.path()).unwrap_or(false))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    hidden.sort();
    if !hidden.is_empty() {
        let names = hidden.join(", ");
        remarks.push(format!(
            "its folders {names} may hold what was never on the list and are not read; to have one read, move it beside this Maildir under a name without the dot"
        ));
    }
    remarks
}

/// The messages of a Maildir.
pub(super) struct Maildir {
    letters: std::vec::IntoIter<Letter>,
    account: Arc<Account>,
    open: Option<Handle>,
}

impl Maildir {
    pub(super) fn open(folder: &Path, account: &Arc<Account>) -> Result<Maildir, Error> {
        let letters = letters(folder).map_err(|source| Error::Open { path: folder.to_owned(), source })?;
        Ok(Maildir { letters: letters.into_iter(), account: Arc::clone(account), open: None })
    }
}

impl Members for Maildir {
    fn kind(&self) -> &'static str {
        "maildir"
    }

    fn next(&mut self) -> Result<Option<Member>, Error> {
        if let Some(handle) = self.open.take() {
            // What cannot be read has failed before, as that member's own trouble.
            let _ = handle.drain();
        }
        let Some(letter) = self.letters.next() else { return Ok(None) };
        self.account.hash(letter.name.as_bytes());
        self.account.hash(&letter.size.to_le_bytes());
        let content = match Handle::open(&letter.path, &self.account) {
            Ok(handle) => {
                self.open = Some(handle.clone());
                let bytes: Bytes = Box::new(handle);
                Content::Message(bytes)
            }
            Err(error) => Content::Refused(format!("it cannot be opened: {error}")),
        };
        Ok(Some(Member { name: letter.name, content }))
    }
}

/// The digest of a Maildir: of the lasting names, sizes and bytes of its messages.
pub(super) fn digest(folder: &Path, account: &Arc<Account>) -> Result<[u8; 32], Error> {
    let mut maildir = Maildir::open(folder, account)?;
    while maildir.next()?.is_some() {}
    Ok(account.digest())
}
