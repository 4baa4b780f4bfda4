//! The messages of a dump, whatever it is made of.

use std::{
    collections::VecDeque,
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{
    Limits,
    account::{Account, Metered},
    member::{self, Member, Members},
    names::LeftOut,
    packing::{self, Bytes},
};
use crate::{
    Error,
    mbox::{self, Form, Piece, Raw, Splitter, Stray},
};

/// What comes next in a dump. Offsets count the expanded bytes of all its members, put one after the other in the order in
/// which they are given out; that order is the same every time an unchanged dump is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A message.
    Message(Raw),
    /// What is no message.
    Stray(Stray),
    /// A member that is set aside whole: nothing of it counts, not even what was given out before its damage showed.
    Refused(Refused),
}

/// A member that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Offset of its first byte: what was found from here on is to be forgotten.
    pub from: u64,
    /// How many of its bytes were given out.
    pub length: u64,
    /// Which member it is and why: a phrase for a person.
    pub reason: String,
}

/// The messages of a dump and what lies between them. An error is the last thing given out, and nothing of the dump counts.
pub struct Pieces {
    members: Box<dyn Members>,
    account: Arc<Account>,
    limits: Limits,
    /// How the dump itself is packed.
    packing: &'static str,
    trailing: Arc<AtomicBool>,
    digest: Digest,
    /// Expanded bytes of all members, against the limit.
    expanded: Arc<AtomicU64>,
    open: Option<Open>,
    /// Offset of the member that is open, or that comes next.
    base: u64,
    count: usize,
    forms: Vec<Form>,
    left_out: LeftOut,
    waiting: VecDeque<Found>,
    ended: bool,
}

/// How the digest of a dump is had.
pub(super) enum Digest {
    /// From the account, once this handle was read to its end.
    Rest(super::account::Handle),
    /// From the account as it stands at the end.
    Gathered,
    /// By reading the file.
    File(PathBuf),
    /// It was known from the start.
    Known([u8; 32]),
}

/// The member that is being read.
struct Open {
    name: String,
    pieces: Splitter<Bytes>,
    packing: &'static str,
    trailing: Arc<AtomicBool>,
    messages: u64,
    /// The reason of the first stray piece.
    stray: Option<String>,
    /// Where the last run of stray pieces began and ended, and what the splitter said of it.
    run: (u64, u64, String),
}

impl Pieces {
    pub(super) fn new(members: Box<dyn Members>, account: Arc<Account>, limits: &Limits, digest: Digest) -> Pieces {
        Pieces {
            members,
            account,
            limits: *limits,
            packing: "plain",
            trailing: Arc::default(),
            digest,
            expanded: Arc::default(),
            open: None,
            base: 0,
            count: 0,
            forms: Vec::new(),
            left_out: LeftOut::default(),
            waiting: VecDeque::new(),
            ended: false,
        }
    }

    /// The same, of a dump whose packing was taken off before its members were seen.
    pub(super) fn packed(self, packing: &'static str, trailing: Arc<AtomicBool>) -> Pieces {
        Pieces { packing, trailing, ..self }
    }

    /// What the dump is, as far as it was read: `pipermail, gzip`; `tar, gzip: 12 members, pipermail`.
    pub fn format(&self) -> String {
        let mut format = self.members.kind().to_owned();
        let forms: Vec<String> = self.forms.iter().map(|form| format!("{form:?}").to_lowercase()).collect();
        let forms = forms.join(" and ");
        let packing = if self.packing == "plain" { String::new() } else { format!(", {}", self.packing) };
        if format.is_empty() {
            return format!("{forms}{packing}");
        }
        format = format!("{format}{packing}: {} member{}", self.count, if self.count == 1 { "" } else { "s" });
        if forms.is_empty() { format } else { format!("{format}, {forms}") }
    }

    /// How many expanded bytes the pieces given out so far hold.
    pub fn total(&self) -> u64 {
        self.base + self.open.as_ref().map_or(0, |open| open.pieces.total())
    }

    /// Bytes of the dump as stored that were read until now: how far it is. May differ a little from its size at the end.
    pub fn stored(&self) -> u64 {
        self.account.stored()
    }

