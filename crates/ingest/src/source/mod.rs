//! Finds dumps and reads them, whatever they are: a file of mail, an archive of files, a Maildir, a public-inbox; plain or
//! packed.
//!
//! [`discover`] lists the dumps of a folder, [`read`] gives the messages of one, in an order that is the same each time, and
//! [`digest`] says whether it is still the same dump.

mod account;
mod discover;
mod fingerprint;
mod inbox;
mod limits;
mod maildir;
mod member;
mod names;
mod packing;
mod pieces;
mod section;
mod tape;
pub(crate) mod zip;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

pub use self::{
    account::digest_of_file,
    discover::{Discovered, Planned, discover},
    limits::Limits,
    pieces::{Found, Pieces, Refused},
};
use self::{
    account::{Account, Handle, Metered},
    member::{Members, Single},
    packing::Content,
    pieces::Digest,
};
use crate::Error;

/// One file or folder under the lists' folder that may hold mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// The list: the name of the folder directly below the lists' folder.
    pub list: String,
    /// Where it is, absolute.
    pub path: PathBuf,
    /// The path below the lists' folder, with `/` on every system.
    pub name: String,
    /// Bytes as stored; of a folder, those of its messages, and of a repository, those of its packs.
    pub size: u64,
    /// When it was last changed, in nanoseconds since 1970. Of a folder or repository the second of its latest change, with
    /// a fingerprint of its files or refs in the place of the nanoseconds.
    pub modified: i64,
}

/// Size and time of a dump, by which the next run sees whether it has changed, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    size: u64,
    modified: i64,
}

/// What a folder is.
enum Folder {
    Maildir,
    /// The repositories, oldest first.
    Inbox(Vec<PathBuf>),
    /// No dump itself; its files may be.
    Files,
}

impl Folder {
    fn of(path: &Path) -> io::Result<Folder> {
        if maildir::is_maildir(path)? {
            return Ok(Folder::Maildir);
        }
        Ok(inbox::repositories(path)?.map_or(Folder::Files, Folder::Inbox))
    }

    fn shape(&self, path: &Path) -> io::Result<Shape> {
        match self {
            Folder::Maildir => maildir::shape(path),
            Folder::Inbox(repositories) => inbox::shape(repositories),
            Folder::Files => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        }
    }
}

/// Reads a dump. The first pieces are known from its first bytes: names lie.
///
/// # Errors
///
/// Here and from the iterator: the dump cannot be opened, is damaged, or passes a limit. Nothing of it counts then.
pub fn read(path: &Path, limits: &Limits) -> Result<Pieces, Error> {
    let failed = |source| Error::Open { path: path.to_owned(), source };
    let account = Account::new(limits);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return read_file(path, &account, limits);
    }
    let (members, digest): (Box<dyn Members>, _) = match Folder::of(path).map_err(failed)? {
        Folder::Maildir => (Box::new(maildir::Maildir::open(path, &account)?), Digest::Gathered),
        Folder::Inbox(repositories) => {
            let digest = inbox::digest(&repositories, &account).map_err(failed)?;
            (Box::new(inbox::Inbox::new(repositories, &account, limits)), Digest::Known(digest))
        }
        Folder::Files => return Err(failed(io::Error::from(io::ErrorKind::IsADirectory))),
    };
    Ok(Pieces::new(members, account, limits, digest))
}

fn read_file(path: &Path, account: &std::sync::Arc<Account>, limits: &Limits) -> Result<Pieces, Error> {
    let failed = |source| Error::Open { path: path.to_owned(), source };
    let handle = Handle::open(path, account).map_err(failed)?;
    let packed = packing::unpack(Box::new(handle.clone())).map_err(failed)?;
    let metered = Metered::new(packed.bytes, account, &std::sync::Arc::default());
    let (content, bytes) = packing::look(Box::new(metered)).map_err(failed)?;
    let members: Box<dyn Members> = match content {
        Content::Zip if packed.packing == "plain" => {
            let account = Account::new(limits);
            let zip = zip::Zip::open(path, &account, limits)?;
            return Ok(Pieces::new(Box::new(zip), account, limits, Digest::File(path.to_owned())));
        }
        Content::Tar => Box::new(tape::Tape::new(bytes, limits)),
        Content::Zip | Content::Mail => Box::new(Single(Some(bytes))),
    };
    let pieces = Pieces::new(members, std::sync::Arc::clone(account), limits, Digest::Rest(handle));
    Ok(pieces.packed(packed.packing, packed.trailing))
}

/// The bytes of a file with one packing taken off, whatever is in them: for those who look at a dump and not at its messages.
///
/// # Errors
///
/// Here and from the reader: the file cannot be opened, is damaged, or passes a limit.
pub fn expand(path: &Path, limits: &Limits) -> Result<Box<dyn io::Read + Send>, Error> {
    let failed = |source| Error::Open { path: path.to_owned(), source };
    let account = Account::new(limits);
    let handle = Handle::open(path, &account).map_err(failed)?;
    let packed = packing::unpack(Box::new(handle)).map_err(failed)?;
    Ok(Box::new(Metered::new(packed.bytes, &account, &std::sync::Arc::default())))
}

/// The blake3 digest of a dump as stored: of a file's bytes; of a Maildir's messages, whatever their flags; of what a
/// repository's refs say.
pub fn digest(path: &Path) -> Result<[u8; 32], Error> {
    let failed = |source| Error::Open { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return digest_of_file(path).map_err(failed);
    }
    let account = Account::new(&Limits::default());
    match Folder::of(path).map_err(failed)? {
        Folder::Maildir => maildir::digest(path, &account),
        Folder::Inbox(repositories) => inbox::digest(&repositories, &account).map_err(failed),
        Folder::Files => Err(failed(io::Error::from(io::ErrorKind::IsADirectory))),
    }
}

/// Whether a folder is one dump, whatever number of files it has: a Maildir, a repository or a public-inbox.
pub fn is_one_dump(folder: &Path) -> bool {
    !matches!(Folder::of(folder), Ok(Folder::Files) | Err(_))
}

/// Whether an error says that there is nothing of that name. Any other says that it is not known.
fn is_not_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// What lies at a path, links not followed; `None` where nothing does.
fn look(path: &Path) -> io::Result<Option<fs::Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(about) => Ok(Some(about)),
        Err(error) if is_not_there(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// When a file was last changed, in nanoseconds since 1970; 0 where that is not known.
fn modified(about: &fs::Metadata) -> i64 {
    let age = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    age.and_then(|age| i64::try_from(age.as_nanos()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
