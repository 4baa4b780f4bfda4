//! Facets: which parts of a query are facet filters, and what their counts are called.

use crate::{
    Count, Facets, Parsed, Query,
    chosen::{Chosen, FACETS},
    columns::{Columns, year_month},
    document::FLAGS,
    plan::{Planner, matches_glob, months},
    sweep::Gathered,
};

/// People counted beside the results: the most frequent ones. All that are chosen are shown besides.
const PEOPLE: usize = 50;

/// Takes the facet filters out of a query: clauses at its top that name nothing but values of one facet.
pub(crate) fn divide(parsed: &Parsed, planner: &Planner<'_>) -> (Query, Chosen) {
    let clauses = match &parsed.query {
        Query::And(all) => all.clone(),
        other => vec![other.clone()],
    };
    let mut chosen = Chosen::default();
    let mut rest = Vec::new();
    for clause in clauses {
        match values(&clause) {
            // Two filters on one facet both have to hold; only one of them can be the facet's.
            Some((field, values)) if !chosen.has_filter(field) => chosen.set(field, &values, planner),
            _ => rest.push(clause),
        }
    }
    let rest = match rest.len() {
        0 => Query::All,
        1 => rest.remove(0),
        _ => Query::And(rest),
    };
    (rest, chosen)
}

/// The facet and the values that a clause asks for, if it is a facet filter.
fn values(clause: &Query) -> Option<(&'static str, Vec<&str>)> {
    let any = match clause {
        Query::Or(any) => any.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut facet = None;
    let mut values = Vec::new();
    for query in any {
        match query {
            Query::Is { field, value } if FACETS.contains(field) && facet.is_none_or(|known| known == *field) => {
                facet = Some(*field);
                values.push(value.as_str());
            }
            _ => return None,
        }
    }
    Some((facet?, values))
}

/// Counts as people read them.
pub(crate) fn count(columns: &Columns, gathered: &Gathered, parsed: &Parsed) -> Facets {
    let filters = parsed.filters();
    let chosen = |field: &str, value: &str| {
        if !filters.iter().any(|(name, _)| *name == field) {
            return false;
        }
        let value = value.to_lowercase();
        filters.iter().any(|(name, values)| {
            *name == field && values.iter().any(|pattern| matches_glob(&value, &pattern.to_lowercase()))
        })
    };
    let make = |field: &str, value: String, label: String, count: u64| {
        let chosen = chosen(field, &value);
        (count > 0 || chosen).then_some(Count { value, label, count, chosen })
    };

    let mut lists = vec![0; columns.lists.len()];
    for (set, &count) in gathered.list_sets.iter().enumerate() {
        columns.list_sets[set].iter().for_each(|&list| lists[list as usize] += count);
    }
    let list = by_count(
        columns
            .lists
            .iter()
            .zip(lists)
            .filter_map(|(slug, count)| make("list", slug.clone(), slug.clone(), count))
            .collect(),
    );

    let mut frequent: Vec<usize> = (0..gathered.people.len()).filter(|&i| gathered.people[i] > 0).collect();
    let order = |&i: &usize| (std::cmp::Reverse(gathered.people[i]), &columns.people[i].1, &columns.people[i].0);
    if frequent.len() > PEOPLE {
        frequent.select_nth_unstable_by(PEOPLE, |a, b| order(a).cmp(&order(b)));
        frequent.truncate(PEOPLE);
    }
    if filters.iter().any(|(name, _)| *name == "person") {
        let missing: Vec<usize> = (0..columns.people.len())
            .filter(|i| chosen("person", &columns.people[*i].0) && !frequent.contains(i))
            .collect();
        frequent.extend(missing);
    }
    let person = by_count(
        frequent
            .into_iter()
            .filter_map(|i| {
                make("person", columns.people[i].0.clone(), columns.people[i].1.clone(), gathered.people[i])
            })
            .collect(),
    );

    // Nearly all months of the table are empty; a name is only written for one that is shown.
    let shown = |count: u64, field: &str| count > 0 || filters.iter().any(|(name, _)| *name == field);
    let month = gathered
        .months
        .iter()
        .enumerate()
        .filter(|(_, count)| shown(**count, "month"))
        .filter_map(|(month, &count)| {
            let (year, month) = year_month(month as u16);
            make("month", format!("{year:04}-{month:02}"), format!("{} {year}", MONTH_NAMES[month as usize - 1]), count)
        })
        .collect();
    let year = gathered
        .years
        .chunks(12)
        .map(|counts| counts.iter().sum())
        .enumerate()
        .filter(|(_, count)| shown(*count, "year"))
        .filter_map(|(year, count)| {
            let year = (1970 + year).to_string();
            make("year", year.clone(), year, count)
        })
        .collect();
    let flags = |wanted: &str| {
        let counted = FLAGS.iter().zip(gathered.flags).filter(|((field, _), _)| *field == wanted);
        by_count(
            counted
                .filter_map(|((field, value), count)| make(field, value.to_string(), value.replace('-', " "), count))
                .collect(),
        )
    };
    let lang = by_count(
        columns
            .languages
            .iter()
            .zip(&gathered.languages)
            .filter(|(code, _)| !code.is_empty())
            .filter_map(|(code, &count)| make("lang", code.clone(), language_name(code).to_owned(), count))
            .collect(),
    );
    Facets { list, person, year, month, has: flags("has"), is: flags("is"), lang }
}

fn by_count(mut counts: Vec<Count>) -> Vec<Count> {
    counts.sort_by(|a, b| (b.count, &a.label, &a.value).cmp(&(a.count, &b.label, &b.value)));
    counts
}

impl Chosen {
    fn has_filter(&self, field: &str) -> bool {
        match field {
            "list" => self.lists.is_some(),
            "person" => self.people.is_some(),
            "year" => self.years.is_some(),
            "month" => self.months.is_some(),
            "has" => self.has.is_some(),
            "is" => self.is.is_some(),
            _ => self.languages.is_some(),
        }
    }

    fn set(&mut self, field: &str, values: &[&str], planner: &Planner<'_>) {
        let columns = planner.columns;
        let matches =
            |text: &str| values.iter().any(|pattern| matches_glob(&text.to_lowercase(), &pattern.to_lowercase()));
        let spans = || values.iter().filter_map(|value| months(value)).collect::<Vec<_>>();
        let mask = || {
            let bits = FLAGS.iter().enumerate().filter(|(_, (name, value))| *name == field && values.contains(value));
            bits.fold(0, |mask, (bit, _)| mask | 1 << bit)
        };
        match field {
            "list" => {
                let set = |set: &Vec<u32>| set.iter().any(|&list| matches(&columns.lists[list as usize]));
                self.lists = Some(columns.list_sets.iter().map(set).collect());
            }
            "person" => {
                let each: Vec<Vec<bool>> = values.iter().map(|value| planner.people(value)).collect();
                self.people = Some((0..columns.people.len()).map(|i| each.iter().any(|people| people[i])).collect());
            }
            "year" => self.years = Some(spans()),
            "month" => self.months = Some(spans()),
            "has" => self.has = Some(mask()),
            "is" => self.is = Some(mask()),
            _ => self.languages = Some(columns.languages.iter().map(|code| matches(code)).collect()),
        }
    }
}

/// Short names of months, in English as the whole interface.
pub(crate) const MONTH_NAMES: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The English name of a language; its code where we have none.
fn language_name(code: &str) -> &str {
    match code {
        "ar" => "Arabic",
        "cs" => "Czech",
        "da" => "Danish",
        "de" => "German",
        "el" => "Greek",
        "en" => "English",
        "es" => "Spanish",
        "fi" => "Finnish",
        "fr" => "French",
        "he" => "Hebrew",
        "hi" => "Hindi",
        "hu" => "Hungarian",
        "id" => "Indonesian",
        "it" => "Italian",
        "ja" => "Japanese",
        "ko" => "Korean",
        "nl" => "Dutch",
        "no" => "Norwegian",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "ro" => "Romanian",
        "ru" => "Russian",
        "sv" => "Swedish",
        "th" => "Thai",
        "tr" => "Turkish",
        "uk" => "Ukrainian",
        "zh" => "Chinese",
        other => other,
    }
}