    /// The member that is open, by its name in the archive, folder or repository; `None` in a dump that is one file of mail.
    pub fn member(&self) -> Option<&str> {
        self.open.as_ref().map(|open| open.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Where the member that is open began, if it is one of an archive: should it turn out to be damaged, what was given out from
    /// there on is to be forgotten. A message alone in a file is given out once it was read whole.
    pub fn member_start(&self) -> Option<u64> {
        (self.open.is_some() && matches!(self.members.kind(), "tar" | "zip")).then_some(self.base)
    }

    /// Sentences about the whole dump that are worth a line and no alarm. Known once all was read.
    pub fn notes(&self) -> Vec<String> {
        self.left_out.sentence("member", "members").into_iter().chain(self.members.notes()).collect()
    }

    /// The blake3 digest of the dump as stored; the one [`super::digest`] gives. What was not read yet is read now.
    pub fn digest(self) -> Result<[u8; 32], Error> {
        let Pieces { digest, account, members, open, .. } = self;
        drop((members, open));
        let failed = |source| Error::Damaged { source };
        match digest {
            Digest::Rest(handle) => handle.drain().map(|()| account.digest()).map_err(failed),
            Digest::Gathered => Ok(account.digest()),
            Digest::File(path) => super::digest_of_file(&path).map_err(failed),
            Digest::Known(digest) => Ok(digest),
        }
    }

    fn advance(&mut self) -> Result<Option<Found>, Error> {
        loop {
            if let Some(found) = self.waiting.pop_front() {
                return Ok(Some(found));
            }
            if self.open.is_some() {
                if let Some(found) = self.read_on()? {
                    return Ok(Some(found));
                }
            } else if self.ended {
                return Ok(None);
            } else {
                match self.members.next()? {
                    Some(member) => self.begin(member)?,
                    None => self.end(),
                }
            }
        }
    }

    /// Opens a member, or says why not.
    fn begin(&mut self, member: Member) -> Result<(), Error> {
        let Member { name, content } = member;
        let (bytes, alone) = match content {
            member::Content::Mail(bytes) => (bytes, false),
            member::Content::Message(bytes) => (bytes, true),
            member::Content::Refused(reason) => {
                self.count_one()?;
                self.refuse(&name, 0, &reason);
                return Ok(());
            }
            member::Content::LeftOut => {
                self.count_one()?;
                self.left_out.add(&name);
                return Ok(());
            }
            member::Content::Remark(reason) => {
                self.remark(&name, reason);
                return Ok(());
            }
        };
        self.count_one()?;
        let opened = self.unpack(bytes);
        let (packing, trailing, content, bytes) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.damaged(&name, 0, error),
        };
        if content != packing::Content::Mail && !name.is_empty() {
            self.refuse(
                &name,
                0,
                "an archive inside the archive, which is not entered; unpack it and put it beside this one",
            );
            return Ok(());
        }
        let pieces = if alone { mbox::split_one(bytes, &self.limits) } else { mbox::split(bytes, &self.limits) };
        self.open =
            Some(Open { name, pieces, packing, trailing, messages: 0, stray: None, run: (0, 0, String::new()) });
        Ok(())
    }

    fn unpack(&self, bytes: Bytes) -> io::Result<(&'static str, Arc<AtomicBool>, packing::Content, Bytes)> {
        // One file of mail had its packing taken off before; a second one would be a packing inside a packing.
        if self.members.kind().is_empty() {
            let bytes: Bytes = Box::new(Metered::new(bytes, &self.account, &self.expanded));
            return Ok(("plain", Arc::clone(&self.trailing), packing::Content::Mail, bytes));
        }
        let unpacked = packing::unpack(bytes)?;
        let metered: Bytes = Box::new(Metered::new(unpacked.bytes, &self.account, &self.expanded));
        let (content, bytes) = packing::look(metered)?;
        Ok((unpacked.packing, unpacked.trailing, content, bytes))
    }

    /// The next piece of the open member; `None` when it has ended.
    fn read_on(&mut self) -> Result<Option<Found>, Error> {
        let Some(open) = &mut self.open else { return Ok(None) };
        match open.pieces.next() {
            Some(Ok(Piece::Message(mut raw))) => {
                raw.offset += self.base;
                open.messages += 1;
                Ok(Some(Found::Message(raw)))
            }
            Some(Ok(Piece::Stray(mut stray))) => {
                stray.reason = open.place(&stray);
                stray.offset += self.base;
                Ok(Some(Found::Stray(stray)))
            }
            Some(Err(error)) => {
                let (name, length) = (open.name.clone(), open.pieces.total());
                if !self.forms.contains(&open.pieces.form()) {
                    self.forms.push(open.pieces.form());
                }
                self.open = None;
                self.damaged(&name, length, error)?;
                Ok(None)
            }
            None => {
                self.close();
                Ok(None)
            }
        }
    }

    /// Ends the open member, which was read to its end.
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let Open { name, pieces, packing, trailing, messages, stray, .. } = open;
        let length = pieces.total();
        if !self.forms.contains(&pieces.form()) {
            self.forms.push(pieces.form());
        }
        drop(pieces);
        match stray {
            // A file of mail in which there is none is told by the caller, with its pieces.
            Some(reason) if messages == 0 && !name.is_empty() => return self.refuse(&name, length, &reason),
            _ => self.base += length,
        }
        if length == 0 && !name.is_empty() {
            self.remark(&name, "it is empty".to_owned());
        }
        if trailing.load(Ordering::Relaxed) && (packing != "plain" || name.is_empty()) {
            self.remark(&name, TRAILING.to_owned());
        }
    }

