//! How a message differs from another that claims the same Message-ID: said on its page, since title, author and date often do not.

use plenary_index::Entry;

use crate::{
    Config,
    asked::{built, is},
    card::{self, Brief},
    links,
    piece::plain,
    wording,
};

/// Rivals that are compared with a message; where there are more, a search for their Message-ID has all.
pub(crate) const MOST: usize = 5;
/// Words shown of each where they begin to differ, and those before.
const SHOWN: usize = 8;
const BEFORE: usize = 2;

/// Another message that claims the same Message-ID.
pub(crate) struct Rival {
    /// In brief.
    pub(crate) brief: Brief,
    /// In what it differs.
    pub(crate) differs: String,
}

/// Puts the rivals of a message into words.
pub(crate) fn of(here: &Entry, rivals: &[Entry], config: &Config) -> Vec<Rival> {
    let rival = |there: &Entry| Rival { brief: card::brief(&there.card, config), differs: differs(here, there) };
    rivals.iter().map(rival).collect()
}

/// The search for all that claim a message's Message-ID, where it has more rivals than are compared.
pub(crate) fn all(here: &Entry) -> Option<String> {
    let id = here.card.message_id.as_deref().filter(|_| here.rivals.len() > MOST)?;
    Some(links::search(&built(vec![is("mid", id)]), &[("group", "none")]))
}

fn differs(here: &Entry, there: &Entry) -> String {
    let long = |entry: &Entry| wording::counted(entry.message.text.split_whitespace().count() as u64, "word", "words");
    let words = match parting(&here.message.text, &there.message.text) {
        None => "the same words; headers or attached files differ".to_owned(),
        Some((ours, theirs)) => {
            let (length, own) = (long(there), long(here));
            let length = if length == own { format!("{length}, as here") } else { format!("{length}, here {own}") };
            format!("{length}; there {theirs}, here {ours}")
        }
    };
    let dumps: Vec<String> = there.places.iter().map(|place| plain(&place.dump)).collect();
    if dumps.is_empty() { words } else { format!("{words}; found in {}", dumps.join(", ")) }
}

/// The words of two texts from where they begin to differ; nothing where they are the same.
fn parting(here: &str, there: &str) -> Option<(String, String)> {
    let same =
        here.split_whitespace().zip(there.split_whitespace()).take_while(|(ours, theirs)| ours == theirs).count();
    let from = |text: &str| {
        let all = text.split_whitespace().skip(same.saturating_sub(BEFORE));
        let words: Vec<&str> = all.clone().take(SHOWN).collect();
        let more = if all.count() > SHOWN { " …" } else { "" };
        format!("“{}{}{more}”", if same > BEFORE { "… " } else { "" }, plain(&words.join(" ")))
    };
    let ends = |text: &str| text.split_whitespace().nth(same).is_none();
    (!ends(here) || !ends(there)).then(|| (from(here), from(there)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_part_at_the_first_other_word() {
        let (ours, theirs) =
            parting("Dear all, the boats come at six.", "Dear all, the  boats come\nat nine. Bye.").unwrap();
        assert_eq!((ours.as_str(), theirs.as_str()), ("“… come at six.”", "“… come at nine. Bye.”"));
        assert_eq!(parting("a b", "a b c").unwrap(), ("“a b”".into(), "“a b c”".into()));
        assert_eq!(parting("a  b\n", "a b"), None);
        assert!(parting("mail ann@example.org", "nothing").unwrap().0.contains("…@example.org"));
    }
}
