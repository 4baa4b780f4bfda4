//! A month by day: bars that are links, as [`crate::chart`] draws them by month.

use chrono::{Datelike, NaiveDate};

use crate::{
    Config,
    chart::{Bar, Chart, HEIGHT, Label, percent},
    links, wording,
};

/// Draws the days of a month; `counts` are days since 1970 and messages.
pub(crate) fn draw(
    slug: &str,
    (year, month): (i32, u32),
    counts: &[(i64, u64)],
    config: &Config,
    chosen: u32,
) -> Chart {
    let (Some(first), Some(length)) = (NaiveDate::from_ymd_opt(year, month, 1), length(year, month)) else {
        return Chart::default();
    };
    let since = first.signed_duration_since(NaiveDate::default()).num_days();
    let of = |day: u32| {
        let number = since + i64::from(day) - 1;
        counts.iter().find(|(found, _)| *found == number).map_or(0, |(_, count)| *count)
    };
    let tallest = (1..=length).map(of).max().unwrap_or(0).max(1);
    let width = 100.0 / f64::from(length);
    let x = |day: u32| f64::from(day - 1) * width;
    let happened = |day: u32| {
        let date = format!("{year:04}-{month:02}-{day:02}");
        let ours = |lists: &[String]| lists.is_empty() || lists.iter().any(|list| list == slug);
        let events = config.milestones.iter().filter(|it| it.date == date && ours(&it.lists));
        events.map(|it| it.title.as_str()).collect::<Vec<_>>().join("; ")
    };
    let bars: Vec<Bar> = (1..=length)
        .map(|day| {
            let count = of(day);
            let height = if count == 0 { 0 } else { (count * HEIGHT / tallest).max(2) };
            Bar {
                name: format!("{day} {} {year}", wording::month_name(month)),
                count,
                address: if count == 0 { String::new() } else { links::day(slug, year, month, day) },
                chosen: day == chosen,
                x: percent(x(day)),
                width: percent(width * 0.86),
                y: HEIGHT - height,
                height,
                events: happened(day),
            }
        })
        .collect();
    let marks = bars.iter().zip(1..).filter(|(bar, _)| !bar.events.is_empty()).map(|(bar, day)| Label {
        x: percent(x(day) + width * 0.43),
        text: String::new(),
        title: bar.events.clone(),
        when: bar.name.clone(),
        numbered: true,
        before: false,
    });
    let label = |day: u32| Label { x: percent(x(day)), text: day.to_string(), ..Label::default() };
    let busy = bars.iter().filter(|bar| bar.count > 0).count();
    Chart {
        sentence: format!(
            "Messages on {} of the {length} days of {} {year}.",
            wording::count(busy as u64),
            wording::month_name(month)
        ),
        labels: [1, 8, 15, 22, 29].into_iter().filter(|day| *day <= length).map(label).collect(),
        marks: marks.collect(),
        bars,
        unit: "day",
    }
}

/// How many days a month has.
fn length(year: i32, month: u32) -> Option<u32> {
    let next =
        if month == 12 { NaiveDate::from_ymd_opt(year + 1, 1, 1) } else { NaiveDate::from_ymd_opt(year, month + 1, 1) };
    Some(next?.pred_opt()?.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_a_month_has_a_bar_and_days_with_messages_a_link() {
        let first = NaiveDate::from_ymd_opt(2016, 2, 1).unwrap().signed_duration_since(NaiveDate::default()).num_days();
        let chart = draw("a", (2016, 2), &[(first, 1), (first + 28, 4), (first + 29, 9)], &Config::default(), 29);
        assert_eq!(chart.bars.len(), 29);
        let shown: Vec<_> = [0, 1, 28].map(|n| (chart.bars[n].count, chart.bars[n].address.as_str())).into();
        assert_eq!(shown, [(1, "/l/a/2016/02/01/"), (0, ""), (4, "/l/a/2016/02/29/")]);
        assert!(chart.bars[28].chosen);
        assert_eq!(draw("a", (2016, 13), &[], &Config::default(), 0).bars.len(), 0);
    }
}
