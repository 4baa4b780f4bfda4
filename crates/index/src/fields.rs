//! The one table of what can be asked. Schema, query prefixes, facets and help come from it.

use crate::query::Scope;

/// The index's layout, kept in its folder; another number means the index must be rebuilt.
///
/// 1: first. 2: no fields of stems, ids as bytes, threads looked up in their column, messages
/// enclosed in digests. 3: the run that brought a message, the text of attached files. 4: no name of a person
/// holds an address, and no author of In-Reply-To's prose is a parent.
pub const SCHEMA_VERSION: u32 = 4;

/// One thing that can be asked for with a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its prefix, without the colon; also its name in [`crate::Query`] and in links.
    pub name: &'static str,
    /// Other prefixes that mean the same: short ones, and those of other systems.
    pub aliases: &'static [&'static str],
    /// What follows the colon.
    pub kind: Kind,
    /// Whether its values are counted beside the results.
    pub facet: bool,
    /// What it finds, in one line.
    pub help: &'static str,
    /// One use of it.
    pub example: &'static str,
    /// The only values it can have, where they are known beforehand.
    pub values: &'static [&'static str],
}

/// What follows a field's colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words, phrases and groups of them, looked for there.
    Words(Scope),
    /// A whole value; `*` stands for anything in it and a comma separates alternatives.
    Exact,
    /// A day, month, quarter, year or span of them.
    Date,
    /// A number or a span of numbers.
    Number,
    /// Where words without a prefix look.
    Scope,
    /// A thread's id, or a query in brackets that some message of the thread answers.
    Thread,
}

/// Every field.
pub const FIELDS: &[Field] = &[
    field("subject", &["s"], Kind::Words(Scope::Subject), "words of the subject", "subject:deployment"),
    field("body", &["b"], Kind::Words(Scope::Body), "words of the text, quoted ones included", "body:\"case study\""),
    field("own", &["nq"], Kind::Words(Scope::OwnOnly), "words the author wrote, without the subject", "own:agree"),
    field("quoted", &["q"], Kind::Words(Scope::Quoted), "words the author quoted", "quoted:proposal"),
    field(
        "signature",
        &["sig"],
        Kind::Words(Scope::Signature),
        "words of signatures and list footers",
        "signature:network",
    ),
    field(
        "text",
        &["bs", "everything"],
        Kind::Words(Scope::Everything),
        "words anywhere: subject, text, quotes, signatures, attached files and their names",
        "text:annex",
    ),
    field(
        "from",
        &["f", "sender"],
        Kind::Words(Scope::From),
        "the sender's name or address as the message has it",
        "from:okoumba",
    ),
    field(
        "to",
        &["t", "cc", "c", "tc", "recip", "bcc"],
        Kind::Words(Scope::To),
        "a recipient's name or address",
        "to:bp_ipv6",
    ),
    field(
        "file",
        &["n", "filename", "attachment"],
        Kind::Words(Scope::File),
        "words of an attached file's name",
        "file:notes",
    ),
    field(
        "attached",
        &["filetext"],
        Kind::Words(Scope::Attachments),
        "words inside attached files: PDF, office documents, plain text",
        "attached:survey",
    ),
    field(
        "person",
        &["author", "a"],
        Kind::Exact,
        "a person, under all names and addresses used",
        "person:\"séraphine okoumba\"",
    )
    .counted(),
    field("domain", &[], Kind::Exact, "the domain of the sender's address", "domain:example.org"),
    field("list", &["l", "lid", "v"], Kind::Exact, "a mailing list; `*` stands for anything", "list:bp_ipv6,bp_gender")
        .counted(),
    field(
        "date",
        &["d"],
        Kind::Date,
        "sent then, UTC: a day, month, quarter, year, span, or so long ago",
        "date:2016-05..2016-09",
    ),
    field("after", &["since", "newer_than", "newer"], Kind::Date, "sent on that day or later", "after:2016-05-01"),
    field("before", &["until", "older_than", "older"], Kind::Date, "sent earlier than that day", "before:2016-05-01"),
    field("year", &[], Kind::Exact, "sent in that year, UTC", "year:2015,2016").counted(),
    field("month", &[], Kind::Exact, "sent in that month, UTC", "month:2016-08").counted(),
    field("has", &[], Kind::Exact, "what the message has", "has:attachment").counted().only(HAS),
    field("is", &["tag"], Kind::Exact, "what the message is", "is:root").counted().only(IS),
    field("in", &[], Kind::Scope, "where words without a prefix are looked for", "in:everything").only(IN),
    field("lang", &["language"], Kind::Exact, "the language of the author's words", "lang:fr").counted(),
    field(
        "mid",
        &["m", "id", "msgid", "i", "rfc822msgid"],
        Kind::Exact,
        "a Message-ID, with or without <>",
        "mid:<a1@example.org>",
    ),
    field(
        "thread",
        &["w"],
        Kind::Thread,
        "a thread by its id, or the threads in which some message answers a query",
        "thread:{is:call cost}",
    ),
    field("replies", &[], Kind::Number, "how many direct replies the message got", "replies:>1"),
    field("size", &["z"], Kind::Number, "size in bytes; k, M and G count in steps of 1,024", "size:2k..8k"),
    field("larger", &[], Kind::Number, "more bytes than that", "larger:4k"),
    field("smaller", &[], Kind::Number, "fewer bytes than that", "smaller:10k"),
    field("mime", &["mimetype"], Kind::Exact, "the MIME type of a part", "mime:application/pdf"),
    field("repair", &[], Kind::Exact, "what had to be repaired when the message was read", "repair:charset"),
    field(
        "run",
        &[],
        Kind::Exact,
        "the ingest that brought the message first, by the name `plenary runs` gives it; `*` stands for the rest",
        "run:20161130T120000Z",
    ),
];

