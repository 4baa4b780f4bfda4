//! The directory at the end of a zip.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::{Error, source::Limits};

/// Bytes of the record that ends a zip, without its comment.
const END: usize = 22;

/// Longest comment: its length is told in two bytes.
const COMMENT: u64 = 0xffff;

/// Bytes of the record that says where the zip64 record is.
const LOCATOR: usize = 20;

/// Bytes of the zip64 record that are used.
const END64: usize = 56;

/// Bytes of a directory's entry without its name, extra fields and comment.
const ENTRY: usize = 46;

/// Bytes of a name that are kept, for reports; with the limit of members that bounds the memory.
const NAME: usize = 512;

/// What a zip holds.
pub(crate) struct Directory {
    /// In the order in which they lie in the file.
    pub(crate) entries: Vec<Entry>,
    /// Where the directory begins, which is where members end.
    pub(crate) start: u64,
}

/// One member, as the directory has it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) encrypted: bool,
    /// A symbolic link, by the mode that Unix programs note.
    pub(crate) link: bool,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    /// Bytes in the file.
    pub(crate) packed: u64,
    /// Bytes unpacked.
    pub(crate) expanded: u64,
    /// Where the header before its bytes stands in the file.
    pub(crate) header: u64,
}

/// Where the directory is said to be.
struct Told {
    count: u64,
    size: u64,
    offset: u64,
    /// Where the record stands that says so, right after the directory.
    at: u64,
}

impl Directory {
    /// Reads it. Refuses one with more members than the limit.
    pub(crate) fn read(file: &mut (impl Read + Seek), limits: &Limits) -> Result<Directory, Error> {
        let damaged = Error::damaged;
        let told = Told::read(file).map_err(damaged)?;
        if told.count > limits.members as u64 {
            return Err(Error::too_many_members(limits.members));
        }
        // Bytes before the archive, as of a program that unpacks itself, shift all places.
        let start = told.at.checked_sub(told.size);
        let shift = start.and_then(|start| start.checked_sub(told.offset));
        let (Some(start), Some(shift)) = (start, shift) else {
            return Err(Error::damaged(invalid("the directory of the zip lies outside of it")));
        };
        file.seek(SeekFrom::Start(start)).map_err(damaged)?;
        let mut reader = BufReader::new(file.by_ref().take(told.size));
        let mut entries = Vec::new();
        while let Some(entry) = Entry::read(&mut reader, shift).map_err(damaged)? {
            entries.push(entry);
            if entries.len() > limits.members {
                return Err(Error::too_many_members(limits.members));
            }
        }
        if entries.len() as u64 != told.count {
            return Err(Error::damaged(invalid("the directory of the zip lacks members")));
        }
        entries.sort_by_key(|entry| entry.header);
        Ok(Directory { entries, start })
    }
}

impl Told {
    fn read(file: &mut (impl Read + Seek)) -> io::Result<Told> {
        let length = file.seek(SeekFrom::End(0))?;
        let base = length.saturating_sub(COMMENT + (END + LOCATOR) as u64);
        file.seek(SeekFrom::Start(base))?;
        let mut tail = Vec::new();
        file.by_ref().take(length - base).read_to_end(&mut tail)?;
        // The last record whose comment ends with the file; a comment may hold what looks like one.
        let fits = |at: &usize| {
            tail[*at..].starts_with(b"PK\x05\x06") && tail.len() - at >= END && {
                let comment = usize::from(two(&tail[at + 20..]));
                at + END + comment == tail.len()
            }
        };
        let at =
            (0..tail.len()).rev().find(fits).ok_or_else(|| invalid("the zip has no directory; it is cut short"))?;
        let end = &tail[at..];
        let told = Told {
            count: u64::from(two(&end[10..])),
            size: u64::from(four(&end[12..])),
            offset: u64::from(four(&end[16..])),
            at: base + at as u64,
        };
        match at.checked_sub(LOCATOR).map(|before| &tail[before..at]) {
            Some(locator) if locator.starts_with(b"PK\x06\x07") => Told::read64(file, eight(&locator[8..])),
            _ => Ok(told),
        }
    }

    /// The record of a zip with more members or bytes than the old record can count.
    fn read64(file: &mut (impl Read + Seek), at: u64) -> io::Result<Told> {
        file.seek(SeekFrom::Start(at))?;
        let mut record = [0; END64];
        file.read_exact(&mut record)?;
        if !record.starts_with(b"PK\x06\x06") {
            return Err(invalid("the directory of the zip is damaged"));
        }
        Ok(Told { count: eight(&record[32..]), size: eight(&record[40..]), offset: eight(&record[48..]), at })
    }
}

impl Entry {
    /// The next entry, or `None` at the directory's end.
    fn read(reader: &mut impl Read, shift: u64) -> io::Result<Option<Entry>> {
        let mut fixed = [0; ENTRY];
        if reader.read(&mut fixed[..1])? == 0 {
            return Ok(None);
        }
        reader.read_exact(&mut fixed[1..])?;
        if !fixed.starts_with(b"PK\x01\x02") {
            return Err(invalid("the directory of the zip is damaged"));
        }
        let [name, extra, comment] = [28, 30, 32].map(|at| u64::from(two(&fixed[at..])));
        let mut take = |length: u64| {
            let mut bytes = Vec::new();
            reader.take(length).read_to_end(&mut bytes).map(|_| bytes)
        };
        let (name, extra, _) = (take(name)?, take(extra)?, take(comment)?);
        let mut sizes = [20, 24, 42].map(|at| u64::from(four(&fixed[at..])));
        widen(&mut sizes, &extra);
        let [packed, expanded, header] = sizes;
        Ok(Some(Entry {
            name: String::from_utf8_lossy(&name[..name.len().min(NAME)]).into_owned(),
            encrypted: two(&fixed[8..]) & 1 != 0,
            link: (four(&fixed[38..]) >> 16) & 0o170_000 == 0o120_000,
            method: two(&fixed[10..]),
            crc: four(&fixed[16..]),
            packed,
            expanded,
            header: header.checked_add(shift).ok_or_else(|| invalid("a member lies outside of the zip"))?,
        }))
    }
}

/// Takes packed size, expanded size and place from the zip64 field where the old ones are too narrow for them.
fn widen(sizes: &mut [u64; 3], extra: &[u8]) {
    let mut rest = extra;
    while rest.len() >= 4 {
        let (id, length) = (two(rest), usize::from(two(&rest[2..])));
        let field = &rest[4..rest.len().min(4 + length)];
        rest = &rest[rest.len().min(4 + length)..];
        if id != 1 {
            continue;
        }
        let mut values = field.chunks_exact(8);
        // The field has them in another order than the entry: expanded, packed, place.
        for index in [1, 0, 2] {
            if sizes[index] == u64::from(u32::MAX)
                && let Some(value) = values.next()
            {
                sizes[index] = eight(value);
            }
        }
    }
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn two(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn four(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn eight(bytes: &[u8]) -> u64 {
    u64::from(four(bytes)) | u64::from(four(&bytes[4..])) << 32
}
