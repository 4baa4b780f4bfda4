//! Which messages the history of a repository has brought and not taken away again.

use std::{
    collections::HashMap,
    fmt,
    io::{self, BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use data_encoding::HEXLOWER_PERMISSIVE;

use super::git;
use crate::Error;

/// Longest piece of git's output that is kept: a line of ids, or a path. Longer paths are no messages.
const PIECE: usize = 4 << 10;

/// The name of an object: SHA-1 or SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ObjectId(Box<[u8]>);

impl ObjectId {
    fn read(hex: &str) -> Option<ObjectId> {
        let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
        matches!(bytes.len(), 20 | 32).then(|| ObjectId(bytes.into()))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) id: ObjectId,
    /// In version 1, the hash that is its path; a newer object at the same path takes its place.
    path: Option<ObjectId>,
}

impl fmt::Display for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

/// What a history comes to.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The messages that are there, in the order in which they came.
    pub(super) blobs: Vec<Blob>,
    /// How many were taken away or replaced.
    pub(super) removed: u64,
    /// Changes to files that are no messages.
    pub(super) unread: u64,
    /// Of what was taken away, how many messages had come before.
    gone: HashMap<ObjectId, usize>,
}

impl History {
    /// Reads the history of HEAD. A repository without a commit has none.
    pub(super) fn read(repository: &Path) -> Result<History, Error> {
        let mut head = git::command(repository, &["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]);
        let found = git::start(head.stdin(Stdio::null()).stdout(Stdio::null()))?.wait();
        if !found.is_ok_and(|status| status.success()) {
            return Err(Error::refused(
                "the git repository has no commit at its HEAD; if it has branches, set HEAD to the one with the messages",
            ));
        }
        let arguments = ["--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"];
        let order = ["log", "--reverse", "--topo-order", "--first-parent", "-m", "--root", "--format=", "HEAD", "--"];
        let arguments: Vec<&str> = order[..7].iter().chain(&arguments).chain(&order[7..]).copied().collect();
        let mut child = git::start(git::command(repository, &arguments).stdin(Stdio::null()).stdout(Stdio::piped()))?;
        let mut history = History::default();
        let told = child.stdout.take().map_or(Ok(()), |out| history.follow(&mut BufReader::new(out)));
        let ended = child.wait();
        if told.is_err() || !ended.is_ok_and(|status| status.success()) {
            return Err(git::gave_up());
        }
        history.settle();
        if history.blobs.is_empty() && history.removed == 0 {
            return Err(Error::refused(
                "the git repository is no public-inbox: it has no file `m` and none named by a hash; put the mail itself here",
            ));
        }
        Ok(history)
    }

    /// Reads `:mode mode id id S` and a path, each ended by NUL, as git-diff-tree(1) gives them.
    fn follow(&mut self, out: &mut impl BufRead) -> io::Result<()> {
        while let Some(line) = piece(out)? {
            // Between two commits stands an empty piece, or a line end.
            let Some(change) = line.trim_start().strip_prefix(':') else { continue };
            let path = piece(out)?.unwrap_or_default();
            let mut words = change.split_ascii_whitespace().skip(3);
            if let (Some(after), Some(status)) = (words.next().and_then(ObjectId::read), words.next()) {
                self.change(after, status, &path);
            }
        }
        Ok(())
    }

    fn change(&mut self, after: ObjectId, status: &str, path: &str) {
        let removes = status == "D";
        match (path, path_of(path)) {
            ("m", _) if !removes => self.blobs.push(Blob { id: after, path: None }),
            ("d", _) if !removes => self.take_away(after),
            // That the file of the commit before is not there any more means nothing.
            ("m" | "d", _) => {}
            (_, Some(place)) => {
                self.take_away(place.clone());
                if !removes {
                    self.blobs.push(Blob { id: after, path: Some(place) });
                }
            }
            _ => self.unread += 1,
        }
    }

    fn take_away(&mut self, key: ObjectId) {
        self.gone.insert(key, self.blobs.len());
    }

    /// Leaves out what was taken away after it came.
    fn settle(&mut self) {
        let gone = std::mem::take(&mut self.gone);
        let all = self.blobs.len();
        let mut at = 0;
        self.blobs.retain(|blob| {
            let here = at;
            at += 1;
            gone.get(blob.path.as_ref().unwrap_or(&blob.id)).is_none_or(|&before| here >= before)
        });
        self.removed = (all - self.blobs.len()) as u64;
    }
}

/// The hash of a path of version 1.
fn path_of(path: &str) -> Option<ObjectId> {
    let (start, rest) = path.split_once('/')?;
    let sized = start.len() == 2 && rest.len() == 38;
    sized.then(|| ObjectId::read(&format!("{start}{rest}"))).flatten()
}

/// The text up to the next NUL, cut where it is too long to be of use; `None` at the end.
fn piece(out: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut text = Vec::new();
    let mut any = false;
    loop {
        let bytes = out.fill_buf()?;
        if bytes.is_empty() {
            return Ok(any.then(|| String::from_utf8_lossy(&text).into_owned()));
        }
        any = true;
        let end = memchr::memchr(0, bytes);
        let taken = end.unwrap_or(bytes.len());
        text.extend_from_slice(&bytes[..taken.min(PIECE - text.len().min(PIECE))]);
        out.consume(taken + usize::from(end.is_some()));
        if end.is_some() {
            return Ok(Some(String::from_utf8_lossy(&text).into_owned()));
        }
    }
}
