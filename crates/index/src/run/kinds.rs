//! What the kinds in a report mean, in words for those who read one.

/// A sentence for each outcome of a message, in the order of the sum.
pub const OUTCOMES: [(&str, &str); 5] = [
    ("new", "a message the archive did not have"),
    ("known", "a copy of a message it has: the same list in another dump, or the same message on another list"),
    ("richer", "a copy that holds more than the one shown before, such as an attachment; it is shown from now on"),
    ("conflict", "the Message-ID of a message that is there, with other words; both are kept and name each other"),
    ("set aside", "what could not be read as a message; its bytes, its place and the reason are kept"),
];

/// A phrase for each kind of problem.
const PROBLEMS: [(&str, &str); 20] = [
    ("attachment", "an attached file whose text cannot be searched, or not all of it"),
    ("charset", "no character set, or a wrong one"),
    ("date", "no date that can be believed"),
    ("digest", "a digest of several messages"),
    ("empty", "a file without content"),
    ("enclosed", "a message taken out of a digest"),
    ("file-name", "an attached file whose name is too long to be kept whole"),
    ("framing", "a message that may be part of the one before it"),
    ("from", "no author, several, or one whose name or address may deceive"),
    ("header", "a header too long or too large to be read whole"),
    ("html", "a web page that could not be read as text, or not all of it"),
    ("left-out", "files in an archive that hold no mail"),
    ("message-id", "no Message-ID, or one that cannot be used"),
    ("parts", "parts that are missing, too many or nested too deep"),
    ("recipients", "more recipients than are kept"),
    ("references", "more messages answered than are kept"),
    ("stray", "bytes that belong to no message"),
    ("text", "a text longer than is searched"),
    ("truncated", "a message that was cut off"),
    ("unreadable", "a file, a file in an archive, or a message that cannot be read to its end"),
];

/// What a kind of problem is, as a phrase; the kind itself where there is none.
pub fn problem(kind: &str) -> &str {
    PROBLEMS.iter().find(|(known, _)| *known == kind).map_or(kind, |(_, phrase)| phrase)
}

/// Problems of files: no message has them.
const OF_FILES: [&str; 4] = ["empty", "left-out", "stray", "unreadable"];

/// Whether a kind is a file's problem; the others are found by the search `repair:KIND`.
pub fn of_files(kind: &str) -> bool {
    OF_FILES.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_phrase_of_its_own() {
        assert!(OF_FILES.iter().all(|kind| problem(kind) != *kind));
        assert!(PROBLEMS.is_sorted_by_key(|(kind, _)| *kind) && PROBLEMS.iter().all(|(_, phrase)| phrase.len() > 10));
        assert_eq!(problem("of tomorrow"), "of tomorrow");
    }
}
