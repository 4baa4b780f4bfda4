//! The second pass: writes the documents that the index lacks or holds otherwise.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use plenary_ingest::{
    Raw, digest, parse,
    source::{self, Found},
};
use tantivy::{IndexWriter, TantivyDocument, indexer::UserOperation};

use super::{
    Error, Progress, Settings, Watch, describe,
    pipeline::{self, Closed, Heard, Outlet},
    spool::{self, Spool},
};
use crate::{
    Place,
    arrange::{Arranged, Arrangement},
    attached::{self, Attached},
    catalogue::{Catalogue, Copy, CopyKey, DocumentKey, Reading},
    document::{self, Content},
    queue::{Queued, Room},
    store::Store,
};

/// A message to write.
enum Task {
    /// As the first pass kept it, and which document it is.
    Kept(usize, Vec<u8>),
    /// As it came, from a dump or from the index; from there with what was read of its files, which follows from the same bytes.
    Raw(Raw, Option<Vec<Attached>>),
}

/// A message as the engine takes it.
struct Composed {
    /// Which document it is.
    document: usize,
    composed: TantivyDocument,
    /// About how much of memory it takes.
    bytes: usize,
}

/// Writes the documents of `tasks` (indices into those of the arrangement), taking what it can from the spool.
#[expect(clippy::too_many_arguments, reason = "they are the run's state, and this is its one caller's second half")]
pub(super) fn write(
    settings: &Settings,
    watch: &Watch<'_>,
    store: &Store,
    writer: &IndexWriter<Queued>,
    catalogue: &Catalogue,
    arrangement: &Arrangement,
    tasks: &[usize],
    spool: &mut Spool,
) -> Result<(), Error> {
    let arranged = &arrangement.documents;
    let plan = Plan::new(catalogue, arranged, tasks, spool);
    let fresh = store.generation() == 0;
    let latest = settings.now + parse::LATEST_AHEAD;
    let total = tasks.len() as u64;
    let mut done = 0;
    // The same bytes can be two messages, where there is no Message-ID and two dumps escape their text otherwise.
    let by_copy: HashMap<CopyKey, usize> =
        plan.raw.iter().map(|&i| ((arranged[i].key.id, arranged[i].bytes), i)).collect();
    let room = Arc::new(Room::default());
    let compose = |i: usize, content: &Content<'_>, raw: &[u8]| {
        let document = &arranged[i];
        let places = places(catalogue, document);
        let composed = document::compose(store.fields(), content, raw, (arrangement, document), &places);
        Composed { document: i, composed, bytes: content.text_bytes() + raw.len() }
    };
    let work = |task: &Task| -> Result<Composed, Error> {
        Ok(match task {
            Task::Kept(i, packed) => {
                let (content, raw) = spool::unpack(packed).ok_or(Error::Changed)?;
                compose(*i, &content, raw)
            }
            Task::Raw(raw, known) => {
                let mut message = parse::parse(raw, latest);
                let key = (message.id.0, digest::of_bytes(&raw.bytes));
                let i = *by_copy.get(&key).ok_or(Error::Changed)?;
                let reading = arranged[i].reading;
                let mut surest = Cow::Borrowed(raw);
                if Reading::of(raw) != reading {
                    reading.apply(surest.to_mut());
                    message = parse::parse(&surest, latest);
                }
                let attached = match known {
                    Some(known) => {
                        attached::note(known, &mut message);
                        known.clone()
                    }
                    None => attached::read(&surest, &mut message, settings),
                };
                compose(i, &Content::of(&surest, &message, attached, &settings.rules, latest), &raw.bytes)
            }
        })
    };
    // Handed over many at a time: each handing over wakes a thread of the engine, which costs as much as a short message does.
    let add = |batch: Vec<Composed>| -> Result<(), Error> {
        let bytes = batch.iter().map(|composed| composed.bytes).sum();
        let keys: Vec<DocumentKey> = batch.iter().map(|composed| arranged[composed.document].key).collect();
        let documents = room.queue(batch.into_iter().map(|composed| composed.composed).collect(), bytes);
        if !fresh {
            keys.iter().for_each(|key| store.delete(writer, key));
        }
        let operations = documents.into_iter().map(UserOperation::Add);
        writer.run(operations).map(|_| ()).map_err(|error| Error::engine("writing messages", error))
    };
    pipeline::run(
        settings.workers(),
        |outlet| fetch(settings, store, catalogue, &plan, spool, outlet),
        work,
        |heard| {
            watch.check()?;
            match heard {
                Heard::Mark(error) => Err(error),
                Heard::Results(results) => {
                    let mut batch = Vec::with_capacity(results.len());
                    for result in results {
                        batch.push(result.map_err(|_| Error::Engine {
                            doing: "writing a message",
                            detail: "the analyser failed".into(),
                        })??);
                    }
                    done += batch.len() as u64;
                    add(batch)?;
                    (watch.progress)(Progress::Writing { done, total });
                    Ok(())
                }
            }
        },
    )?;
    if done == total { Ok(()) } else { Err(Error::Changed) }
}

