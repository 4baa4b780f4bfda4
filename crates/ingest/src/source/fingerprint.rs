//! One time for a dump of many files, by which the next run sees whether any of them has changed.

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// Gathers the times of files and whatever else must not change unseen.
#[derive(Default)]
pub(super) struct Fingerprint {
    latest: i64,
    hasher: blake3::Hasher,
}

impl Fingerprint {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    }

    /// Takes a time in nanoseconds since 1970.
    pub(super) fn add_time(&mut self, modified: i64) {
        self.latest = self.latest.max(modified);
        self.add(&modified.to_le_bytes());
    }

    /// The second of the latest change, and in the place of its nanoseconds a hash of all that was added: so an older file
    /// put in the place of another shows, too, and what was not added (a folder's own time, which any mail program
    /// touches) does not.
    pub(super) fn time(&self) -> i64 {
        let hash = self.hasher.finalize();
        let hash = hash.as_bytes()[..4].iter().fold(0, |value, &byte| value << 8 | i64::from(byte));
        self.latest.div_euclid(SECOND) * SECOND + hash % SECOND
    }
}
