//! How much of a dump is read before it is refused or cut.

/// Bounds on what a dump may ask of the machine. The dumps are made of what strangers wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes a dump may expand to. Default: 20 GiB, ten times the largest archive of one list that was met.
    pub expanded: u64,
    /// Bytes a dump may expand to per byte stored. Default: 200. Mail packs to a tenth; a thousandth is a bomb.
    pub ratio: u64,
    /// Expanded bytes up to which the ratio is not looked at. Default: 128 MiB, so that one message of the size allowed,
    /// which may well be a million times the same letter, never makes a dump unreadable.
    pub ratio_from: u64,
    /// Bytes of a message; what goes beyond is given out as stray. Default: 64 MiB, more than mail servers let pass.
    pub message: usize,
    /// Bytes of stray text held at once; a longer line is cut. Default: 1 MiB, a thousand times what SMTP lets a line have.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { expanded: 20 << 30, ratio: 200, ratio_from: 128 << 20, message: 64 << 20, line: 1 << 20 }
    }
}
