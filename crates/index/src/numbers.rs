//! The numbers that Pipermail gave messages: `2016-July/000451.html` is the 452nd message that came to its list.
//!
//! A dump does not say these numbers. They can be counted where one dump is the list's whole mailbox in the order of arrival,
//! which is what Pipermail itself counts. Monthly texts are filed by the date that a message claims, so their sum drifts: of
//! 69 numbers cited in real monthly texts, 52 lay in the month that their address names. Then the count is a guess, and called one.

use std::{
    collections::HashMap,
    fs,
    sync::{Arc, Mutex, PoisonError},
};

use plenary_ingest::Form;

use crate::{
    Archive, Card, Error,
    catalogue::{Catalogue, Copy, DocumentKey},
};

/// Largest catalogue that is read to count by: of about half a million messages, for which it takes a second. Beyond it no
/// number is known.
const MAX_CATALOGUE: u64 = 128 << 20;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A message found by its number.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// The message.
    pub card: Card,
    /// Whether it was counted in the list's own mailbox, and nothing before it was doubtful; a guess otherwise.
    pub sure: bool,
}

/// One list's messages in the order in which they came.
#[derive(Debug, Default, PartialEq)]
struct Arrivals {
    names: Vec<DocumentKey>,
    /// How many of them are beyond doubt.
    sure: usize,
}

/// The arrivals of every list, of one commit.
type Counted = HashMap<String, Arrivals>;

/// Keeps what was counted until the next commit.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Option<(u64, Arc<Counted>)>>);

impl Archive {
    /// The message with this number in the list's old archive, as far as that can be known.
    pub fn numbered(&self, list: &str, number: usize) -> Result<Option<Numbered>, Error> {
        let counted = self.counted();
        let Some(arrivals) = counted.get(list) else { return Ok(None) };
        let Some(key) = arrivals.names.get(number) else { return Ok(None) };
        let snapshot = self.snapshot();
        let Some(address) = self.document(&snapshot, key)? else { return Ok(None) };
        Ok(Some(Numbered { card: self.card_at(&snapshot, address)?, sure: number < arrivals.sure }))
    }

    fn counted(&self) -> Arc<Counted> {
        let generation = self.generation();
        // Held while counting: who asks at the same time waits instead of counting, too.
        let mut kept = self.shelf().0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, counted)) = &*kept
            && *of == generation
        {
            return Arc::clone(counted);
        }
        let folder = self.folder();
        let size = fs::metadata(Catalogue::path(folder, generation)).map_or(u64::MAX, |file| file.len());
        let catalogue = if size <= MAX_CATALOGUE { Catalogue::load(folder, generation) } else { None };
        let counted = Arc::new(catalogue.map(|catalogue| count(&catalogue)).unwrap_or_default());
        *kept = Some((generation, Arc::clone(&counted)));
        counted
    }
}

/// A message at its place in a dump.
#[derive(Clone, Copy)]
struct Arrival {
    offset: u64,
    end: u64,
    name: DocumentKey,
    /// Whether it may not have been a message, or one of several with its name.
    doubtful: bool,
}

/// One dump of a list.
struct Part {
    /// The month that its name says, for a monthly text.
    month: Option<(u32, u32)>,
    arrivals: Vec<Arrival>,
    /// Whether nothing in it was set aside.
    clean: bool,
}

fn count(catalogue: &Catalogue) -> Counted {
    let mut dumps: Vec<Vec<Arrival>> = vec![Vec::new(); catalogue.dumps.len()];
    let held = catalogue.held(|_| true);
    for (id, copies) in &catalogue.messages {
        for copy in copies.iter().filter(|copy| copy.reading.form != Form::Enclosed.number()) {
            let (name, doubtful) = name(catalogue, *id, copy, held.get(&(*id, copy.bytes)));
            for place in &copy.places {
                let end = place.offset + u64::from(place.length);
                let arrival = Arrival { offset: place.offset, end, name, doubtful };
                if let Some(dump) = dumps.get_mut(place.dump as usize) {
                    dump.push(arrival);
                }
            }
        }
    }
    let mut lists: HashMap<String, Vec<Part>> = HashMap::new();
    for (dump, mut arrivals) in catalogue.dumps.iter().zip(dumps) {
        if !dump.present || dump.undone || arrivals.is_empty() {
            continue;
        }
        arrivals.sort_unstable_by_key(|arrival| arrival.offset);
        let mut reached = 0;
        // What lies inside a message before it came in a digest, which arrived as one.
        arrivals.retain(|arrival| {
            let outside = arrival.offset >= reached;
            reached = reached.max(arrival.end);
            outside
        });
        let part = Part { month: month(&dump.name), arrivals, clean: dump.set_aside == 0 };
        lists.entry(dump.list.clone()).or_default().push(part);
    }
    lists.into_iter().map(|(list, dumps)| (list, arrivals(dumps))).collect()
}