/// Where the bytes of each task come from.
struct Plan {
    /// From the spool: where, and which document. Sorted.
    kept: Vec<((u64, u32), usize)>,
    /// Documents of which the bytes as they came must be read again.
    raw: Vec<usize>,
    /// From the index: documents whose bytes it already holds.
    stored: Vec<DocumentKey>,
    /// From dumps: by dump, sorted offsets.
    dumps: Vec<(u32, Vec<u64>)>,
}

impl Plan {
    fn new(catalogue: &Catalogue, arranged: &[Arranged], tasks: &[usize], spool: &Spool) -> Plan {
        let held = catalogue.held(|_| true);
        let (mut kept, mut stored, mut raw) = (Vec::new(), Vec::new(), Vec::new());
        let mut dumps: HashMap<u32, Vec<u64>> = HashMap::new();
        for &i in tasks {
            let document = &arranged[i];
            if let Some(place) = spool.place(&(document.key.id, document.bytes)) {
                kept.push((place, i));
                continue;
            }
            raw.push(i);
            let held = held.get(&(document.key.id, document.bytes));
            let place =
                shown(catalogue, document).places.iter().find(|place| catalogue.dumps[place.dump as usize].present);
            match (held, place) {
                (Some(key), _) => stored.push(*key),
                (None, Some(place)) => dumps.entry(place.dump).or_default().push(place.offset),
                // The run has left out what nothing holds, so the index is not what its catalogue says.
                (None, None) => stored.push(document.key),
            }
        }
        let mut dumps: Vec<_> = dumps.into_iter().collect();
        dumps.iter_mut().for_each(|(_, offsets)| offsets.sort_unstable());
        dumps.sort();
        kept.sort_unstable();
        Plan { kept, raw, stored, dumps }
    }
}

fn shown<'a>(catalogue: &'a Catalogue, document: &Arranged) -> &'a Copy {
    &catalogue.messages[&document.key.id][document.copies()[0] as usize]
}

fn places(catalogue: &Catalogue, document: &Arranged) -> Vec<Place> {
    let copies = &catalogue.messages[&document.key.id];
    let mut places: Vec<Place> = document
        .copies()
        .iter()
        .flat_map(|&copy| &copies[copy as usize].places)
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
    spool: &mut Spool,
    outlet: &mut Outlet<Task, Error>,
) -> Result<(), Closed> {
    let read = spool.read(&plan.kept, |i, packed| {
        let bytes = packed.len();
        outlet.message(Task::Kept(i, packed), bytes).map_err(Stop::from)
    });
    match read {
        Ok(()) => {}
        Err(Stop::Closed) => return Err(Closed),
        Err(Stop::Failed(error)) => return outlet.mark(error),
    }
    for key in &plan.stored {
        match store.stored(key) {
            Ok(Some((raw, attached))) => send(outlet, raw, Some(attached))?,
            Ok(None) => return outlet.mark(Error::Damaged(settings.data.join("index"))),
            Err(error) => return outlet.mark(error),
        }
    }
    for (number, offsets) in &plan.dumps {
        let name = &catalogue.dumps[*number as usize].name;
        if let Err(stop) = fetch_from(settings, name, offsets, outlet) {
            return match stop {
                Stop::Failed(error) => outlet.mark(error),
                Stop::Closed => Err(Closed),
            };
        }
    }
    Ok(())
}

/// Why reading ended before its time.
enum Stop {
    /// Nobody listens any more.
    Closed,
    Failed(Error),
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Stop {
        Stop::Closed
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Failed(error)
    }
}

fn send(outlet: &mut Outlet<Task, Error>, raw: Raw, attached: Option<Vec<Attached>>) -> Result<(), Closed> {
    let bytes = raw.bytes.len();
    outlet.message(Task::Raw(raw, attached), bytes)
}

/// Sends the messages of one dump that begin at these offsets.
fn fetch_from(settings: &Settings, name: &str, offsets: &[u64], outlet: &mut Outlet<Task, Error>) -> Result<(), Stop> {
    let path = super::lists_folder(&settings.data).join(name);
    let failed = |detail: String| Stop::Failed(Error::Lists { path: path.clone(), detail });
    let pieces = source::read(&path, &settings.limits).map_err(|error| failed(describe(&error)))?;
    let mut wanted = offsets.iter().copied().peekable();
    for found in pieces {
        let Some(&next) = wanted.peek() else { break };
        let Found::Message(raw) = found.map_err(|error| failed(describe(&error)))? else { continue };
        let end = raw.offset + raw.bytes.len() as u64;
        // Most messages enclose nothing; a digest's own place is before those of its messages.
        let encloses = wanted.clone().find(|offset| *offset > raw.offset).is_some_and(|offset| offset < end);
        let enclosed = if encloses { parse::enclosed(&raw) } else { Vec::new() };
        if raw.offset == next {
            wanted.next();
            send(outlet, raw, None)?;
        }
        for inner in enclosed {
            if wanted.next_if_eq(&inner.offset).is_some() {
                send(outlet, inner, None)?;
            }
        }
    }
    Ok(())
}
