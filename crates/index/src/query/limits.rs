//! How large a query may be. The box is open to the world, so each limit has its reason; what is over is named on the page.

/// The limits that may be configured. The engine has its own, far above these: [`Limits::HIGHEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Default: [`MAX_BYTES`].
    pub bytes: usize,
    /// Default: [`MAX_DEPTH`].
    pub depth: usize,
    /// Default: [`MAX_TERMS`].
    pub terms: usize,
    /// Default: [`MAX_NOTS`].
    pub nots: usize,
    /// Default: [`MAX_FUZZY_CHARS`].
    pub fuzzy_chars: usize,
    /// Default: [`MIN_PREFIX_CHARS`].
    pub prefix_chars: usize,
    /// Default: [`MAX_SLOP`].
    pub slop: u32,
}

impl Limits {
    /// As far as they were tried: the engine walks a tree of this depth on the smallest stack, and a search of so many terms ends in
    /// its time.
    pub const HIGHEST: Limits =
        Limits { bytes: 8_192, depth: 64, terms: 256, nots: 64, fuzzy_chars: 256, prefix_chars: 16, slop: 200 };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: MAX_BYTES,
            depth: MAX_DEPTH,
            terms: MAX_TERMS,
            nots: MAX_NOTS,
            fuzzy_chars: MAX_FUZZY_CHARS,
            prefix_chars: MIN_PREFIX_CHARS,
            slop: MAX_SLOP,
        }
    }
}

/// Most bytes of text read. A page of help fits in it, and no person types more; what a program pastes is cut here.
pub const MAX_BYTES: usize = 1_024;

/// Most brackets inside brackets. Nobody reads deeper than four; the engine walks the tree by recursion, so it must stay low.
pub const MAX_DEPTH: usize = 16;

/// Most words, phrases and filters. Each opens posting lists in every segment, so their number bounds a search's cost.
pub const MAX_TERMS: usize = 64;

/// Most `-`, `!` and `NOT` in a row. Two already cancel out; a longer run is a line of dashes, not a question.
pub const MAX_NOTS: usize = 8;

/// Longest word, in characters, that is searched with letters changed: the automaton grows with the word, to 290 MB at 10,000.
pub const MAX_FUZZY_CHARS: usize = 64;

/// Most letters that may differ. Three would match most short words of the archive.
pub const MAX_FUZZY_DISTANCE: u8 = 2;

/// Shortest beginning of a word before `*`. One letter would read a good part of the dictionary.
pub const MIN_PREFIX_CHARS: usize = 2;

/// Most words between the words of a phrase or of `NEAR`. Further apart they share no sentence, and `AND` is meant.
pub const MAX_SLOP: u32 = 20;

/// Words between the two sides of a `NEAR` without number: about a sentence, as in Xapian.
pub const DEFAULT_NEAR: u32 = 10;

/// Most problems reported. The page has room for these; further ones follow from the first.
pub const MAX_PROBLEMS: usize = 10;

/// Most characters of typed text repeated inside one problem.
pub const MAX_ECHO_CHARS: usize = 40;
