//! The members of a document that is a zip, by name, unpacked in memory up to a limit.

use std::io::{Cursor, Read};

use flate2::bufread::DeflateDecoder;

use crate::source::{
    Limits,
    zip::directory::{Directory, Entry},
};

/// Most bytes that one member may unpack to, 32 MiB.
pub(super) const MAX_MEMBER: u64 = 32 << 20;
/// Most bytes that all members read of a document may unpack to, 96 MiB.
pub(super) const MAX_ALL: u64 = 96 << 20;
/// Most members of a document.
pub(super) const MAX_MEMBERS: usize = 10_000;
/// Bytes of the header that stands before a member's own bytes, without its name and extra fields.
const LOCAL: usize = 30;

/// A document's members.
pub(super) struct Package<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    left: u64,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Package<'a>, String> {
        let limits = Limits { members: MAX_MEMBERS, ..Limits::default() };
        let directory = Directory::read(&mut Cursor::new(bytes), &limits);
        let directory = directory.map_err(|_| "is a damaged package, or one with too many members".to_owned())?;
        Ok(Package { bytes, entries: directory.entries, left: MAX_ALL })
    }

    /// The names of all members, in the order of the file.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// A member unpacked; `None` where there is none of that name.
    pub(super) fn member(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else { return Ok(None) };
        if entry.encrypted {
            return Err("is encrypted".to_owned());
        }
        let packed = packed(self.bytes, entry).ok_or("is a damaged package")?;
        let most = MAX_MEMBER.min(self.left);
        let mut bytes = Vec::new();
        let read = match entry.method {
            0 => packed.take(most + 1).read_to_end(&mut bytes),
            8 => DeflateDecoder::new(packed).take(most + 1).read_to_end(&mut bytes),
            _ => return Err("is packed in a way that is not read".to_owned()),
        };
        if bytes.len() as u64 > most {
            return Err(format!("unpacks to more than {} MiB, as a bomb would", most >> 20));
        }
        read.map_err(|_| "is a damaged package")?;
        self.left -= bytes.len() as u64;
        Ok(Some(bytes))
    }
}

fn packed<'a>(bytes: &'a [u8], entry: &Entry) -> Option<&'a [u8]> {
    let rest = bytes.get(usize::try_from(entry.header).ok()?..)?;
    let header = rest.get(..LOCAL).filter(|header| header.starts_with(b"PK\x03\x04"))?;
    let lengths = [26, 28].map(|at| usize::from(u16::from_le_bytes([header[at], header[at + 1]])));
    rest.get(LOCAL + lengths[0] + lengths[1]..)?.get(..usize::try_from(entry.packed).ok()?)
}
