//! Whether a query may take many times as long as most: those who answer strangers let only a few of such run at once.

use super::{Parsed, Query, Scope, Text};

/// Words that a query may have and be like others, those of everything that was ever sent counted twice: their lists are longer.
const WORDS: usize = 8;
/// Words of a phrase that may stand in everything that was ever sent; the places of common ones are long lists.
const PHRASE_WORDS: usize = 3;

impl Parsed {
    /// Whether this may take many times as long as most queries. A guess by its shape, which costs nothing.
    pub fn is_dear(&self) -> bool {
        let (mut words, mut left) = (0, vec![&self.query]);
        while let Some(query) = left.pop() {
            match query {
                Query::And(parts) | Query::Or(parts) => left.extend(parts),
                Query::Not(part) => left.push(part),
                // First all messages of the threads, then what they hold.
                Query::ThreadWith(_) => return true,
                Query::Is { value, .. } if value.contains('*') => return true,
                Query::Text { text: Text::Prefix(_) | Text::Fuzzy(..), .. } => return true,
                Query::Text { scope, text: Text::Phrase { words: phrase, slop } } => {
                    let everywhere = self.is_everywhere(*scope);
                    let count = phrase.split_whitespace().count();
                    if *slop > 0 || count > if everywhere { PHRASE_WORDS - 1 } else { PHRASE_WORDS } {
                        return true;
                    }
                    words += if everywhere { 2 * count } else { count };
                }
                Query::Text { scope, text: text @ (Text::Near { .. } | Text::Word(_)) } => {
                    let count = if matches!(text, Text::Word(_)) { 1 } else { 2 };
                    words += if self.is_everywhere(*scope) { 2 * count } else { count };
                }
                Query::All | Query::Is { .. } | Query::Date { .. } | Query::Number { .. } => {}
            }
        }
        words > WORDS
    }

    fn is_everywhere(&self, scope: Option<Scope>) -> bool {
        scope.unwrap_or(self.scope) == Scope::Everything
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn what_people_type_is_cheap_and_what_makes_an_index_work_is_dear() {
        for (text, dear) in [
            ("", false),
            ("ipv6 deployment cost", false),
            ("from:ann subject:budget after:2015 -draft", false),
            ("one two three four five six seven eight", false),
            ("one two three four five six seven eight nine", true),
            ("\"enabling environment\"", false),
            ("\"the enabling environment\"", false),
            ("\"of the enabling environment\"", true),
            ("in:everything \"enabling environment\"", false),
            ("in:everything \"the enabling environment\"", true),
            ("in:everything one two three four", false),
            ("in:everything one two three four five", true),
            ("privat*", true),
            ("cost (access OR -privat*)", true),
            ("kenya~1", true),
            ("thread:{from:ann}", true),
        ] {
            assert_eq!(parse(text, (2016, 8, 1)).is_dear(), dear, "{text}");
        }
    }
}
