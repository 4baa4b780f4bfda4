//! What stands around a message: its neighbours in each of its lists, what answers it, and what it may be quoting.

use tantivy::DocAddress;

use crate::{
    Archive, Card, Entry, Error, Found,
    archive::Snapshot,
    columns::UNDATED,
    ingest::Voice,
    reading::{Drawing, row},
};

/// Lists of a message whose neighbours are looked for; each takes a pass over the archive. Few messages went to more.
const MAX_LISTS: usize = 4;
/// Answers to a message that are named on its page; the thread shows the others.
const MAX_REPLIES: usize = 20;
/// Messages of a thread that are looked through for what one of them quotes. Most quote the one they answer.
const MAX_EARLIER: usize = 40;
/// Bytes of raw messages read for that.
const MAX_EARLIER_BYTES: u64 = 4 << 20;

/// What stands around a message.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Its place in its lists, by date; in the first four of them.
    pub lists: Vec<InList>,
    /// Messages that answer it, by date; at most twenty.
    pub replies: Vec<Card>,
    /// How many answer it.
    pub replies_in_all: usize,
    /// Whether it was joined to its thread by its subject alone.
    pub weak: bool,
    /// Messages it may be quoting, the likeliest first: the one it answers, those above that, then others before it in the
    /// thread. Empty where it quotes nothing.
    pub earlier: Vec<Entry>,
}

/// The place of a message in a list.
#[derive(Debug, Clone)]
pub struct InList {
    /// The list's slug.
    pub list: String,
    /// The message sent before it.
    pub previous: Option<Card>,
    /// The message sent after it.
    pub next: Option<Card>,
}

impl Archive {
    /// A message with what stands around it; `id` as for [`Archive::message`].
    pub fn message_with_surroundings(&self, id: &str) -> Result<Option<(Found, Surroundings)>, Error> {
        let snapshot = self.snapshot();
        let Some(address) = self.find(&snapshot, id)? else { return Ok(None) };
        let stored = self.read(&snapshot, address)?;
        let drawing = self.drawing(&snapshot, &stored.head.thread)?;
        let found = self.found(&snapshot, address, &stored, &drawing)?;
        let around = self.surroundings(&snapshot, address, &drawing, &found.entry)?;
        Ok(Some((found, around)))
    }

    fn surroundings(
        &self,
        snapshot: &Snapshot,
        address: DocAddress,
        drawing: &Drawing,
        entry: &Entry,
    ) -> Result<Surroundings, Error> {
        let at = drawing.members.iter().position(|member| *member == address);
        let answers = drawing.lines.iter().filter(|line| line.parent.is_some() && line.parent == at);
        let answers: Vec<usize> = answers.filter_map(|line| line.message).collect();
        let quotes = entry.message.spans.iter().any(|span| span.voice == Voice::Quoted);
        let earlier = match (at, quotes) {
            (Some(at), true) => self.earlier(snapshot, drawing, at)?,
            _ => Vec::new(),
        };
        Ok(Surroundings {
            lists: self.in_lists(snapshot, address)?,
            replies: answers
                .iter()
                .take(MAX_REPLIES)
                .map(|&reply| self.card_at(snapshot, drawing.members[reply]))
                .collect::<Result<_, _>>()?,
            replies_in_all: answers.len(),
            weak: at.is_some_and(|at| drawing.weak[at]),
            earlier,
        })
    }

    /// A message in brief.
    pub(crate) fn card_at(&self, snapshot: &Snapshot, address: DocAddress) -> Result<Card, Error> {
        let stored = self.read(snapshot, address)?;
        Ok(self.card(&stored, &stored.message()))
    }

