//! The footers of lists, learnt from their messages: lines at the end of most of them, whoever wrote them. A pure function of the
//! catalogue, like all that is arranged, so that the order in which dumps come cannot matter.

use chrono::{DateTime, Datelike};
use rustc_hash::{FxHashMap, FxHashSet};

/// Messages that must end with a line before it is a footer: fewer could be one busy week of a few.
const LEAST_MESSAGES: u32 = 20;
/// Authors who must have it: a person's own closing line is below most messages of a list that is mostly that person's.
const LEAST_AUTHORS: usize = 5;
/// One in this many messages, of a year of the list or of all of it, must have it.
const SHARE: u32 = 2;
/// Stands for all years of a list.
const ALL_YEARS: i32 = i32::MIN;

/// A list, by its number, and a year.
type Period = (u32, i32);

/// What one message says about footers.
pub(crate) struct Ending<'a> {
    /// Numbers of its lists.
    pub(crate) lists: &'a [u32],
    /// When it was written, in seconds.
    pub(crate) date: Option<i64>,
    /// Its author as a person.
    pub(crate) person: &'a str,
    /// Keys of its last lines, the last one first.
    pub(crate) tail: &'a [u32],
}

/// The lines that are footers, by list and year.
#[derive(Default)]
pub(crate) struct Footers(FxHashMap<Period, FxHashSet<u32>>);

/// What was counted of one period.
#[derive(Default)]
struct Count<'a> {
    messages: u32,
    lines: FxHashMap<u32, (u32, Vec<&'a str>)>,
}

impl Footers {
    /// Learns from all messages.
    pub(crate) fn learn<'a>(endings: impl Iterator<Item = Ending<'a>>) -> Footers {
        let mut counts: FxHashMap<Period, Count<'a>> = FxHashMap::default();
        for ending in endings {
            for period in periods(&ending) {
                let count = counts.entry(period).or_default();
                count.messages += 1;
                for (at, key) in ending.tail.iter().enumerate() {
                    if ending.tail[..at].contains(key) {
                        continue;
                    }
                    let (messages, people) = count.lines.entry(*key).or_default();
                    *messages += 1;
                    if people.len() < LEAST_AUTHORS && !people.contains(&ending.person) {
                        people.push(ending.person);
                    }
                }
            }
        }
        let learnt = counts.into_iter().map(|(period, count)| (period, count.footers()));
        Footers(learnt.filter(|(_, lines)| !lines.is_empty()).collect())
    }

    /// How many lines at the end of a message are a footer.
    pub(crate) fn lines(&self, ending: &Ending<'_>) -> u8 {
        if self.0.is_empty() || ending.tail.is_empty() {
            return 0;
        }
        let known: Vec<_> = periods(ending).filter_map(|period| self.0.get(&period)).collect();
        ending.tail.iter().take_while(|key| known.iter().any(|lines| lines.contains(key))).count() as u8
    }
}

impl Count<'_> {
    fn footers(self) -> FxHashSet<u32> {
        let most = |messages: u32| messages >= LEAST_MESSAGES && messages * SHARE >= self.messages;
        let lines =
            self.lines.iter().filter(|(_, (messages, people))| most(*messages) && people.len() >= LEAST_AUTHORS);
        lines.map(|(key, _)| *key).collect()
    }
}

fn periods<'a>(ending: &Ending<'a>) -> impl Iterator<Item = Period> + use<'a> {
    let year = ending.date.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).map(|date| date.year());
    ending.lists.iter().flat_map(move |&list| std::iter::once((list, ALL_YEARS)).chain(year.map(|year| (list, year))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: u32 = 7;

    /// Whether the line is a footer of a list with so many messages by so many people, so many of which have it.
    #[track_caller]
    fn check(messages: usize, with: usize, people: usize, is_footer: bool) {
        let names: Vec<String> = (0..people.max(1)).map(|n| n.to_string()).collect();
        let ending = |n: usize| Ending {
            lists: &[3],
            date: Some(1_464_868_800),
            person: &names[n % people],
            tail: if n < with { &[LINE, 8] } else { &[] },
        };
        let learnt = Footers::learn((0..messages).map(ending));
        let found = learnt.lines(&Ending { tail: &[LINE, 9], ..ending(0) });
        assert_eq!(found == 1, is_footer, "{with} of {messages} by {people}");
        let elsewhere = Ending { lists: &[4], ..ending(0) };
        assert_eq!(learnt.lines(&elsewhere), 0, "another list's");
    }

    #[test]
    fn a_line_below_most_messages_of_several_people_is_a_footer() {
        check(40, 20, 5, true);
        check(41, 20, 5, false);
        check(38, 19, 5, false);
        check(40, 20, 4, false);
        check(1_000, 999, 1, false);
    }

    #[test]
    fn a_footer_of_one_year_is_known_in_that_year_and_one_of_all_years_in_all() {
        let year = |n: i64| Some(n * 365 * 86_400);
        let names: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let of = |n: usize, at: i64, tail: &'static [u32]| Ending {
            lists: &[1],
            date: year(at),
            person: &names[n % 30],
            tail,
        };
        let endings = (0..30).map(|n| of(n, 40, &[5])).chain((0..300).map(|n| of(n, 46, &[6])));
        let learnt = Footers::learn(endings);
        assert_eq!(learnt.lines(&of(0, 40, &[5])), 1);
        assert_eq!(learnt.lines(&of(0, 46, &[5])), 0);
        assert_eq!(learnt.lines(&of(0, 30, &[6])), 1, "below nine in ten of all its messages");
        assert_eq!(learnt.lines(&Ending { date: None, ..of(0, 0, &[6]) }), 1);
    }
}
