//! Who writes to a list, what is talked about longest, on which days; and who answers whom. All counted from the columns,
//! in one pass over the archive for each question.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Archive, Card, Count, Error, archive::Snapshot, columns::Rows, columns::UNDATED};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Who and what a list is about, by numbers.
#[derive(Debug, Clone, Default)]
pub struct ListActivity {
    /// How many people wrote to it.
    pub people_in_all: usize,
    /// Those who wrote most, with their messages on this list.
    pub people: Vec<Count>,
    /// How many threads ran on it.
    pub threads_in_all: usize,
    /// The first message of each of its longest threads, with how many messages of the thread went to this list.
    pub threads: Vec<(Card, u64)>,
}

/// Whom somebody answers, and who answers.
#[derive(Debug, Clone, Default)]
pub struct Correspondents {
    /// Messages of others that this person answered: by whom those were, most answered first.
    pub answered: Vec<Count>,
    /// Who answered this person's messages, most first.
    pub answered_by: Vec<Count>,
}

impl Archive {
    /// The `most` most active people and longest threads of a list. `None` where there is no such list.
    pub fn activity(&self, list: &str, most: usize) -> Result<Option<ListActivity>, Error> {
        let snapshot = self.snapshot();
        let columns = &snapshot.columns;
        let Some(has) = having(&snapshot, list) else { return Ok(None) };
        let mut people = vec![0_u64; columns.people.len()];
        let mut threads = vec![0_u64; columns.threads.len()];
        for (rows, row) in living(&snapshot).filter(|(rows, row)| has[rows.lists[*row] as usize]) {
            people[rows.person[row] as usize] += 1;
            threads[rows.thread[row] as usize] += 1;
        }
        let mut longest = Vec::new();
        for (thread, count) in largest(&threads, most, |n| &columns.threads[n]) {
            if let Some(address) = self.find(&snapshot, &columns.threads[thread])? {
                longest.push((self.card_at(&snapshot, address)?, count));
            }
        }
        let wrote = largest(&people, most, |n| &columns.people[n].0);
        Ok(Some(ListActivity {
            people_in_all: people.iter().filter(|count| **count > 0).count(),
            people: wrote.into_iter().map(|(n, count)| person(&snapshot, n, count)).collect(),
            threads_in_all: threads.iter().filter(|count| **count > 0).count(),
            threads: longest,
        }))
    }

    /// Messages of a list on each day of a span of seconds, `from..to`: days since 1970, and counts, in time order; days without
    /// messages are left out.
    pub fn days(&self, list: &str, from: i64, to: i64) -> Vec<(i64, u64)> {
        let snapshot = self.snapshot();
        let Some(has) = having(&snapshot, list) else { return Vec::new() };
        let mut days: FxHashMap<i64, u64> = FxHashMap::default();
        for (rows, row) in living(&snapshot).filter(|(rows, row)| has[rows.lists[*row] as usize]) {
            let date = rows.date[row];
            if date != UNDATED && (from..to).contains(&date) {
                *days.entry(date.div_euclid(DAY)).or_default() += 1;
            }
        }
        let mut days: Vec<(i64, u64)> = days.into_iter().collect();
        days.sort_unstable();
        days
    }

    /// The `most` people whom somebody answered most often, and who answered most often. A message counts as an answer to the
    /// one it names last; answers to oneself are left out.
    pub fn correspondents(&self, somebody: &str, most: usize) -> Correspondents {
        let snapshot = self.snapshot();
        let people = &snapshot.columns.people;
        let Some(number) = snapshot.columns.person(somebody) else {
            return Correspondents::default();
        };
        let own = |rows: &Rows, row: usize| rows.person[row] as usize == number;
        let mut keys: FxHashSet<u64> = FxHashSet::default();
        let mut parents: FxHashMap<u64, u64> = FxHashMap::default();
        for (rows, row) in living(&snapshot).filter(|(rows, row)| own(rows, *row)) {
            keys.insert(rows.key[row]);
            if rows.parent[row] != 0 {
                *parents.entry(rows.parent[row]).or_default() += 1;
            }
        }
        let (mut answered, mut answered_by) = (vec![0; people.len()], vec![0; people.len()]);
        for (rows, row) in living(&snapshot).filter(|(rows, row)| !own(rows, *row)) {
            let person = rows.person[row] as usize;
            answered[person] += parents.get(&rows.key[row]).copied().unwrap_or(0);
            answered_by[person] += u64::from(keys.contains(&rows.parent[row]));
        }
        let named = |counts: &[u64]| {
            let largest = largest(counts, most, |n| &people[n].0);
            largest.into_iter().map(|(n, count)| person(&snapshot, n, count)).collect()
        };
        Correspondents { answered: named(&answered), answered_by: named(&answered_by) }
    }
}

fn person(snapshot: &Snapshot, number: usize, count: u64) -> Count {
    let (value, label) = snapshot.columns.people[number].clone();
    Count { value, label, count, chosen: false }
}

/// For each set of lists, whether it has this one. `None` where no message was ever sent to it.
fn having(snapshot: &Snapshot, list: &str) -> Option<Vec<bool>> {
    let number = snapshot.columns.lists.iter().position(|slug| slug == list)? as u32;
    Some(snapshot.columns.list_sets.iter().map(|set| set.contains(&number)).collect())
}

/// Every message, as the rows it is in and its place there.
fn living(snapshot: &Snapshot) -> impl Iterator<Item = (&Rows, usize)> {
    let segments = snapshot.columns.segments.iter().map(|rows| &**rows);
    segments.flat_map(|rows| (0..rows.date.len()).filter(|&row| rows.alive[row]).map(move |row| (rows, row)))
}

/// The largest counts with their numbers; among equals the names decide, so that the answer does not waver.
fn largest<'a>(counts: &[u64], most: usize, name: impl Fn(usize) -> &'a String) -> Vec<(usize, u64)> {
    let mut found: Vec<(usize, u64)> = counts.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
    let rank = |a: &(usize, u64), b: &(usize, u64)| (b.1, name(a.0)).cmp(&(a.1, name(b.0)));
    if found.len() > most && most > 0 {
        found.select_nth_unstable_by(most - 1, rank);
    }
    found.truncate(most);
    found.sort_by(rank);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_come_first_and_names_decide_among_equals() {
        let names: Vec<String> = ["d", "c", "b", "a"].map(str::to_owned).into();
        let check = |counts: &[u64], most: usize| largest(counts, most, |n| &names[n]);
        assert_eq!(check(&[1, 5, 5, 0], 2), [(2, 5), (1, 5)]);
        assert_eq!(check(&[1, 5, 5, 0], 9), [(2, 5), (1, 5), (0, 1)]);
        assert_eq!(check(&[1, 5, 5, 0], 0), []);
        assert_eq!(check(&[], 3), []);
    }
}
