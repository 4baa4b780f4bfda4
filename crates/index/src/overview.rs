//! What the archive holds, list by list: computed once per commit from the columns.

use std::collections::BTreeMap;

use crate::{
    ListOverview, Overview,
    columns::{Columns, UNDATED, year_month},
};

/// Counts everything once.
pub(crate) fn overview(columns: &Columns, generation: u64, at: i64) -> Overview {
    let mut lists: Vec<(ListOverview, BTreeMap<u32, u64>)> = columns
        .lists
        .iter()
        .map(|slug| (ListOverview { slug: slug.clone(), ..ListOverview::default() }, BTreeMap::new()))
        .collect();
    let mut messages = 0;
    let mut span = None;
    let mut months: BTreeMap<u32, u64> = BTreeMap::new();
    let mut threads = vec![false; columns.threads.len()];
    let mut people = vec![false; columns.people.len()];
    for rows in &columns.segments {
        for row in (0..rows.date.len()).filter(|&row| rows.alive[row]) {
            messages += 1;
            threads[rows.thread[row] as usize] = true;
            people[rows.person[row] as usize] = true;
            let date = rows.date[row];
            widen(&mut span, date);
            let month = (date != UNDATED).then(|| {
                let (year, month) = year_month(rows.month[row]);
                year as u32 * 100 + month
            });
            if let Some(month) = month {
                *months.entry(month).or_default() += 1;
            }
            for &list in &columns.list_sets[rows.lists[row] as usize] {
                let (list, by_month) = &mut lists[list as usize];
                list.messages += 1;
                widen(&mut list.span, date);
                if let Some(month) = month {
                    *by_month.entry(month).or_default() += 1;
                }
            }
        }
    }
    let lists = lists
        .into_iter()
        .map(|(mut list, months)| {
            list.months = months.into_iter().collect();
            list
        })
        .filter(|list| list.messages > 0)
        .collect();
    let count = |seen: Vec<bool>| seen.into_iter().filter(|seen| *seen).count() as u64;
    Overview {
        messages,
        threads: count(threads),
        people: count(people),
        span,
        months: months.into_iter().collect(),
        lists,
        last_run: (at > 0).then_some(at),
        generation,
    }
}

/// Makes a span hold a date, if the date is known.
pub(crate) fn widen(span: &mut Option<(i64, i64)>, date: i64) {
    if date != UNDATED {
        *span = Some(span.map_or((date, date), |(first, last)| (first.min(date), last.max(date))));
    }
}
