//! Messages by month as bars that are links, drawn on the server; the same numbers stand in a table beside them.

use plenary_index::Count;

use crate::{Config, Milestone, wording};

/// More months than this are drawn as years: a bar has to be wide enough to hit.
const MAX_BARS: usize = 180;
/// Years a chart can span. A date outside this is some clock's invention, and is in the table only.
const MAX_YEARS: i32 = 120;
/// Height of the tallest bar, in pixels; the CSS gives the chart room for labels above and below.
pub(crate) const HEIGHT: u64 = 96;

/// A chart of messages over time.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    /// Its bars, in time order, empty ones included.
    pub(crate) bars: Vec<Bar>,
    /// Its labelled times.
    pub(crate) labels: Vec<Label>,
    /// What happened meanwhile.
    pub(crate) marks: Vec<Label>,
    /// What it shows, in a sentence.
    pub(crate) sentence: String,
    /// `day`, `month` or `year`.
    pub(crate) unit: &'static str,
}

impl Chart {
    /// Says how many of all the messages it is about stand nowhere in it, for want of a date.
    pub(crate) fn of(mut self, total: u64) -> Chart {
        let dated: u64 = self.bars.iter().map(|bar| bar.count).sum();
        if !self.bars.is_empty() && total > dated {
            self.sentence = format!(
                "{}; {} more without a date that can be believed.",
                self.sentence.trim_end_matches('.'),
                wording::count(total - dated)
            );
        }
        self
    }
}

/// One month, or year.
#[derive(Debug, PartialEq)]
pub(crate) struct Bar {
    /// `August 2016`.
    pub(crate) name: String,
    /// Messages.
    pub(crate) count: u64,
    /// Where it leads; empty for a bar without messages.
    pub(crate) address: String,
    /// Whether the query asks for it.
    pub(crate) chosen: bool,
    /// Left edge in per cent of the width.
    pub(crate) x: String,
    /// Width in per cent.
    pub(crate) width: String,
    /// Upper edge in pixels, and height.
    pub(crate) y: u64,
    /// Height in pixels.
    pub(crate) height: u64,
    /// What happened in it.
    pub(crate) events: String,
}

/// Words at a place in a chart.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Label {
    /// Where, in per cent of the width.
    pub(crate) x: String,
    /// The words; empty where there is no room for them.
    pub(crate) text: String,
    /// All the words, to be read out or pointed at.
    pub(crate) title: String,
    /// The month, year or day that it stands at, in words.
    pub(crate) when: String,
    /// Whether its number in the list of all of them can stand above it on a narrow screen.
    pub(crate) numbered: bool,
    /// Whether the words stand before the place: there is no room for them after it.
    pub(crate) before: bool,
}

/// A month and its messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Month {
    /// Months since year 0.
    index: i32,
    count: u64,
    chosen: bool,
}

impl Month {
    /// From `201608`.
    pub(crate) fn of_number(number: u32, count: u64) -> Option<Month> {
        Month::new(i32::try_from(number / 100).ok()?, number % 100, count, false)
    }

    /// From a facet's `2016-08`.
    pub(crate) fn of_facet(facet: &Count) -> Option<Month> {
        let (year, month) = facet.value.split_once('-')?;
        Month::new(year.parse().ok()?, month.parse().ok()?, facet.count, facet.chosen)
    }

    fn new(year: i32, month: u32, count: u64, chosen: bool) -> Option<Month> {
        let index = year.checked_mul(12)?.checked_add(i32::try_from(month).ok()?.checked_sub(1)?)?;
        ((1..=12).contains(&month) && (0..10_000).contains(&year)).then_some(Month { index, count, chosen })
    }
}

