//! A tar, read as a stream. Nothing in it is ever written to a disk, and its names are shown and never used as paths.

use std::io::{self, Read};

use tar::EntryType;

use super::{
    Limits,
    member::{Content, Member, Members},
    names,
    packing::Bytes,
    section::Stream,
};
use crate::Error;

/// A tar is made of blocks of so many bytes.
const BLOCK: u64 = 512;

/// The members of a tar (POSIX.1-2001 pax, ustar, GNU and the tars before them).
pub(super) struct Tape {
    stream: Stream,
    description: u64,
    /// The last block read between members held nothing but NUL, as the end of a tar does.
    ended: bool,
    /// The header after a damaged part.
    found: Option<Header>,
    done: bool,
}

/// What the header of a member says.
struct Header {
    name: String,
    kind: EntryType,
    /// Bytes in the archive.
    length: u64,
    sparse: bool,
}

impl Tape {
    pub(super) fn new(bytes: Bytes, limits: &Limits) -> Tape {
        let stream = Stream::new(bytes);
        Tape { stream, description: limits.description, ended: false, found: None, done: false }
    }

    /// Reads the next header. The crate is given no more than a description may have: it keeps long names in memory.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let watched = Watched { stream: &mut self.stream, left: self.description, blank: &mut self.ended };
        let mut archive = tar::Archive::new(watched);
        archive.set_ignore_zeros(true);
        let Some(entry) = archive.entries()?.next() else { return Ok(None) };
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        // GNU tar writes a sparse file as a plain one with attributes that say where its holes are.
        let mapped = entry
            .pax_extensions()?
            .is_some_and(|all| all.flatten().any(|attribute| attribute.key_bytes().starts_with(b"GNU.sparse.")));
        let length = if kind.is_gnu_sparse() { entry.header().entry_size()? } else { entry.size() };
        Ok(Some(Header { name, kind, length, sparse: mapped || kind.is_gnu_sparse() }))
    }

    /// The next header, or after a damaged one the next that can be read, with what was wrong in between.
    fn find(&mut self) -> Result<(Option<Header>, Option<Member>), Error> {
        let mut damage = None;
        loop {
            let end = self.stream.position() + self.stream.left();
            let whole = self.stream.skip(end.next_multiple_of(BLOCK) - end).map_err(Error::damaged)?;
            let at = self.stream.position();
            let header = if whole { self.header() } else { Ok(None) };
            if let Some(error) = self.stream.failure() {
                return Err(Error::damaged(error));
            }
            match header {
                Ok(header) => return Ok((header, damage)),
                Err(error) => {
                    damage.get_or_insert_with(|| {
                        let reason = format!("a header is damaged ({error}): fetch the archive again");
                        Member::refused(format!("byte {at} of the archive"), reason)
                    });
                }
            }
        }
    }

    fn member(&mut self, header: Header) -> Option<Member> {
        let Header { name, kind, length, sparse } = header;
        let section = self.stream.section(length);
        let content = if sparse {
            Content::Refused("a sparse file, which is not read; pack it again without --sparse".to_owned())
        } else if kind.is_file() || kind.is_contiguous() {
            if names::holds_no_mail(&name) { Content::LeftOut } else { Content::Mail(Box::new(section)) }
        } else if kind.is_dir() {
            return None;
        } else {
            // Links, devices and pipes: what a link leads to is a member itself or is not in the archive.
            Content::LeftOut
        };
        Some(Member { name, content })
    }
}

impl Members for Tape {
    fn kind(&self) -> &'static str {
        "tar"
    }

    fn next(&mut self) -> Result<Option<Member>, Error> {
        while !self.done {
            let (header, damage) = match self.found.take() {
                Some(header) => (Some(header), None),
                None => self.find()?,
            };
            if damage.is_some() {
                self.found = header;
                self.done = self.found.is_none();
                return Ok(damage);
            }
            let Some(header) = header else {
                self.done = true;
                let reason = "the archive has no end mark; it may have been cut short: fetch it again";
                let remark = Member { name: String::new(), content: Content::Remark(reason.to_owned()) };
                return Ok((!self.ended).then_some(remark));
            };
            self.ended = false;
            if let Some(member) = self.member(header) {
                return Ok(Some(member));
            }
        }
        Ok(None)
    }

    fn failure(&mut self) -> Option<io::Error> {
        self.stream.failure()
    }
}

/// The stream between two members.
struct Watched<'a> {
    stream: &'a mut Stream,
    left: u64,
    blank: &'a mut bool,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("its description is longer than any name needs"));
        }
        let count = self.stream.read(buffer)?;
        if count > 0 {
            *self.blank = buffer[..count].iter().all(|&byte| byte == 0);
        }
        // The blocks of NUL at the end describe nothing.
        self.left -= if *self.blank { 0 } else { self.left.min(count as u64) };
        Ok(count)
    }
}