/// Under which name the index holds a copy, or the message that it is of, and whether others have that name, too.
fn name(catalogue: &Catalogue, id: [u8; 20], copy: &Copy, held: Option<&DocumentKey>) -> (DocumentKey, bool) {
    let first = DocumentKey { id, number: 1 };
    let alone = !catalogue.written.contains_key(&DocumentKey { id, number: 2 });
    (held.copied().unwrap_or(first), copy.reading.ambiguous || (held.is_none() && !alone))
}

/// The order of arrival that the dumps of one list tell: that of its one mailbox; or else of its months, as a guess; or none.
fn arrivals(mut dumps: Vec<Part>) -> Arrivals {
    let mut whole = dumps.iter().filter(|part| part.month.is_none());
    match (whole.next(), whole.next()) {
        (Some(part), None) => {
            let doubt = part.arrivals.iter().position(|arrival| arrival.doubtful).unwrap_or(part.arrivals.len());
            let names = part.arrivals.iter().map(|arrival| arrival.name).collect();
            return Arrivals { sure: if part.clean { doubt } else { 0 }, names };
        }
        // Parts of which nobody knows the order, or copies that do not agree.
        (Some(_), Some(_)) => return Arrivals::default(),
        (None, _) => {}
    }
    // A month that is there twice, packed and unpacked, counts once: the longer of them.
    dumps.sort_by(|a, b| (a.month, b.arrivals.len()).cmp(&(b.month, a.arrivals.len())));
    dumps.dedup_by_key(|part| part.month);
    Arrivals { names: dumps.iter().flat_map(|part| part.arrivals.iter().map(|it| it.name)).collect(), sure: 0 }
}

/// The month that the name of a monthly text says: `bp_ipv6/2016-July.txt.gz`.
fn month(dump: &str) -> Option<(u32, u32)> {
    let file = dump.rsplit('/').next()?;
    let (year, rest) = file.split_once('-')?;
    let year = (year.len() == 4).then(|| year.parse().ok())??;
    let word = rest.split('.').next()?.to_ascii_lowercase();
    let named = MONTHS.iter().position(|name| word.starts_with(name)).map(|n| n as u32 + 1);
    let month = named.or_else(|| word.parse().ok().filter(|month| (1..=12).contains(month)))?;
    Some((year, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(n: u8, doubtful: bool) -> Arrival {
        let name = DocumentKey { id: [n; 20], number: 1 };
        Arrival { offset: u64::from(n) * 10, end: u64::from(n) * 10 + 10, name, doubtful }
    }

    fn part(month: Option<(u32, u32)>, names: &[u8], clean: bool) -> Part {
        Part { month, arrivals: names.iter().map(|n| arrival(*n, *n == 99)).collect(), clean }
    }

    /// Numbers of the messages in the order of arrival, and how many are sure.
    #[track_caller]
    fn check(dumps: Vec<Part>, names: &[u8], sure: usize) {
        let found = arrivals(dumps);
        assert_eq!(found.names.iter().map(|name| name.id[0]).collect::<Vec<_>>(), names);
        assert_eq!(found.sure, sure);
    }

    #[test]
    fn one_mailbox_is_counted_and_is_sure_until_something_is_doubtful() {
        check(vec![part(None, &[1, 2, 3], true)], &[1, 2, 3], 3);
        check(vec![part(None, &[1, 2, 99, 4], true)], &[1, 2, 99, 4], 2);
        check(vec![part(None, &[1, 2], false)], &[1, 2], 0);
        check(vec![part(None, &[1, 2], true), part(Some((2016, 7)), &[2], true)], &[1, 2], 2);
    }

    #[test]
    fn months_are_put_in_order_and_stay_a_guess() {
        let (june, july) = (Some((2016, 6)), Some((2016, 7)));
        check(vec![part(july, &[3], true), part(june, &[1, 2], true)], &[1, 2, 3], 0);
        check(vec![part(july, &[3], true), part(june, &[1], true), part(june, &[1, 2], true)], &[1, 2, 3], 0);
    }

    #[test]
    fn two_mailboxes_tell_no_order() {
        check(vec![part(None, &[1], true), part(None, &[2], true)], &[], 0);
    }

    #[test]
    fn months_are_read_from_the_names_of_monthly_texts() {
        assert_eq!(month("a/2016-July.txt.gz"), Some((2016, 7)));
        assert_eq!(month("a/2000-Feburary.txt"), Some((2000, 2)));
        assert_eq!(month("a/2018-07.mbox"), Some((2018, 7)));
        assert_eq!(month("a/2016.mbox"), None);
        assert_eq!(month("a/bp-list.mbox"), None);
        assert_eq!(month("2016-13.txt"), None);
    }
}
