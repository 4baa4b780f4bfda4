//! The second pass: writes the documents that the index lacks or holds otherwise.

use std::collections::HashMap;

use plenary_ingest::{
    Framing, Raw, digest,
    mbox::{self, Piece},
    parse, source,
};
use tantivy::{IndexWriter, TantivyDocument};

use super::{
    Error, Progress, Settings, Watch, describe,
    pipeline::{self, Closed, Heard, Outlet},
};
use crate::{
    Place,
    arrange::Arranged,
    catalogue::{Catalogue, Copy, DocumentKey},
    document,
    store::Store,
};

/// How often progress is told, in documents.
const TELL: u64 = 500;

/// Writes the documents of `tasks` (indices into `arranged`).
pub(super) fn write(
    settings: &Settings,
    watch: &Watch<'_>,
    store: &Store,
    writer: &IndexWriter<TantivyDocument>,
    catalogue: &Catalogue,
    arranged: &[Arranged],
    tasks: &[usize],
) -> Result<(), Error> {
    let plan = Plan::new(catalogue, arranged, tasks);
    let fresh = store.generation() == 0;
    let latest = settings.now + parse::LATEST_AHEAD;
    let total = tasks.len() as u64;
    let mut done = 0;
    // The same bytes can be two messages, where there is no Message-ID and two dumps escape their text otherwise.
    let by_copy: HashMap<([u8; 20], u128), usize> =
        tasks.iter().map(|&i| ((arranged[i].key.id, arranged[i].bytes), i)).collect();
    let work = |raw: &Raw| -> Result<(), Error> {
        let message = parse::parse(raw, latest);
        let Some(&i) = by_copy.get(&(message.id.0, digest::of_bytes(&raw.bytes))) else {
            return Err(Error::Changed);
        };
        let document = &arranged[i];
        let places = places(catalogue, document);
        let doc = document::compose(store.fields(), raw, &message, document, &places, &settings.rules, latest);
        if !fresh {
            store.delete(writer, &document.key.name());
        }
        writer.add_document(doc).map(|_| ()).map_err(|error| Error::engine("writing a message", error))
    };
    pipeline::run(
        settings.workers(),
        |outlet| fetch(settings, store, catalogue, &plan, outlet),
        work,
        |heard| {
            watch.check()?;
            match heard {
                Heard::Mark(error) => Err(error),
                Heard::Results(results) => {
                    for result in results {
                        result.map_err(|_| Error::Engine {
                            doing: "writing a message",
                            detail: "the analyser failed".into(),
                        })??;
                        done += 1;
                        if done % TELL == 0 || done == total {
                            (watch.progress)(Progress::Writing { done, total });
                        }
                    }
                    Ok(())
                }
            }
        },
    )?;
    if done == total { Ok(()) } else { Err(Error::Changed) }
}

/// Where the bytes of each task come from.
struct Plan {
    /// From the index: names of documents whose bytes it already holds.
    stored: Vec<(String, Reading)>,
    /// From dumps: by dump, sorted offsets.
    dumps: Vec<(u32, Vec<(u64, Reading)>)>,
}

/// How the bytes of a copy are read. The same bytes may lie in dumps of different forms; the catalogue knows which reading stands,
/// wherever the bytes are fetched.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reading {
    form: u8,
    ambiguous: bool,
}

impl Reading {
    fn of(copy: &Copy) -> Reading {
        Reading { form: copy.traits.form, ambiguous: copy.traits.ambiguous }
    }

    fn apply(self, raw: Raw) -> Raw {
        let framing = if self.ambiguous { Framing::Ambiguous } else { Framing::Sure };
        Raw { form: document::form_of(self.form), framing, ..raw }
    }
}

