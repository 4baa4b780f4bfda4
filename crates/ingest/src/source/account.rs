//! What was read of a dump: how many bytes from the disk, how many they expanded to, and their digest.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::Limits;

/// Bytes read from the disk at a time, where a file is read only for its digest.
const BUFFER: usize = 256 << 10;

/// The account of one dump, shared by whatever reads it.
pub(super) struct Account {
    limits: Limits,
    hasher: Mutex<blake3::Hasher>,
    stored: AtomicU64,
    refusal: Mutex<Option<String>>,
}

impl Account {
    pub(super) fn new(limits: &Limits) -> Arc<Account> {
        let (hasher, stored) = (Mutex::new(blake3::Hasher::new()), AtomicU64::new(0));
        Arc::new(Account { limits: *limits, hasher, stored, refusal: Mutex::new(None) })
    }

    /// Takes bytes into the digest.
    pub(super) fn hash(&self, bytes: &[u8]) {
        self.hasher.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
    }

    /// Counts bytes that came from the disk.
    pub(super) fn count(&self, bytes: usize) {
        self.stored.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes that came from the disk until now.
    pub(super) fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    /// The digest of what was hashed.
    pub(super) fn digest(&self) -> [u8; 32] {
        *self.hasher.lock().unwrap_or_else(PoisonError::into_inner).finalize().as_bytes()
    }

    /// Why the whole dump is refused, once a limit was passed.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the dump may have expanded to so many bytes.
    fn allow(&self, expanded: u64) -> io::Result<()> {
        let Limits { expanded: most, ratio, ratio_from, .. } = self.limits;
        let stored = self.stored.load(Ordering::Relaxed);
        let reason = if expanded > most {
            format!("the dump expands to more than the limit of {most} bytes")
        } else if expanded > ratio_from && expanded > stored.saturating_mul(ratio) {
            format!("the dump expands to more than {ratio} times its size, as a bomb would")
        } else {
            return Ok(());
        };
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.clone());
        Err(io::Error::new(io::ErrorKind::InvalidData, reason))
    }
}

/// A reader of expanded bytes, which fails once they are more than the account allows.
pub(super) struct Metered<R> {
    bytes: R,
    account: Arc<Account>,
    /// Bytes given out, by all members that share the count.
    count: Arc<AtomicU64>,
}

impl<R> Metered<R> {
    pub(super) fn new(bytes: R, account: &Arc<Account>, count: &Arc<AtomicU64>) -> Metered<R> {
        Metered { bytes, account: Arc::clone(account), count: Arc::clone(count) }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        let total = self.count.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
        self.account.allow(total)?;
        Ok(count)
    }
}

/// A file whose bytes are counted and digested as they are read. All handles of one file share the place up to which it
/// was read.
#[derive(Clone)]
pub(super) struct Handle {
    file: Arc<File>,
    account: Arc<Account>,
}

impl Handle {
    pub(super) fn open(path: &Path, account: &Arc<Account>) -> io::Result<Handle> {
        Ok(Handle { file: Arc::new(File::open(path)?), account: Arc::clone(account) })
    }

    /// Reads what is left of the file, for its digest.
    pub(super) fn drain(mut self) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        while self.read(&mut buffer)? > 0 {}
        Ok(())
    }
}

impl Read for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&*self.file).read(buffer)?;
        self.account.hash(&buffer[..count]);
        self.account.count(count);
        Ok(count)
    }
}

/// The blake3 digest of a file's bytes.
pub fn digest_of_file(path: &Path) -> io::Result<[u8; 32]> {
    let account = Account::new(&Limits::default());
    Handle::open(path, &account)?.drain()?;
    Ok(account.digest())
}
