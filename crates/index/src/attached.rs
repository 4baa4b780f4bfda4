//! What is written in the files attached to a message, as the index keeps it.

use plenary_ingest::{Message, Problem, Raw, attached};
use serde::{Deserialize, Serialize};

use crate::run::Settings;

/// One attached file that was read, or could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attached {
    /// Which part of the message it is.
    pub(crate) part: u64,
    pub(crate) name: String,
    pub(crate) text: String,
    /// Why there is no text, or not all of it.
    problem: Option<String>,
}

/// Reads the files attached to a message, and notes beside it what could not be read.
pub(crate) fn read(raw: &Raw, message: &mut Message, settings: &Settings) -> Vec<Attached> {
    let of = |read: attached::Read| Attached {
        part: read.part as u64,
        name: read.name,
        text: read.text,
        problem: read.problem,
    };
    let all = attached::read(raw, message, settings.workers.as_deref(), &settings.limits.attached)
        .into_iter()
        .map(of)
        .collect::<Vec<_>>();
    note(&all, message);
    all
}

/// Notes beside a message what of its files could not be read.
pub(crate) fn note(all: &[Attached], message: &mut Message) {
    let problem =
        |file: &Attached| Some(Problem::new("attachment", format!("{} {}", file.name, file.problem.as_ref()?)));
    message.problems.extend(all.iter().filter_map(problem));
}

/// As bytes of a document; nothing where no file was read.
pub(crate) fn pack(all: &[Attached]) -> Option<Vec<u8>> {
    // Serialising plain data into memory has nothing to fail on.
    (!all.is_empty()).then(|| postcard::to_stdvec(all).unwrap_or_default())
}

/// What [`pack`] made.
pub(crate) fn unpack(packed: Option<&[u8]>) -> Vec<Attached> {
    packed.and_then(|packed| postcard::from_bytes(packed).ok()).unwrap_or_default()
}
