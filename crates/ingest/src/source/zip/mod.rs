//! A zip (PKWARE's APPNOTE 6.3), read where its directory says. Nothing in it is ever written to a disk, and its names are
//! shown and never used as paths.
//!
//! The directory is read here and not by a crate, because those in use keep entries by name: of two of one name, which a
//! zip may hold, the first would be lost without a word.

pub(crate) mod directory;

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use flate2::{Crc, bufread::DeflateDecoder};

use self::directory::{Directory, Entry};
use super::{
    Limits,
    account::Account,
    member::{Content, Member, Members},
    names,
    packing::Bytes,
};
use crate::Error;

/// Packed bytes read at a time.
const BUFFER: usize = 64 << 10;

/// Bytes of the header that stands before a member's own bytes, without its name and extra fields.
const LOCAL: usize = 30;

/// The members of a zip, in the order in which they lie in the file.
pub(super) struct Zip {
    file: Arc<File>,
    account: Arc<Account>,
    directory: Directory,
    next: usize,
    /// Where the bytes of the last member end; what begins before it overlaps.
    end: u64,
}

impl Zip {
    pub(super) fn open(path: &Path, account: &Arc<Account>, limits: &Limits) -> Result<Zip, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let directory = Directory::read(&mut file, limits)?;
        Ok(Zip { file: Arc::new(file), account: Arc::clone(account), directory, next: 0, end: 0 })
    }

    /// A member's bytes, or why they cannot be had.
    fn bytes(&mut self, entry: &Entry) -> Result<Bytes, String> {
        if entry.encrypted {
            return Err("it is encrypted; pack it again without a password".to_owned());
        }
        let start = self.start(entry).map_err(|error| format!("its header cannot be read: {error}"))?;
        let end = start.checked_add(entry.packed).filter(|&end| end <= self.directory.start);
        let Some(end) = end else {
            return Err("it reaches beyond the place of members; fetch the archive again".to_owned());
        };
        if entry.header < self.end {
            return Err("it overlaps the member before it, as a bomb would".to_owned());
        }
        self.end = end;
        let stored = Part { file: Arc::clone(&self.file), account: Arc::clone(&self.account), left: entry.packed };
        let bytes: Bytes = match entry.method {
            0 => Box::new(stored),
            8 => Box::new(DeflateDecoder::new(BufReader::with_capacity(BUFFER, stored))),
            method => {
                return Err(format!("it is packed by method {method}, which is not read; pack it again with deflate"));
            }
        };
        Ok(Box::new(Checked { bytes, crc: Crc::new(), expected: entry.crc, left: entry.expanded }))
    }

    /// Reads the header before the member and stops where its bytes begin. Sizes are believed as the directory has them:
    /// here they may be missing (data descriptors).
    fn start(&self, entry: &Entry) -> io::Result<u64> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(entry.header))?;
        let mut header = [0; LOCAL];
        file.read_exact(&mut header)?;
        if header[..4] != *b"PK\x03\x04" {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "there is none where the directory says"));
        }
        let lengths = [26, 28].map(|at| u64::from(u16::from_le_bytes([header[at], header[at + 1]])));
        file.seek(SeekFrom::Start(entry.header + LOCAL as u64 + lengths[0] + lengths[1]))
    }
}

impl Members for Zip {
    fn kind(&self) -> &'static str {
        "zip"
    }

    fn next(&mut self) -> Result<Option<Member>, Error> {
        while let Some(entry) = self.directory.entries.get(self.next).cloned() {
            self.next += 1;
            if entry.name.ends_with('/') {
                continue;
            }
            let content = if entry.link || names::holds_no_mail(&entry.name) {
                Content::LeftOut
            } else {
                self.bytes(&entry).map_or_else(Content::Refused, Content::Mail)
            };
            return Ok(Some(Member { name: entry.name, content }));
        }
        Ok(None)
    }
}

/// The packed bytes of one member. The file's own place is used: one member is read at a time.
struct Part {
    file: Arc<File>,
    account: Arc<Account>,
    left: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = (&*self.file).read(&mut buffer[..most])?;
        self.left -= count as u64;
        self.account.count(count);
        Ok(count)
    }
}

/// Expanded bytes, which must be as many and have the sum that the directory says.
struct Checked {
    bytes: Bytes,
    crc: Crc,
    expected: u32,
    left: u64,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.crc.update(&buffer[..count]);
        let left = self.left.checked_sub(count as u64);
        let ended = count == 0 && !buffer.is_empty();
        let reason = match left {
            None => "it is longer than the directory says",
            Some(1..) if ended => "it is shorter than the directory says",
            Some(0) if ended && self.crc.sum() != self.expected => "its checksum does not match",
            Some(left) => {
                self.left = left;
                return Ok(count);
            }
        };
        Err(io::Error::new(io::ErrorKind::InvalidData, reason))
    }
}