    /// Ends the dump.
    fn end(&mut self) {
        self.ended = true;
        if !self.members.kind().is_empty() && self.trailing.load(Ordering::Relaxed) {
            self.remark("", TRAILING.to_owned());
        }
    }

    /// What follows from an error in the middle of a member: where it is the member's own, the others are read on.
    fn damaged(&mut self, name: &str, length: u64, error: io::Error) -> Result<(), Error> {
        if let Some(reason) = self.account.refusal() {
            return Err(Error::refused(reason));
        }
        if let Some(source) = self.members.failure() {
            return Err(Error::damaged(source));
        }
        if name.is_empty() {
            return Err(Error::damaged(error));
        }
        self.refuse(name, length, &format!("it is damaged or cut short ({error}): fetch it again"));
        Ok(())
    }

    fn refuse(&mut self, name: &str, length: u64, reason: &str) {
        let reason = format!("{}: {reason}", shown(name));
        self.waiting.push_back(Found::Refused(Refused { from: self.base, length, reason }));
        self.base += length;
    }

    /// Says something about a place between members.
    fn remark(&mut self, name: &str, reason: String) {
        let reason = if name.is_empty() { reason } else { format!("{}: {reason}", shown(name)) };
        self.waiting.push_back(Found::Stray(Stray { bytes: Vec::new(), offset: self.base, reason }));
    }

    fn count_one(&mut self) -> Result<(), Error> {
        self.count += 1;
        // Folders and repositories were made by their owner, one file or commit a message.
        let limited = matches!(self.members.kind(), "tar" | "zip");
        if limited && self.count > self.limits.members {
            return Err(Error::too_many_members(self.limits.members));
        }
        Ok(())
    }
}

const TRAILING: &str = "bytes after the end of the packed data; they are not unpacked";

/// Characters of a member's name that are shown.
const NAME: usize = 120;

/// A name as a report shows it: no longer than a line, and no control characters, which a terminal would obey.
fn shown(name: &str) -> String {
    let name: String = name.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    }
}

impl Open {
    /// Where a stray piece is and what it is, in the same words for all pieces of one run.
    fn place(&mut self, stray: &Stray) -> String {
        if self.name.is_empty() {
            return stray.reason.clone();
        }
        let (start, end, reason) = &mut self.run;
        if *end != stray.offset || *reason != stray.reason {
            *start = stray.offset;
            reason.clone_from(&stray.reason);
        }
        *end = stray.offset + stray.bytes.len() as u64;
        self.stray.get_or_insert_with(|| stray.reason.clone());
        format!("{}, byte {start}: {reason}", shown(&self.name))
    }
}

impl Iterator for Pieces {
    type Item = Result<Found, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.advance();
        if found.is_err() {
            self.open = None;
            self.ended = true;
        }
        found.transpose()
    }
}
