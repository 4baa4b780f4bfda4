//! Reads just enough of a header block to tell mail from prose.

/// The headers that tell mail from prose, lower case. The first [`STEADY`] are written by machines into every message of
/// an archive or into none, so that a block without them stands out among its neighbours.
const KNOWN: [&[u8]; 20] = [
    b"from",
    b"date",
    b"subject",
    b"message-id",
    b"to",
    b"received",
    b"return-path",
    b"delivered-to",
    b"list-id",
    b"x-original-to",
    b"in-reply-to",
    b"references",
    b"cc",
    b"reply-to",
    b"sender",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
    b"content-length",
    b"x-mozilla-status",
];

/// How many of [`KNOWN`] make up an archive's habit.
pub(super) const STEADY: usize = 10;

const RECEIVED: u32 = 1 << 5;
const PIPERMAIL: [u8; 3] = [0, 1, 2];
const DATE: u8 = 1;

/// Longest header name believed; the longest registered one has 43 letters.
const NAME: usize = 76;

/// What follows a From_ line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// A header, or a From_ line mangled to `>From ` by a program on the way.
    Header,
    /// An empty line.
    Blank,
    /// Nothing: the input ends.
    End,
    /// Anything else.
    Other,
}

/// A header block, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Headers {
    pub(super) follows: Follows,
    /// How many lines have the shape of a header.
    pub(super) lines: usize,
    /// The value of Content-Length, where it is a number.
    pub(super) content_length: Option<u64>,
    /// Bytes up to the end of the empty line that closes the block; `None` when no such line was seen.
    pub(super) length: Option<usize>,
    known: u32,
    order: [u8; 3],
}

impl Headers {
    /// Reads the block at the start of `text`. `eol` is the byte that ends lines.
    pub(super) fn read(text: &[u8], eol: u8) -> Headers {
        let mut headers = Headers {
            follows: Follows::End,
            lines: 0,
            content_length: None,
            length: None,
            known: 0,
            order: [u8::MAX; 3],
        };
        let mut at = 0;
        while at < text.len() {
            let end = memchr::memchr(eol, &text[at..]).map_or(text.len(), |length| at + length + 1);
            let line = text[at..end].trim_ascii_end();
            let first = at == 0;
            at = end;
            if line.is_empty() {
                headers.length = Some(end);
                headers.note(first, Follows::Blank);
                break;
            }
            if let Some((name, value)) = split_header(line) {
                headers.note(first, Follows::Header);
                headers.add(name, value);
            } else if headers.lines == 0 && line.starts_with(b">From ") {
                headers.note(first, Follows::Header);
            } else if first || !matches!(line[0], b' ' | b'\t') {
                headers.note(first, Follows::Other);
                break;
            }
        }
        headers
    }

    fn note(&mut self, first: bool, follows: Follows) {
        if first {
            self.follows = follows;
        }
    }

    fn add(&mut self, name: &[u8], value: &[u8]) {
        if let Some(index) = KNOWN.iter().position(|known| name.eq_ignore_ascii_case(known)) {
            self.known |= 1 << index;
            if let (Some(place), Ok(index)) = (self.order.get_mut(self.lines), u8::try_from(index)) {
                *place = index;
            }
            if KNOWN[index] == b"content-length" {
                self.content_length = std::str::from_utf8(value).ok().and_then(|value| value.trim().parse().ok());
            }
        }
        self.lines += 1;
    }

    /// How many different headers are ones that only mail has.
    pub(super) fn real(&self) -> u32 {
        self.known.count_ones()
    }

    /// Whether the header with this index below [`STEADY`] is there.
    pub(super) fn has(&self, index: usize) -> bool {
        self.known & (1 << index) != 0
    }

    /// Whether Date stands first, as LISTSERV writes it.
    pub(super) fn begins_with_date(&self) -> bool {
        self.order[0] == DATE
    }

    /// Whether From is among them.
    pub(super) fn has_author(&self) -> bool {
        self.known & 1 != 0
    }

    /// Whether the block is written as Pipermail does: From, Date, Subject, and no trace of the way.
    pub(super) fn like_pipermail(&self) -> bool {
        self.order == PIPERMAIL && self.known & RECEIVED == 0
    }
}

/// Name and value of a line of the shape `Name: value`.
pub(super) fn split_header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', &line[..line.len().min(NAME + 1)])?;
    // RFC 822 allowed blanks before the colon.
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then(|| (name, &line[colon + 1..]))
}