/// What a message can have, for `has:`.
pub const HAS: &[&str] = &["attachment", "link", "gdoc", "recording", "html", "patch"];

/// What a message can be, for `is:`.
pub const IS: &[&str] =
    &["root", "reply", "summary", "call", "announcement", "digest-reply", "forward", "crossposted", "conflict", "weak"];

/// Where words can be looked for, for `in:`; [`Scope::named`] says which is which.
pub const IN: &[&str] =
    &["own", "quotes", "signatures", "everything", "subject", "body", "own-text", "from", "to", "file", "attachments"];

/// How words and fields are put together: an example, and what it finds.
pub const SYNTAX: &[(&str, &str)] = &[
    ("ipv6 deployment", "both words, in any of their inflections; AND or && between them says the same"),
    ("ipv4 OR ipv6", "either word; | says the same. AND, OR, NOT and NEAR count only in capitals"),
    ("{ipv4 ipv6 dns}", "any of the words in braces"),
    ("ipv6 -draft", "without that word; NOT draft and !draft say the same"),
    ("(ipv4 OR ipv6) cost", "brackets group; without them NOT binds first, then AND, then OR"),
    ("\"best practice\"", "these words one after another, exactly as written"),
    ("\"best practice\"~5", "the same with up to 5 other words between them"),
    ("=costs", "this word exactly as written, no inflections; +costs says the same"),
    ("ipv6 NEAR/5 cost", "within 5 words of each other, in either order; NEAR alone means 10, AROUND(5) says the same"),
    ("ipv6 ADJ/5 cost", "in this order with up to 5 words between"),
    ("privat*", "words that begin so; at least two letters before the star"),
    ("deploiment~1", "words that differ in one letter; ~2 for two"),
    ("subject:(ipv6 OR dns)", "a field holds for everything in its brackets"),
    ("list:bp_ipv6,bp_dns", "either value of a field"),
    ("*", "every message"),
];

/// The field a prefix names, by its name or an alias, in any case.
pub fn find(prefix: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| {
        field.name.eq_ignore_ascii_case(prefix) || field.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(prefix))
    })
}

const fn field(
    name: &'static str,
    aliases: &'static [&'static str],
    kind: Kind,
    help: &'static str,
    example: &'static str,
) -> Field {
    Field { name, aliases, kind, facet: false, help, example, values: &[] }
}

impl Field {
    const fn counted(self) -> Field {
        Field { facet: true, ..self }
    }

    const fn only(self, values: &'static [&'static str]) -> Field {
        Field { values, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;

    #[test]
    fn every_name_and_alias_leads_to_its_own_row() {
        for row in FIELDS {
            for prefix in row.aliases.iter().chain([&row.name]) {
                assert_eq!(find(prefix), Some(row), "{prefix}");
                assert_eq!(find(&prefix.to_uppercase()), Some(row), "{prefix} in capitals");
            }
        }
        assert_eq!(find("nosuch"), None);
    }

    #[test]
    fn every_example_of_the_table_reads_without_a_problem() {
        for example in FIELDS.iter().map(|row| row.example).chain(SYNTAX.iter().map(|row| row.0)) {
            let parsed = parse(example, (2026, 11, 24));
            assert!(parsed.problems.is_empty(), "{example}: {:?}", parsed.problems);
        }
    }

    #[test]
    fn every_example_uses_its_own_prefix() {
        for row in FIELDS {
            assert!(row.example.starts_with(&format!("{}:", row.name)), "{}", row.example);
        }
    }

    #[test]
    fn every_known_value_reads_without_a_problem_and_every_scope_has_its_name() {
        for row in FIELDS {
            for value in row.values {
                let typed = format!("{}:{value}", row.name);
                assert!(parse(&typed, (2026, 11, 24)).problems.is_empty(), "{typed}");
            }
        }
        for name in IN {
            assert_eq!(Scope::named(name).map(Scope::name), Some(*name));
        }
    }
}
