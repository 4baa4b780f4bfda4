//! A sliding view of the input: places are offsets in the whole dump, memory is bounded by what is kept.

use std::io::{self, Read};

/// First size of the buffer: most messages that are files of their own fit.
const FIRST: usize = 64 << 10;
/// The size to which the buffer goes back after a message that needed more.
const SIZE: usize = 2 << 20;

/// Bytes of a dump that have been read and not yet let go.
pub(super) struct Window<R> {
    reader: R,
    bytes: Vec<u8>,
    /// Offset in the dump of the first byte held.
    base: u64,
    /// How many bytes are held.
    held: usize,
    ended: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Window<R> {
    pub(super) fn new(reader: R) -> Window<R> {
        Window { reader, bytes: vec![0; FIRST], base: 0, held: 0, ended: false, failure: None }
    }

    /// Reads on until the byte before `to` is held or the input ends. What lies before `keep` may be let go.
    ///
    /// An error ends the input; what was read before it stays readable, and [`Window::failure`] hands it out.
    pub(super) fn reach(&mut self, to: u64, keep: u64) {
        while self.end() < to && !self.ended {
            if self.held == self.bytes.len() {
                self.make_room(keep);
            }
            match self.reader.read(&mut self.bytes[self.held..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.held += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.failure = Some(error);
                }
            }
        }
    }

    /// Moves what is kept to the front, or grows the buffer when that would free less than half of it: so every byte is
    /// moved a bounded number of times, however the input is cut. What one huge message needed is given back after it.
    fn make_room(&mut self, keep: u64) {
        let spent = self.index(keep);
        if spent * 2 < self.bytes.len() {
            self.bytes.resize(self.bytes.len() / 2 * 3, 0);
            return;
        }
        self.bytes.copy_within(spent..self.held, 0);
        self.held -= spent;
        self.base += spent as u64;
        if self.bytes.len() > SIZE && self.held * 2 < SIZE {
            self.bytes.truncate(SIZE);
            self.bytes.shrink_to_fit();
        }
    }

    /// Offset in the dump after the last byte held.
    pub(super) fn end(&self) -> u64 {
        self.base + self.held as u64
    }

    /// Whether there is nothing after [`Window::end`].
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The error that ended the input, handed out once.
    pub(super) fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// The bytes between two offsets, as far as they are held.
    pub(super) fn bytes(&self, from: u64, to: u64) -> &[u8] {
        let (from, to) = (self.index(from), self.index(to));
        &self.bytes[from..to.max(from)]
    }

    fn index(&self, offset: u64) -> usize {
        usize::try_from(offset.saturating_sub(self.base)).map_or(self.held, |index| index.min(self.held))
    }
}
