//! What goes between a pool and its worker: a byte that says what it is, four that say how long, then so many bytes.

use std::io::{self, Read, Write};

/// Most bytes in a frame, 64 MiB and a little: the largest message that is taken by default, and what is said of it.
pub const MAX_FRAME: usize = (64 << 20) + (4 << 10);
/// Memory taken before bytes have come, so that a false length costs nothing.
const BELIEVED: usize = 1 << 20;

/// Kinds of answers.
pub(super) const DONE: u8 = 0;
pub(super) const REFUSED: u8 = 1;
/// What a worker says before its first job.
pub(super) const READY: u8 = 2;

/// Writes one frame.
pub(super) fn write(to: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= MAX_FRAME);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the frame is too large"))?;
    to.write_all(&[kind])?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

/// Reads one frame; `None` where the other side has closed its end between two.
pub(super) fn read(from: &mut impl Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut kind = [0];
    if from.read(&mut kind)? == 0 {
        return Ok(None);
    }
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the frame is too large"));
    }
    let mut bytes = Vec::with_capacity(length.min(BELIEVED));
    if from.take(length as u64).read_to_end(&mut bytes)? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((kind[0], bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_as_it_was_and_its_end_is_known() {
        let mut wire = Vec::new();
        write(&mut wire, 7, b"one").unwrap();
        write(&mut wire, 8, b"").unwrap();
        let mut from = wire.as_slice();
        assert_eq!(read(&mut from).unwrap(), Some((7, b"one".to_vec())));
        assert_eq!(read(&mut from).unwrap(), Some((8, Vec::new())));
        assert_eq!(read(&mut from).unwrap(), None);
        assert!(read(&mut &wire[..4]).is_err(), "cut inside its length");
        assert!(read(&mut &wire[..7]).is_err(), "cut inside its bytes");
    }

    #[test]
    fn a_frame_of_the_largest_size_is_taken_and_one_byte_more_is_not() {
        let length = |bytes: usize| [&[0][..], &(bytes as u32).to_le_bytes()].concat();
        let short = read(&mut length(MAX_FRAME).as_slice()).unwrap_err();
        assert_eq!(short.kind(), io::ErrorKind::UnexpectedEof, "the length is believed, the bytes are missing");
        assert_eq!(read(&mut length(MAX_FRAME + 1).as_slice()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let mut nowhere = io::sink();
        assert!(write(&mut nowhere, 0, &vec![0; MAX_FRAME]).is_ok());
        assert!(write(&mut nowhere, 0, &vec![0; MAX_FRAME + 1]).is_err());
    }
}