    fn in_lists(&self, snapshot: &Snapshot, address: DocAddress) -> Result<Vec<InList>, Error> {
        let columns = &snapshot.columns;
        let (set, here) = row(snapshot, address, |rows, row| (rows.lists[row], (rows.date[row], rows.key[row])));
        // A message without a date stands nowhere in a list by date.
        if here.0 == UNDATED {
            return Ok(Vec::new());
        }
        let mut out = Vec::new();
        for &list in columns.list_sets[set as usize].iter().take(MAX_LISTS) {
            let has: Vec<bool> = columns.list_sets.iter().map(|set| set.contains(&list)).collect();
            let (mut before, mut after) = (None, None);
            for (segment, rows) in columns.segments.iter().enumerate() {
                for row in (0..rows.date.len()).filter(|&row| has[rows.lists[row] as usize] && rows.alive[row]) {
                    let there = (rows.date[row], rows.key[row]);
                    let place = (there, DocAddress { segment_ord: segment as u32, doc_id: row as u32 });
                    if there < here && there.0 != UNDATED && before.is_none_or(|(found, _)| there > found) {
                        before = Some(place);
                    } else if there > here && after.is_none_or(|(found, _)| there < found) {
                        after = Some(place);
                    }
                }
            }
            let card = |place: Option<(_, DocAddress)>| place.map(|(_, at)| self.card_at(snapshot, at)).transpose();
            out.push(InList {
                list: columns.lists[list as usize].clone(),
                previous: card(before)?,
                next: card(after)?,
            });
        }
        Ok(out)
    }

    /// The messages that the one at `at` may be quoting, the likeliest first.
    fn earlier(&self, snapshot: &Snapshot, drawing: &Drawing, at: usize) -> Result<Vec<Entry>, Error> {
        let mut left = MAX_EARLIER_BYTES;
        let mut out = Vec::new();
        for i in likeliest(drawing, at).into_iter().take(MAX_EARLIER) {
            let address = drawing.members[i];
            let size = row(snapshot, address, |rows, row| u64::from(rows.size[row]));
            if size > left {
                continue;
            }
            left -= size;
            out.push(self.alone(&self.read(snapshot, address)?));
        }
        Ok(out)
    }
}

/// Members of a thread in the order in which one of them is likely to quote them: what it answers, what that answers, and so
/// on; then those sent before it, the latest first.
fn likeliest(drawing: &Drawing, at: usize) -> Vec<usize> {
    let mut parents = vec![None; drawing.members.len()];
    for line in &drawing.lines {
        if let Some(i) = line.message {
            parents[i] = line.parent;
        }
    }
    let mut out = Vec::new();
    let mut taken = vec![false; drawing.members.len()];
    taken[at] = true;
    let mut next = parents[at];
    while let Some(i) = next.filter(|&i| out.len() < MAX_EARLIER && !taken[i]) {
        taken[i] = true;
        out.push(i);
        next = parents[i];
    }
    // Members are sorted by date.
    out.extend((0..at).rev().filter(|&i| !taken[i]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::Drawn;

    /// A thread in which each message, by date, answers the one given.
    fn thread(parents: &[Option<usize>]) -> Drawing {
        let lines = parents.iter().enumerate();
        Drawing {
            members: vec![DocAddress { segment_ord: 0, doc_id: 0 }; parents.len()],
            lines: lines.map(|(i, &parent)| Drawn { depth: 0, message: Some(i), parent }).collect(),
            weak: vec![false; parents.len()],
        }
    }

    #[test]
    fn what_is_answered_comes_before_what_only_came_before() {
        let drawing = thread(&[None, Some(0), Some(0), Some(1), None, Some(3), Some(0)]);
        assert_eq!(likeliest(&drawing, 5), [3, 1, 0, 4, 2]);
        assert_eq!(likeliest(&drawing, 0), [0; 0]);
    }

    #[test]
    fn a_parent_dated_after_its_answer_is_still_looked_at() {
        assert_eq!(likeliest(&thread(&[Some(1), None]), 0), [1]);
    }

    #[test]
    fn long_threads_are_not_walked_to_their_end() {
        let parents: Vec<Option<usize>> = (0..1_000_usize).map(|i| i.checked_sub(1)).collect();
        assert_eq!(likeliest(&thread(&parents), 999)[..2], [998, 997]);
    }
}