/// Draws months in time order. `address` gives the page behind a span as a query writes it: `2016-08` or `2016`.
pub(crate) fn draw(months: &[Month], config: &Config, list: Option<&str>, address: impl Fn(&str) -> String) -> Chart {
    let (Some(first), Some(last)) = (months.iter().map(|m| m.index).min(), months.iter().map(|m| m.index).max()) else {
        return Chart::default();
    };
    let first = first.max(last - MAX_YEARS * 12);
    let by_year = (last - first) as usize >= MAX_BARS;
    let step = if by_year { 12 } else { 1 };
    let start = first.div_euclid(step);
    let mut slots = vec![(0_u64, false); (last.div_euclid(step) - start + 1) as usize];
    for month in months.iter().filter(|month| month.index >= first) {
        let slot = &mut slots[(month.index.div_euclid(step) - start) as usize];
        slot.0 += month.count;
        slot.1 |= month.chosen;
    }
    let tallest = slots.iter().map(|slot| slot.0).max().unwrap_or(0).max(1);
    let width = 100.0 / slots.len() as f64;
    let events = events(config, list, start, step, slots.len());
    let bars: Vec<Bar> = slots
        .iter()
        .enumerate()
        .map(|(n, &(count, chosen))| {
            let (span, name) = names(start + n as i32, by_year);
            // Even one message is seen beside a month of thousands.
            let height = if count == 0 { 0 } else { (count * HEIGHT / tallest).max(2) };
            let happened: Vec<&str> =
                events.iter().filter(|(slot, _)| *slot == n).map(|(_, it)| it.title.as_str()).collect();
            Bar {
                name,
                count,
                address: if count == 0 { String::new() } else { address(&span) },
                chosen,
                x: percent(n as f64 * width),
                width: percent(width * 0.86),
                y: HEIGHT - height,
                height,
                events: happened.join("; "),
            }
        })
        .collect();
    Chart {
        sentence: sentence(&bars),
        labels: labels(start, slots.len(), by_year),
        marks: dated(marks(&events, slots.len()), &events, &bars),
        bars,
        unit: if by_year { "year" } else { "month" },
    }
}

/// A small chart without links or labels: the outline of its bars in a box of 120 by 20, over the months `first..=last`.
pub(crate) fn spark(months: &[Month], whole: &[Month]) -> String {
    let bounds = whole.iter().map(|month| month.index).min().zip(whole.iter().map(|month| month.index).max());
    let (Some((first, last)), Some(tallest)) = (bounds, months.iter().map(|month| month.count).max()) else {
        return String::new();
    };
    // At most one bar a unit of width; months are folded together where there are more.
    let fold = (last - first) / 120 + 1;
    let slots = ((last - first) / fold + 1) as usize;
    let mut heights = vec![0; slots];
    for month in months {
        let slot = ((month.index - first) / fold) as usize;
        heights[slot] = heights[slot].max((month.count * 20).div_ceil(tallest.max(1)));
    }
    let width = 120.0 / slots as f64;
    let mut path = String::new();
    for (n, height) in heights.iter().enumerate().filter(|(_, height)| **height > 0) {
        path.push_str(&format!("M{:.1} 20v-{height}h{:.1}v{height}z", n as f64 * width, width * 0.8));
    }
    path
}

fn names(slot: i32, by_year: bool) -> (String, String) {
    if by_year {
        (format!("{slot:04}"), format!("{slot:04}"))
    } else {
        let (year, month) = (slot.div_euclid(12), slot.rem_euclid(12) as u32 + 1);
        (format!("{year:04}-{month:02}"), format!("{} {year}", wording::month_name(month)))
    }
}

fn sentence(bars: &[Bar]) -> String {
    let total: u64 = bars.iter().map(|bar| bar.count).sum();
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return String::new() };
    let total = wording::counted(total, "message", "messages");
    format!("{total} from {} to {}{}.", first.name, last.name, most(bars))
}

/// Fewest messages of a month that say it was a busy one.
const BUSY: u64 = 3;

/// The busiest month, where there is one: not where several are, nor where two messages make it.
fn most(bars: &[Bar]) -> String {
    let Some(most) = bars.iter().max_by_key(|bar| bar.count) else { return String::new() };
    let alone = bars.iter().filter(|bar| bar.count == most.count).count() == 1;
    if !alone || most.count < BUSY || bars.len() == 1 {
        return String::new();
    }
    format!("; most in {} ({})", most.name, wording::count(most.count))
}

/// Years below the bars, not more than about eight of them.
fn labels(start: i32, slots: usize, by_year: bool) -> Vec<Label> {
    let step = if by_year { 1 } else { 12 };
    let years = (slots as i32 / step) + 1;
    let every = (years + 7) / 8;
    let mut out = Vec::new();
    let mut last = f64::MIN;
    for n in 0..slots {
        let slot = start + n as i32;
        let begins = slot.rem_euclid(step) == 0;
        let year = slot.div_euclid(step);
        let x = 100.0 * n as f64 / slots as f64;
        // A chart that begins in mid-year is labelled there too, unless the next label would stand on top of it.
        if (begins && year.rem_euclid(every) == 0 && x - last >= 9.0) || n == 0 {
            last = x;
            out.push(Label { x: percent(x), text: year.to_string(), before: x > 90.0, ..Label::default() });
        }
    }
    out
}

