//! Walks a dump from separator to separator.

use std::io::{self, Read};

use memchr::memmem;

use super::{
    Form, Framing, Piece, Raw, Stray,
    candidate::{AHEAD, BEHIND, Place, Separator},
    form::{self, HEAD, Survey},
    window::Window,
};
use crate::source::Limits;

/// How much is read at a time in search of the next separator.
const STEP: u64 = 512 << 10;

/// The pieces of a dump, in order; their bytes put together are the dump.
///
/// When reading fails, everything read until then comes first, the last message perhaps cut short; then the error, once.
pub struct Splitter<R> {
    window: Window<R>,
    limits: Limits,
    survey: Survey,
    finder: memmem::Finder<'static>,
    /// Where the first line of the dump begins, after a byte order mark and empty lines.
    origin: u64,
    /// Where the piece that comes next begins.
    start: u64,
    /// No separator begins at or before this byte.
    scanned: u64,
    /// Where the line of the last separator ends.
    line_end: u64,
    /// Where the open message ends by its Content-Length.
    promised: Option<u64>,
    open: Open,
}

/// What the bytes from `start` on belong to.
enum Open {
    Message { from_line: usize, framing: Framing },
    Stray { reason: String },
}

/// How the piece that is open ends.
enum Step {
    Separator(u64, Separator),
    Full,
    End,
}

impl<R: Read> Splitter<R> {
    /// Reads the head of the dump at once, so that [`Splitter::form`] is known from the start.
    pub(super) fn new(reader: R, limits: &Limits) -> Splitter<R> {
        Splitter::begin(reader, limits, false)
    }

    /// The same for a message alone.
    pub(super) fn alone(reader: R, limits: &Limits) -> Splitter<R> {
        Splitter::begin(reader, limits, true)
    }

    fn begin(reader: R, limits: &Limits, alone: bool) -> Splitter<R> {
        let mut window = Window::new(reader);
        let surveyed = HEAD + AHEAD as u64;
        window.reach(surveyed, 0);
        let head = window.bytes(0, surveyed);
        let (origin, before) = lead(head);
        let mut survey = form::survey(&head[origin..], window.ended() && window.end() <= surveyed);
        if alone {
            survey.form = Form::Single;
        }
        let origin = origin as u64;
        let open = if origin > 0 { Open::Stray { reason: before.to_owned() } } else { opening_piece(&survey) };
        let finder = memmem::Finder::new(survey.delimiter.needle(survey.eol));
        Splitter {
            window,
            limits: *limits,
            survey,
            finder,
            origin,
            start: 0,
            scanned: origin,
            line_end: u64::MAX,
            promised: None,
            open,
        }
    }

    /// How body lines that begin with `From ` are escaped in this dump.
    pub fn form(&self) -> Form {
        self.survey.form
    }

    /// How many bytes of the dump the pieces given out so far hold.
    pub fn total(&self) -> u64 {
        self.start
    }

    /// The next piece, or `None` at the end of the input.
    fn piece(&mut self) -> Option<Piece> {
        if self.start < self.origin {
            let before = self.take(self.full().min(self.origin));
            if self.start == self.origin {
                self.open = opening_piece(&self.survey);
            }
            return before;
        }
        if self.start == self.origin && self.survey.opening.is_some() && self.line_end == u64::MAX {
            self.open_at_origin();
        }
        match self.step() {
            Step::Separator(at, found) => {
                let piece = self.take(at);
                self.open_message(at, &found);
                piece
            }
            Step::Full => {
                let beyond = matches!(self.open, Open::Message { .. });
                let piece = self.take(self.full());
                if beyond {
                    let reason = format!("beyond the limit of {} for one message", size(self.limits.message));
                    self.open = Open::Stray { reason };
                }
                piece
            }
            Step::End => self.take(self.window.end()),
        }
    }

    /// Looks for the separator that ends the open piece.
    fn step(&mut self) -> Step {
        if let Some(promised) = self.promised {
            self.scanned = self.scanned.max(promised.saturating_sub(1));
        }
        let full = self.full();
        loop {
            let hay = self.window.bytes(self.scanned, self.window.end());
            let found = if self.survey.form == Form::Single { None } else { self.finder.find(hay) };
            match found {
                Some(index) => {
                    let at = self.scanned + index as u64 + 1;
                    if at > full {
                        return Step::Full;
                    }
                    if let Some(found) = self.judge(at) {
                        self.scanned = at;
                        return Step::Separator(at, found);
                    }
                    self.scanned = at;
                }
                None => {
                    // The last bytes may be the beginning of a separator.
                    let searched = self.window.end().saturating_sub(self.finder.needle().len() as u64 - 1);
                    self.scanned = self.scanned.max(searched);
                    if self.scanned >= full {
                        return Step::Full;
                    }
                    if self.window.ended() {
                        return if self.window.end() > full { Step::Full } else { Step::End };
                    }
                    self.window.reach(self.window.end() + STEP, self.keep());
                }
            }
        }
    }

