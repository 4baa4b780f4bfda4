//! How much of a dump is read before it is refused or cut.

use crate::attached;

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
    /// Members of an archive (tar or zip), folders and pages counted. Default: 50,000, four years of a busy list with one
    /// message a file; an archive of more is cheaper read as the folder it was made from, and a directory of millions of
    /// empty members is an attack.
    pub members: usize,
    /// Bytes by which a tar describes one member: its long name, its attributes. Default: 1 MiB; paths end at 4 KiB.
    pub description: u64,
    /// Bytes of stray text held at once; a longer line is cut. Default: 1 MiB, a thousand times what SMTP lets a line have.
    pub line: usize,
    /// What is read of the files that came with a message.
    pub attached: attached::Limits,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            expanded: 20 << 30,
            ratio: 200,
            ratio_from: 128 << 20,
            message: 64 << 20,
            members: 50_000,
            description: 1 << 20,
            line: 1 << 20,
            attached: attached::Limits::default(),
        }
    }
}