/// Milestones that fall into the chart, with their slots, in time order.
fn events<'a>(
    config: &'a Config,
    list: Option<&str>,
    start: i32,
    step: i32,
    slots: usize,
) -> Vec<(usize, &'a Milestone)> {
    let mut out: Vec<(usize, &Milestone)> = config
        .milestones
        .iter()
        .filter(|it| list.is_none_or(|list| it.lists.is_empty() || it.lists.iter().any(|slug| slug == list)))
        .filter_map(|it| {
            let mut parts = it.date.split('-');
            let month = Month::new(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, 0, false)?;
            let slot = usize::try_from(month.index.div_euclid(step) - start).ok()?;
            (slot < slots).then_some((slot, it))
        })
        .collect();
    out.sort_by_key(|(slot, it)| (*slot, &it.date));
    out
}

/// Ticks for milestones, one a slot; words where they do not run into the words before them. What concerned everybody is named
/// first, and the rest where there is room left.
fn marks(events: &[(usize, &Milestone)], slots: usize) -> Vec<Label> {
    let mut out: Vec<Label> = Vec::new();
    let mut slot = usize::MAX;
    let mut ranks: Vec<u8> = Vec::new();
    let rank = |it: &Milestone| match (it.lists.is_empty(), it.kind == "event") {
        (true, true) => 0,
        (true, false) => 1,
        _ => 2,
    };
    for (n, it) in events {
        if *n == slot {
            if let (Some(label), Some(before)) = (out.last_mut(), ranks.last_mut()) {
                label.title = format!("{}; {}", label.title, it.title);
                if rank(it) < *before {
                    (label.text, *before) = (brief(&it.title), rank(it));
                }
            }
            continue;
        }
        slot = *n;
        let x = percent(100.0 * (*n as f64 + 0.43) / slots as f64);
        out.push(Label { x, text: brief(&it.title), title: it.title.clone(), ..Label::default() });
        ranks.push(rank(it));
    }
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let mut order: Vec<usize> = (0..out.len()).collect();
    // Among equals short names first: more of them find room.
    order.sort_by_key(|&n| (ranks[n], out[n].text.chars().count()));
    for n in order {
        let x: f64 = out[n].x.trim_end_matches('%').parse().unwrap_or(0.0);
        let room = out[n].text.chars().count() as f64 * LETTER + 1.0;
        let free = |from: f64, to: f64| {
            from >= 0.0 && to <= 100.0 && taken.iter().all(|(start, end)| to <= *start || from >= *end)
        };
        if free(x, x + room) {
            taken.push((x, x + room));
        } else if free(x - room, x) {
            taken.push((x - room, x));
            out[n].before = true;
        } else {
            out[n].text.clear();
        }
    }
    out
}

/// Least distance between two numbers above marks, in per cent: 13 of 330 pixels.
const NUMBERS_APART: f64 = 4.0;

/// Says of each mark when it was, and which of them have room for a number.
fn dated(mut marks: Vec<Label>, events: &[(usize, &Milestone)], bars: &[Bar]) -> Vec<Label> {
    let mut slots: Vec<usize> = events.iter().map(|(slot, _)| *slot).collect();
    slots.dedup();
    let mut last = f64::MIN;
    for (mark, slot) in marks.iter_mut().zip(slots) {
        mark.when = bars.get(slot).map(|bar| bar.name.clone()).unwrap_or_default();
        let x = 100.0 * slot as f64 / bars.len().max(1) as f64;
        mark.numbered = x - last >= NUMBERS_APART;
        if mark.numbered {
            last = x;
        }
    }
    marks
}

/// A letter of a label takes about this much, in per cent, of the narrowest chart that shows words: 6.5 of 900 pixels. On
/// narrower screens the sheet leaves words out; they stand in the table.
const LETTER: f64 = 0.72;
/// Longest words beside a tick; all of them are in its title and in the table.
const MAX_LABEL: usize = 28;

/// The words for a milestone where there is little room: up to its first comma, bracket or colon.
fn brief(title: &str) -> String {
    let short = title.split([',', '(', ':', ';']).next().unwrap_or(title).trim();
    match short.char_indices().nth(MAX_LABEL) {
        Some((cut, _)) => format!("{}…", short[..cut].trim_end()),
        None => short.to_owned(),
    }
}

