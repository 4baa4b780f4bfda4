//! Messages of the first pass, kept on disk ready to be written, so that none is read and understood twice.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use plenary_ingest::{Message, Raw};

use crate::{
    Error,
    attached::Attached,
    catalogue::{CopyKey, Map},
    document::{Content, Rules},
};

/// Most bytes kept, 8 GiB: what a disk with room for the index can lend for a while. Messages beyond it are read from their dumps again.
const MOST: u64 = 8 << 30;
/// Bytes written or read at a time.
const BUFFER: usize = 1 << 20;

/// A message as it is kept: first how long the content is, then the content, then the bytes as they came.
pub(super) fn pack(raw: &Raw, message: &Message, attached: Vec<Attached>, rules: &Rules, latest: i64) -> Vec<u8> {
    let content = Content::of(raw, message, attached, rules, latest);
    let mut packed = Vec::with_capacity(message.text.len() + raw.bytes.len() + 512);
    packed.extend_from_slice(&[0; 4]);
    // Serialising plain data into memory has nothing to fail on; what is empty is read from its dump again.
    let Ok(mut packed) = postcard::to_extend(&content, packed) else { return Vec::new() };
    let length = (packed.len() - 4) as u32;
    packed[..4].copy_from_slice(&length.to_le_bytes());
    packed.extend_from_slice(&raw.bytes);
    packed
}

/// What [`pack`] put together.
pub(super) fn unpack(packed: &[u8]) -> Option<(Content<'_>, &[u8])> {
    let (length, rest) = packed.split_first_chunk()?;
    let (content, raw) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((postcard::from_bytes(content).ok()?, raw))
}

/// The file, while it is written. It is gone when this is dropped, and when the process dies.
pub(super) struct Spool {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    end: u64,
    places: Map<CopyKey, (u64, u32)>,
}

impl Spool {
    /// One that keeps nothing, for a run that writes nothing.
    pub(super) fn none() -> Spool {
        Spool { path: PathBuf::new(), file: None, end: 0, places: Map::default() }
    }

    /// Opens a file below the data folder. Only the holder of the write lock may.
    pub(super) fn create(data: &Path) -> Result<Spool, Error> {
        let path = data.join("run.spool");
        let failed = |source| Error::Io { what: "write", path: path.clone(), source };
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&path).map_err(failed)?;
        // Where the system allows it the name goes at once, and the bytes with the process.
        let _ = std::fs::remove_file(&path);
        Ok(Spool { file: Some(BufWriter::with_capacity(BUFFER, file)), path, end: 0, places: Map::default() })
    }

    /// Keeps a copy, as long as there is room.
    pub(super) fn keep(&mut self, key: CopyKey, packed: &[u8]) -> Result<(), Error> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if packed.is_empty() || self.end >= MOST {
            return Ok(());
        }
        file.write_all(packed).map_err(|source| Error::Io { what: "write", path: self.path.clone(), source })?;
        self.places.insert(key, (self.end, packed.len() as u32));
        self.end += packed.len() as u64;
        Ok(())
    }

    /// Takes a copy out, which then is read from its dump: the way it was read was not the surest.
    pub(super) fn forget(&mut self, key: &CopyKey) {
        self.places.remove(key);
    }

    /// Where a copy is: its first byte and its length.
    pub(super) fn place(&self, key: &CopyKey) -> Option<(u64, u32)> {
        self.places.get(key).copied()
    }

    /// Gives `each` what lies at these places, which must be sorted. Stops when `each` does.
    pub(super) fn read<E: From<Error>>(
        &mut self,
        places: &[((u64, u32), usize)],
        mut each: impl FnMut(usize, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let failed = |source| Error::Io { what: "read", path: self.path.clone(), source };
        // What is still in memory goes to the disk first.
        let full = |source| Error::Io { what: "write", path: self.path.clone(), source };
        let mut file = file.into_inner().map_err(|error| full(error.into_error()))?;
        io::Seek::rewind(&mut file).map_err(failed)?;
        let mut reader = BufReader::with_capacity(BUFFER, file);
        let mut at = 0;
        for &((start, length), which) in places {
            // Never backwards, for the places are sorted; what is passed over was not chosen in the end.
            reader.seek_relative((start - at) as i64).map_err(failed)?;
            let mut packed = vec![0; length as usize];
            reader.read_exact(&mut packed).map_err(failed)?;
            at = start + u64::from(length);
            each(which, packed)?;
        }
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use plenary_ingest::{Form, Framing, parse};

    use super::*;

    #[test]
    fn what_is_kept_comes_back_in_order_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path()).unwrap();
        let mail = |n: u8| Raw {
            bytes: format!("From: a@x.org\nSubject: {n}\n\nWords {n}\n> quoted\n").into_bytes(),
            from_line: 0,
            offset: 0,
            form: Form::Mboxrd,
            framing: Framing::Sure,
        };
        for n in 0..9 {
            let (raw, key) = (mail(n), ([n; 20], u128::from(n)));
            spool.keep(key, &pack(&raw, &parse(&raw, i64::MAX), Vec::new(), &Rules::default(), 0)).unwrap();
        }
        let places: Vec<_> = [1, 5, 8].map(|n: u8| (spool.place(&([n; 20], u128::from(n))).unwrap(), n.into())).into();
        let mut seen = Vec::new();
        spool
            .read::<Error>(&places, |which, packed| {
                let (_, raw) = unpack(&packed).unwrap();
                assert_eq!(raw, mail(which as u8).bytes);
                seen.push(which);
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, [1, 5, 8]);
        drop(spool);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
