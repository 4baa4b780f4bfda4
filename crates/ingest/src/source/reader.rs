//! Opens a dump, unpacks it on the fly and takes its digest.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;

use super::Limits;
use crate::Error;

/// Bytes read from the disk at a time.
const BUFFER: usize = 256 << 10;

/// Memory an .xz file may ask for. Its dictionary is at most 64 MiB at the highest level `xz` offers.
const XZ_MEMORY_KIB: u32 = 128 << 10;

/// Logarithm of the largest window of a .zst file that is allowed: 128 MiB, what `zstd` takes without being told.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Opens a dump. How it is packed is read from its first bytes, for names lie: there are `.gz` files that hold a web page.
pub fn open(path: &Path, limits: &Limits) -> Result<Reader, Error> {
    let failed = |source| Error::Open { path: path.to_owned(), source };
    let stored = Arc::new(Stored::open(path).map_err(failed)?);
    let mut bytes = BufReader::with_capacity(BUFFER, Handle(Arc::clone(&stored)));
    let packing = packing_of(bytes.fill_buf().map_err(failed)?);
    let expanded = unpack(packing, bytes).map_err(failed)?;
    Ok(Reader { packing, expanded, count: 0, stored, limits: *limits })
}

/// The blake3 digest of a file's bytes.
pub fn digest_of_file(path: &Path) -> io::Result<[u8; 32]> {
    Handle(Arc::new(Stored::open(path)?)).digest()
}

/// The expanded bytes of a dump. Reading fails where the packed data is damaged or cut short, and where a limit is passed.
pub struct Reader {
    packing: &'static str,
    expanded: Box<dyn Read + Send>,
    count: u64,
    stored: Arc<Stored>,
    limits: Limits,
}

impl Reader {
    /// How the dump is packed: `plain`, `gzip`, `bzip2`, `xz` or `zstd`.
    pub fn packing(&self) -> &'static str {
        self.packing
    }

    /// Whether bytes that are no gzip data follow the gzip data. They are not given out; known once all was read.
    pub fn trailing(&self) -> bool {
        self.stored.trailing.load(Ordering::Relaxed)
    }

    /// The blake3 digest of the file as stored, packed or not. What was not read yet is read now.
    pub fn digest(self) -> io::Result<[u8; 32]> {
        Handle(self.stored).digest()
    }

    fn within_limits(&self) -> io::Result<()> {
        let Limits { expanded, ratio, ratio_from, .. } = self.limits;
        if self.count > expanded {
            return Err(refused(format!("the dump expands to more than the limit of {expanded} bytes")));
        }
        let stored = self.stored.count.load(Ordering::Relaxed);
        if self.count > ratio_from && self.count > stored.saturating_mul(ratio) {
            return Err(refused(format!("the dump expands to more than {ratio} times its size, as a bomb would")));
        }
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.expanded.read(buffer)?;
        self.count += count as u64;
        self.within_limits()?;
        Ok(count)
    }
}

fn refused(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn packing_of(start: &[u8]) -> &'static str {
    match start {
        [0x1f, 0x8b, ..] => "gzip",
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => "bzip2",
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "xz",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
        _ => "plain",
    }
}

fn unpack(packing: &str, bytes: BufReader<Handle>) -> io::Result<Box<dyn Read + Send>> {
    Ok(match packing {
        "gzip" => Box::new(Members(Some(GzDecoder::new(bytes)))),
        "bzip2" => Box::new(MultiBzDecoder::new(bytes)),
        "xz" => Box::new(XzReader::new_mem_limit(bytes, true, XZ_MEMORY_KIB)),
        "zstd" => {
            let mut decoder = zstd::Decoder::with_buffer(bytes)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
        _ => Box::new(bytes),
    })
}

/// Gzip members, one after the other, for Pipermail and `cat` put them in a row. Unlike flate2's own decoder for that, this
/// one takes bytes after the last member for an end and not for damage.
struct Members(Option<GzDecoder<BufReader<Handle>>>);

impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let next = member.get_mut().fill_buf()?;
            let more = next.starts_with(&[0x1f]);
            // Tapes and some mirrors pad with NUL, which is no loss.
            let trailing = !more && next.iter().any(|&byte| byte != 0);
            member.get_ref().get_ref().0.trailing.fetch_or(trailing, Ordering::Relaxed);
            self.0 = self.0.take().filter(|_| more).map(|member| GzDecoder::new(member.into_inner()));
        }
        Ok(0)
    }
}

/// The file, whose bytes are counted and digested as they are read, by whatever lies on top.
struct Stored {
    file: File,
    hasher: Mutex<blake3::Hasher>,
    count: AtomicU64,
    trailing: AtomicBool,
}

impl Stored {
    fn open(path: &Path) -> io::Result<Stored> {
        let (hasher, count) = (Mutex::new(blake3::Hasher::new()), AtomicU64::new(0));
        Ok(Stored { file: File::open(path)?, hasher, count, trailing: AtomicBool::new(false) })
    }
}

/// One of the readers of a file; all share the place up to which it was read.
struct Handle(Arc<Stored>);

impl Handle {
    /// The digest of the whole file, after reading what is left of it.
    fn digest(mut self) -> io::Result<[u8; 32]> {
        let mut buffer = vec![0; BUFFER];
        while self.read(&mut buffer)? > 0 {}
        let hasher = self.0.hasher.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(*hasher.finalize().as_bytes())
    }
}

impl Read for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&self.0.file).read(buffer)?;
        self.0.hasher.lock().unwrap_or_else(PoisonError::into_inner).update(&buffer[..count]);
        self.0.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
