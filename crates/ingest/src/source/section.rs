//! One stream in which members stand one after the other, each of a length that is told before it.

use std::{
    io::{self, Read},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::packing::Bytes;

/// The stream, read by the archive between members and by a [`Section`] within one.
#[derive(Clone)]
pub(super) struct Stream(Arc<Mutex<State>>);

struct State {
    bytes: Bytes,
    /// Bytes read so far.
    position: u64,
    /// Bytes of the open member that were not read yet.
    left: u64,
    failure: Option<io::Error>,
}

impl Stream {
    pub(super) fn new(bytes: Bytes) -> Stream {
        Stream(Arc::new(Mutex::new(State { bytes, position: 0, left: 0, failure: None })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next `length` bytes as a member.
    pub(super) fn section(&self, length: u64) -> Section {
        self.state().left = length;
        Section(self.clone())
    }

    /// Reads past what is left of the member, and past `padding` more. Says whether all of it was there.
    pub(super) fn skip(&mut self, padding: u64) -> io::Result<bool> {
        let left = std::mem::take(&mut self.state().left) + padding;
        Ok(io::copy(&mut self.by_ref().take(left), &mut io::sink())? == left)
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.state().position
    }

    /// Bytes of the open member that were not read yet.
    pub(super) fn left(&self) -> u64 {
        self.state().left
    }

    /// What went wrong with the stream itself, once.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.state().failure.take()
    }
}

impl State {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(buffer) {
            Ok(count) => {
                self.position += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let told = io::Error::new(error.kind(), error.to_string());
                self.failure = Some(error);
                Err(told)
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.state().read(buffer)
    }
}

/// The bytes of one member.
pub(super) struct Section(Stream);

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        let most = usize::try_from(state.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if most == 0 {
            return Ok(0);
        }
        let count = state.read(&mut buffer[..most])?;
        state.left -= count as u64;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends in the middle of it"));
        }
        Ok(count)
    }
}