/// A place or width in per cent.
pub(crate) fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(numbers: &[(u32, u64)]) -> Vec<Month> {
        numbers.iter().filter_map(|&(number, count)| Month::of_number(number, count)).collect()
    }

    #[test]
    fn months_without_messages_are_drawn_empty() {
        let chart = draw(&months(&[(201511, 4), (201602, 1)]), &Config::default(), None, |span| format!("/{span}"));
        let shown: Vec<_> = chart.bars.iter().map(|bar| (bar.count, bar.height, bar.address.as_str())).collect();
        assert_eq!(shown, [(4, 96, "/2015-11"), (0, 0, ""), (0, 0, ""), (1, 24, "/2016-02")]);
        assert_eq!(chart.sentence, "5 messages from November 2015 to February 2016; most in November 2015 (4).");
        assert_eq!(chart.labels.iter().map(|label| label.text.as_str()).collect::<Vec<_>>(), ["2015", "2016"]);
        assert_eq!(chart.of(5).sentence, "5 messages from November 2015 to February 2016; most in November 2015 (4).");
    }

    #[test]
    fn messages_without_a_date_are_counted_beside_a_chart() {
        let chart = draw(&months(&[(201511, 4), (201512, 1)]), &Config::default(), None, |span| format!("/{span}"));
        assert!(chart.of(7).sentence.ends_with("(4); 2 more without a date that can be believed."));
        assert_eq!(draw(&[], &Config::default(), None, |span| span.into()).of(2).sentence, "");
    }

    #[test]
    fn a_busiest_month_is_named_only_where_there_is_one() {
        for even in [&[(201511, 2), (201602, 1)][..], &[(201511, 9), (201602, 9)], &[(201511, 9)]] {
            let chart = draw(&months(even), &Config::default(), None, str::to_owned);
            assert!(!chart.sentence.contains("most in"), "{}", chart.sentence);
        }
    }

    #[test]
    fn milestones_can_be_read_where_their_words_have_no_room() {
        let it = |date: &str| Milestone { date: date.into(), title: "Call".into(), ..Milestone::default() };
        let milestones = vec![it("2015-11-10"), it("2015-12-01"), it("2019-01")];
        let config = Config { milestones, ..Config::default() };
        let chart = draw(&months(&[(201511, 4), (202401, 1)]), &config, None, str::to_owned);
        let shown: Vec<_> = chart.marks.iter().map(|mark| (mark.when.as_str(), mark.numbered)).collect();
        assert_eq!(shown, [("November 2015", true), ("December 2015", false), ("January 2019", true)]);
    }

    #[test]
    fn labels_of_milestones_do_not_stand_on_one_another() {
        let it = |lists: &[&str], title: &str| Milestone {
            title: title.into(),
            lists: lists.iter().map(|s| (*s).to_owned()).collect(),
            ..Milestone::default()
        };
        let (call, forum, session) =
            (it(&["a"], "First online meeting, 12:00 GMT"), it(&[], "IGF 2015 (10th)"), it(&["a"], "A session"));
        let shown = |events: &[(usize, &Milestone)]| {
            marks(events, 24).iter().map(|label| (label.text.clone(), label.before)).collect::<Vec<_>>()
        };
        let (none, no, yes) = (String::new(), false, true);
        assert_eq!(shown(&[(2, &call), (3, &forum)]), [(none, no), ("IGF 2015".into(), no)]);
        assert_eq!(shown(&[(3, &call), (3, &forum)]), [("IGF 2015".into(), no)]);
        assert_eq!(
            shown(&[(12, &call), (13, &session)]),
            [("First online meeting".into(), yes), ("A session".into(), no)]
        );
        assert_eq!(shown(&[(23, &session)]), [("A session".into(), yes)]);
    }

    #[test]
    fn decades_are_drawn_by_year() {
        let chart = draw(&months(&[(199704, 10), (202401, 20)]), &Config::default(), None, str::to_owned);
        assert_eq!((chart.unit, chart.bars.len(), chart.bars[0].address.as_str()), ("year", 28, "1997"));
    }

    #[test]
    fn impossible_months_and_wild_spans_are_survived() {
        assert_eq!(
            draw(&months(&[(201613, 1), (0, 1), (999_999, 1)]), &Config::default(), None, str::to_owned).bars.len(),
            0
        );
        let wild = months(&[(101, 1), (201601, 2), (999_912, 1)]);
        assert!(draw(&wild, &Config::default(), None, str::to_owned).bars.len() <= 121);
        assert!(spark(&wild, &wild).len() < 4_000);
        assert_eq!(spark(&[], &[]), "");
    }

    #[test]
    fn milestones_stand_in_their_month_and_for_their_list() {
        let it = |date: &str, lists: &[&str]| Milestone {
            date: date.into(),
            title: "IGF 2015".into(),
            lists: lists.iter().map(|s| (*s).to_owned()).collect(),
            ..Milestone::default()
        };
        let config = Config {
            milestones: vec![it("2015-11-10", &[]), it("2015-12", &["other"]), it("soon", &[])],
            ..Config::default()
        };
        let chart = draw(&months(&[(201510, 1), (201601, 1)]), &config, Some("bp_ipv6"), str::to_owned);
        assert_eq!((chart.marks.len(), chart.bars[1].events.as_str()), (1, "IGF 2015"));
    }
}
