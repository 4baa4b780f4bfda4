//! Takes off what a stream of bytes is packed in, on the fly.

use std::{
    io::{self, BufRead, BufReader, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;

/// Packed bytes read at a time.
const BUFFER: usize = 64 << 10;

/// Memory an .xz file may ask for. Its dictionary is at most 64 MiB at the highest level `xz` offers.
const XZ_MEMORY_KIB: u32 = 128 << 10;

/// Logarithm of the largest window of a .zst file that is allowed: 128 MiB, what `zstd` takes without being told.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Bytes at the start of expanded data by which archives are known: one block of a tar.
const START: usize = 512;

/// Any reader of bytes.
pub(super) type Bytes = Box<dyn Read + Send>;

/// Bytes with their packing taken off.
pub(super) struct Unpacked {
    /// `plain`, `gzip`, `bzip2`, `xz` or `zstd`.
    pub(super) packing: &'static str,
    /// The expanded bytes.
    pub(super) bytes: Bytes,
    /// Set at the end when bytes that are no gzip data follow the gzip data; they are not given out.
    pub(super) trailing: Arc<AtomicBool>,
}

/// Takes one packing off. Which it is, is read from the first bytes, for names lie: there are `.gz` files that hold a web page.
pub(super) fn unpack(bytes: Bytes) -> io::Result<Unpacked> {
    let mut bytes = BufReader::with_capacity(BUFFER, bytes);
    let trailing = Arc::new(AtomicBool::new(false));
    let packing = packing_of(bytes.fill_buf()?);
    let bytes: Bytes = match packing {
        "gzip" => Box::new(Concatenated { part: Some(GzDecoder::new(bytes)), trailing: Arc::clone(&trailing) }),
        "bzip2" => Box::new(MultiBzDecoder::new(bytes)),
        "xz" => Box::new(XzReader::new_mem_limit(bytes, true, XZ_MEMORY_KIB)),
        "zstd" => {
            let mut decoder = zstd::Decoder::with_buffer(bytes)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
        _ => Box::new(bytes),
    };
    Ok(Unpacked { packing, bytes, trailing })
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

/// What expanded bytes are, seen by their start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Tar,
    Zip,
    /// No archive.
    Mail,
}

/// Looks at the start of `bytes` and gives them back whole.
pub(super) fn look(mut bytes: Bytes) -> io::Result<(Content, Bytes)> {
    let mut start = Vec::with_capacity(START);
    // What was read before an error is given out first, as ever.
    let failure = bytes.by_ref().take(START as u64).read_to_end(&mut start).err();
    let content = match &start[..] {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Content::Zip,
        block if is_tar(block) => Content::Tar,
        _ => Content::Mail,
    };
    let rest: Bytes = match failure {
        Some(error) => Box::new(Failing(Some(error))),
        None => bytes,
    };
    Ok((content, Box::new(Cursor::new(start).chain(rest))))
}

/// Whether a block is the header of a tar's member: the sum of its bytes, in octal digits, stands in it (POSIX.1, ustar; the
/// tars before it had the sum, too).
fn is_tar(block: &[u8]) -> bool {
    let Some(field) = block.get(148..156).filter(|_| block.len() == START) else { return false };
    let digits = field.trim_ascii_start();
    let digits = &digits[..digits.iter().take_while(|byte| (b'0'..=b'7').contains(byte)).count()];
    let told = digits.iter().fold(0, |sum, &digit| sum * 8 + u32::from(digit - b'0'));
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    let blanks = u32::from(b' ') * 8;
    !digits.is_empty() && told == sum - field.iter().map(|&byte| u32::from(byte)).sum::<u32>() + blanks
}

/// Fails once, then ends.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Gzip data in several parts, one after the other, for Pipermail and `cat` put them in a row. Unlike flate2's own decoder
/// for that, this one takes bytes after the last part for an end and not for damage.
struct Concatenated {
    part: Option<GzDecoder<BufReader<Bytes>>>,
    trailing: Arc<AtomicBool>,
}

impl Read for Concatenated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(part) = &mut self.part {
            let count = part.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let next = part.get_mut().fill_buf()?;
            let more = next.starts_with(&[0x1f]);
            // Tapes and some mirrors pad with NUL, which is no loss.
            let trailing = !more && next.iter().any(|&byte| byte != 0);
            self.trailing.fetch_or(trailing, Ordering::Relaxed);
            self.part = self.part.take().filter(|_| more).map(|part| GzDecoder::new(part.into_inner()));
        }
        Ok(0)
    }
}