    fn judge(&mut self, at: u64) -> Option<Separator> {
        self.window.reach(at + AHEAD as u64, self.keep());
        let place = Place {
            before: self.window.bytes(at.saturating_sub(BEHIND as u64).max(self.origin), at),
            first: at == self.origin,
            after_separator: at == self.line_end,
            opening: self.survey.opening.as_deref(),
            eol: self.survey.eol,
        };
        self.survey.delimiter.judge(self.window.bytes(at, at + AHEAD as u64), place)
    }

    fn open_at_origin(&mut self) {
        if let Some(found) = self.judge(self.origin) {
            self.open_message(self.origin, &found);
        }
    }

    /// Makes the separator at `at` the beginning of the open piece.
    fn open_message(&mut self, at: u64, found: &Separator) {
        let mut framing = self.survey.habits.framing(found, at - self.origin < HEAD);
        // An mboxrd leaves no line in a body that could be its own separator.
        let exact = found.twin && form::is_mboxrd(self.survey.opening.as_deref());
        if exact || at == self.origin || self.promised == Some(at) {
            framing = Framing::Sure;
        }
        self.open = Open::Message { from_line: found.line, framing };
        self.line_end = at + found.line as u64;
        // A separator of several lines holds none; one may begin where it ends.
        self.scanned = self.scanned.max(self.line_end - 1);
        self.promised = self.promise(at, found);
    }

    /// Where the message at `at` ends by its Content-Length, in a dump that is known to have it right.
    fn promise(&mut self, at: u64, found: &Separator) -> Option<u64> {
        if !matches!(self.survey.form, Form::Mboxcl | Form::Mboxcl2) {
            return None;
        }
        let length = found.headers.content_length.filter(|&length| length <= self.limits.message as u64)?;
        let reach = at + found.line as u64 + found.headers.length? as u64 + length + AHEAD as u64;
        self.window.reach(reach, self.keep().min(at));
        let whole = self.window.ended() && self.window.end() <= reach;
        let text = self.window.bytes(at, reach);
        let end = at + form::landing(text, found, whole, self.survey.eol)? as u64;
        // What would not be cut there must not hide the separators before it.
        (end == self.window.end() || self.judge(end).is_some()).then_some(end)
    }

    /// Gives out the bytes up to `end` as the piece that is open.
    fn take(&mut self, end: u64) -> Option<Piece> {
        let end = end.min(self.window.end());
        if end <= self.start {
            return None;
        }
        let bytes = self.window.bytes(self.start, end).to_vec();
        let offset = self.start;
        self.start = end;
        Some(match &self.open {
            Open::Stray { reason } => Piece::Stray(Stray { bytes, offset, reason: reason.clone() }),
            &Open::Message { from_line, framing } => {
                let from_line = from_line.min(bytes.len());
                Piece::Message(Raw { bytes, from_line, offset, form: self.survey.form, framing })
            }
        })
    }

    /// Where the open piece must end at the latest.
    fn full(&self) -> u64 {
        let most = match self.open {
            Open::Message { .. } => self.limits.message,
            Open::Stray { .. } => self.limits.line,
        };
        self.start + most.max(1) as u64
    }

    /// Bytes before this one are no longer needed.
    fn keep(&self) -> u64 {
        self.start.saturating_sub(BEHIND as u64)
    }
}

impl<R: Read> Iterator for Splitter<R> {
    type Item = io::Result<Piece>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.piece() {
            Some(piece) => Some(Ok(piece)),
            None => self.window.failure().map(Err),
        }
    }
}

/// How many bytes precede the first line that is not empty, and what they are.
fn lead(head: &[u8]) -> (usize, &'static str) {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let mark = head.len() - text.len();
    let empty = text.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    match (mark, empty) {
        // Nothing but empty lines is for the survey to name.
        (_, empty) if empty == text.len() => (mark, "byte order mark"),
        (0, empty) => (empty, "empty lines"),
        (mark, empty) => (mark + empty, "byte order mark"),
    }
}

/// What the dump opens with where no From_ line stands there.
fn opening_piece(survey: &Survey) -> Open {
    if survey.headless {
        // A mailbox cut in the middle may open with the headers of a message whose From_ line is lost.
        let framing = if survey.form == Form::Single { Framing::Sure } else { Framing::Ambiguous };
        return Open::Message { from_line: 0, framing };
    }
    Open::Stray { reason: survey.preamble.to_owned() }
}

fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        bytes => format!("{bytes} bytes"),
    }
}