impl Plan {
    fn new(catalogue: &Catalogue, arranged: &[Arranged], tasks: &[usize]) -> Plan {
        // Where the index holds which bytes; a message keeps them when its address changes.
        let held: HashMap<([u8; 20], u128), &DocumentKey> =
            catalogue.written.iter().map(|(key, written)| ((key.id, written.bytes), key)).collect();
        let mut stored = Vec::new();
        let mut dumps: HashMap<u32, Vec<(u64, Reading)>> = HashMap::new();
        for &i in tasks {
            let document = &arranged[i];
            let held = held.get(&(document.key.id, document.bytes));
            let copy = shown(catalogue, document);
            let reading = Reading::of(copy);
            let place = copy.places.iter().find(|place| catalogue.dumps[place.dump as usize].present);
            match (held, place) {
                (Some(key), _) => stored.push((key.name(), reading)),
                (None, Some(place)) => dumps.entry(place.dump).or_default().push((place.offset, reading)),
                (None, None) => stored.push((document.key.name(), reading)),
            }
        }
        let mut dumps: Vec<_> = dumps.into_iter().collect();
        dumps.iter_mut().for_each(|(_, offsets)| offsets.sort_unstable());
        dumps.sort();
        Plan { stored, dumps }
    }
}

fn shown<'a>(catalogue: &'a Catalogue, document: &Arranged) -> &'a Copy {
    &catalogue.messages[&document.key.id][document.copies[0]]
}

fn places(catalogue: &Catalogue, document: &Arranged) -> Vec<Place> {
    let copies = &catalogue.messages[&document.key.id];
    let mut places: Vec<Place> = document
        .copies
        .iter()
        .flat_map(|&copy| &copies[copy].places)
        .map(|place| {
            let dump = &catalogue.dumps[place.dump as usize];
            Place {
                list: dump.list.clone(),
                dump: dump.name.clone(),
                offset: place.offset,
                length: u64::from(place.length),
            }
        })
        .collect();
    places.sort_by(|a, b| (&a.dump, a.offset).cmp(&(&b.dump, b.offset)));
    places
}

/// Sends the raw messages of the plan on.
fn fetch(
    settings: &Settings,
    store: &Store,
    catalogue: &Catalogue,
    plan: &Plan,
    outlet: &mut Outlet<Error>,
) -> Result<(), Closed> {
    for (name, reading) in &plan.stored {
        match store.raw(name) {
            Ok(Some(raw)) => outlet.message(reading.apply(raw))?,
            Ok(None) => return outlet.mark(Error::Damaged(settings.data.join("index"))),
            Err(error) => return outlet.mark(error),
        }
    }
    for (number, offsets) in &plan.dumps {
        let name = &catalogue.dumps[*number as usize].name;
        if let Err(stop) = fetch_from(settings, name, offsets, outlet) {
            return match stop {
                Some(error) => outlet.mark(error),
                None => Err(Closed),
            };
        }
    }
    Ok(())
}

/// Sends the messages of one dump that begin at these offsets. `Err(None)` when nobody listens any more.
fn fetch_from(
    settings: &Settings,
    name: &str,
    offsets: &[(u64, Reading)],
    outlet: &mut Outlet<Error>,
) -> Result<(), Option<Error>> {
    let path = super::lists_folder(&settings.data).join(name);
    let failed = |detail: String| Some(Error::Lists { path: path.clone(), detail });
    let reader = source::open(&path, &settings.limits).map_err(|error| failed(describe(&error)))?;
    let mut wanted = offsets.iter().copied().peekable();
    for piece in mbox::split(reader, &settings.limits) {
        let Some(&(next, reading)) = wanted.peek() else { break };
        let Piece::Message(raw) = piece.map_err(|error| failed(describe(&error)))? else { continue };
        let end = raw.offset + raw.bytes.len() as u64;
        // Most messages enclose nothing; a digest's own place is before those of its messages.
        let enclosed = match wanted.clone().find(|(offset, _)| *offset > raw.offset) {
            Some((offset, _)) if offset < end => parse::enclosed(&raw),
            _ => Vec::new(),
        };
        if raw.offset == next {
            wanted.next();
            outlet.message(reading.apply(raw)).map_err(|Closed| None)?;
        }
        for inner in enclosed {
            if let Some((_, reading)) = wanted.next_if(|(offset, _)| *offset == inner.offset) {
                outlet.message(reading.apply(inner)).map_err(|Closed| None)?;
            }
        }
    }
    Ok(())
}
