//! The nouns of mail: a message, its id, its author, its date.

use std::{borrow::Cow, fmt};

use sha1::{Digest, Sha1};

use crate::{Problem, Span, parse::address};

/// One message as it was understood. The bytes it came from are kept elsewhere, unchanged.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The address of the message for ever: from its Message-ID, or from its content where it has none.
    pub id: Id,
    /// The Message-ID header, where there is a usable one.
    pub message_id: Option<MessageId>,
    /// Who wrote it: the From header, unmasked (`ann at example.org`) and unwrapped (`Ann via list`).
    pub author: Address,
    /// To and Cc, in order, at most [`crate::parse::MAX_RECIPIENTS`].
    pub recipients: Vec<Address>,
    /// The Subject header decoded and unfolded, list prefixes and `Re:` still there; may be empty.
    pub subject: String,
    /// When it was sent, where that can be known.
    pub date: Option<Dated>,
    /// The messages it answers, oldest first: References, then In-Reply-To; at most [`crate::parse::MAX_REFERENCES`].
    pub references: Vec<MessageId>,
    /// The readable text, all of it: own words, quotes, signature, footer. Line ends are `\n`.
    pub text: String,
    /// Who speaks where in `text`: spans that follow one another and cover it whole.
    pub spans: Vec<Span>,
    /// The parts that are not shown as text.
    pub attachments: Vec<Attachment>,
    /// Whether there is an HTML rendering of the text.
    pub has_html: bool,
    /// What was odd about it and what was done.
    pub problems: Vec<Problem>,
}

/// The permanent name of a message: SHA-1 of its Message-ID without brackets, the hash Mailman 3 uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub [u8; 20]);

impl Id {
    /// The id of a Message-ID, given without its angle brackets.
    pub fn of_message_id(id: &MessageId) -> Id {
        Id(Sha1::digest(id.as_str().as_bytes()).into())
    }

    /// The id of a message without Message-ID, from a digest of its content.
    pub fn of_content(parts: &[&str]) -> Id {
        let mut hash = Sha1::new();
        for part in parts {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        Id(hash.finalize().into())
    }

    /// Reads the 32 letters and digits that [`fmt::Display`] writes, in either case.
    pub fn parse(text: &str) -> Option<Id> {
        let bytes = data_encoding::BASE32.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        Some(Id(bytes.try_into().ok()?))
    }

    /// The first eight bytes as a number: a stable key to sort and walk by, not an identity.
    pub fn key(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(first)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::BASE32.encode(&self.0).to_ascii_lowercase())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

/// A Message-ID without angle brackets: never empty, no white space, at most [`MessageId::MAX`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Longest id kept. RFC 5322 allows lines of 998 bytes; nothing honest comes near.
    pub const MAX: usize = 998;

    /// Takes an id as it stands between (or without) its brackets. Pipermail's ` at ` is undone and white space that a
    /// folded header left inside is dropped. `None` where nothing is left or it is longer than [`MessageId::MAX`].
    pub fn parse(raw: &str) -> Option<MessageId> {
        // What is dropped goes first, so that an id is read from itself: no bracket of its own may come to stand at an end.
        let seen: String = raw.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect();
        let bare = seen.trim_start_matches(|c: char| c == '<' || c.is_whitespace());
        let bare = bare.trim_end_matches(|c: char| c == '>' || c.is_whitespace());
        let id = bare.replacen(" at ", "@", usize::from(!bare.contains('@')));
        let id: String = id.chars().filter(|c| !c.is_whitespace()).collect();
        (!id.is_empty() && id.len() <= Self::MAX).then_some(MessageId(id))
    }

    /// The id without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name and an address, either of which may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// Display name, decoded, quotes and doubled spaces removed.
    pub name: Option<String>,
    /// `local@domain` in lower case, masking undone.
    pub email: Option<String>,
}

impl Address {
    /// Most letters of a local part that [`Address::display`] shows.
    pub const MAX_SHOWN: usize = 3;

    /// Who this is, to be shown: the name, or else the address shortened to `ann…@example.org`, or else `unknown author`. Never
    /// a whole address, not even in two halves beside the domain.
    pub fn display(&self) -> Cow<'_, str> {
        match (&self.name, &self.email) {
            (Some(name), email) if !email.as_deref().is_some_and(|email| says_again(name, email)) => {
                without_addresses(name)
            }
            (_, Some(email)) => Cow::Owned(shortened(email)),
            _ => Cow::Borrowed("unknown author"),
        }
    }

    /// Whether a local part is no word that could be somebody's name as well.
    pub fn is_account(local: &[u8]) -> bool {
        local.iter().any(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'+'))
    }

    /// The domain of the address.
    pub fn domain(&self) -> Option<&str> {
        self.email.as_deref()?.rsplit_once('@').map(|(_, domain)| domain)
    }

    /// The domain, where it is to stand beside the name shown, which may hold it already.
    pub fn domain_beside(&self) -> Option<&str> {
        self.domain().filter(|domain| self.display().rsplit_once('@').is_none_or(|(_, shown)| shown != *domain))
    }
}

/// Whether a name only says the local part again: `ann.lee <ann.lee@example.org>`.
fn says_again(name: &str, email: &str) -> bool {
    let local = email.rsplit_once('@').map_or(email, |(local, _)| local);
    name.to_lowercase() == local && Address::is_account(local.as_bytes())
}

/// `ann…@example.org` of `ann.lee@example.org`: enough to tell people apart, too little to write to them.
fn shortened(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    // Of a short one not even three letters: they would be all of it, or nearly.
    let most = Address::MAX_SHOWN.min(local.chars().count() / 2);
    let shown: String = local.chars().take(most).collect();
    format!("{shown}…@{domain}")
}

/// A name in which addresses, as far as it has some, are shortened.
fn without_addresses(name: &str) -> Cow<'_, str> {
    const SIGNS: [&str; 4] = [" (at) ", " [at] ", "(at)", "[at]"];
    // Of the same length, so that places in it are places in the name.
    let lower = name.to_ascii_lowercase();
    let mut spelled = String::new();
    let mut at = 0;
    while at < name.len() {
        let sign = SIGNS.iter().find(|sign| lower[at..].starts_with(**sign));
        let end = at + sign.map_or_else(|| name[at..].chars().next().map_or(1, char::len_utf8), |sign| sign.len());
        spelled.push_str(if sign.is_some() { "@" } else { &name[at..end] });
        at = end;
    }
    let plain = if spelled == name { address::unmask(name) } else { Cow::Owned(spelled) };
    if !plain.contains('@') {
        return Cow::Borrowed(name);
    }
    let word = |word: &str| match word.rsplit_once('@') {
        Some((local, domain)) if domain.contains('.') => {
            let start = local.find(char::is_alphanumeric).unwrap_or(local.len());
            format!("{}{}", &word[..start], shortened(&word[start..]))
        }
        _ => word.to_owned(),
    };
    Cow::Owned(plain.split(' ').map(word).collect::<Vec<_>>().join(" "))
}

/// A moment, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// The sender's offset from UTC in minutes, where the header gave one.
    pub offset: Option<i16>,
    /// Which header said so.
    pub source: DateSource,
}

/// Where a date was taken from, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateSource {
    /// The Date header.
    Date,
    /// The last Received header.
    Received,
    /// The From_ line of the mbox: the archive host's local clock, so a zone's width unsure.
    FromLine,
}

impl DateSource {
    /// The word for it in reports and in `repair:` queries.
    pub fn name(self) -> &'static str {
        match self {
            DateSource::Date => "date",
            DateSource::Received => "received",
            DateSource::FromLine => "from-line",
        }
    }
}

/// A part of a message that is not shown as its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The name the sender gave, cleaned to a bare file name of at most 255 bytes; `None` where none was given.
    pub name: Option<String>,
    /// `type/subtype` in lower case.
    pub media_type: String,
    /// Bytes after decoding; 0 where only a stub is left.
    pub size: u64,
    /// Which MIME part it is, for [`crate::parse::attachment_bytes`]; `None` for a stub.
    pub part: Option<usize>,
    /// Digest of the decoded bytes; 0 for a stub.
    pub digest: u128,
    /// Where Pipermail's scrubber said it had put the bytes.
    pub url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_shown_by_a_whole_address() {
        for (name, email, shown, beside) in [
            ("Ann Lee", "ann.lee@example.org", "Ann Lee", Some("example.org")),
            ("Ann", "ann@example.org", "Ann", Some("example.org")),
            ("Jean-Luc", "jean-luc@example.org", "Jean-Luc", Some("example.org")),
            ("", "ann.lee@example.org", "ann…@example.org", None),
            ("", "anna@example.org", "an…@example.org", None),
            ("", "bob@example.org", "b…@example.org", None),
            ("", "a@example.org", "…@example.org", None),
            ("", "éloïse@example.org", "élo…@example.org", None),
            ("", "a@b@example.org", "a…@example.org", None),
            ("ann.lee", "ann.lee@example.org", "ann…@example.org", None),
            ("Ann_77", "ann_77@example.org", "ann…@example.org", None),
            ("ann.lee@example.net", "info@example.org", "ann…@example.net", Some("example.org")),
            ("ann.lee at example.net", "info@example.org", "ann…@example.net", Some("example.org")),
            ("ann.lee (at) example.net", "info@example.org", "ann…@example.net", Some("example.org")),
            ("Ann.Lee (AT) example.net", "info@example.org", "Ann…@example.net", Some("example.org")),
            ("ann.lee AT example.net", "info@example.org", "ann…@example.net", Some("example.org")),
            ("Ann (ann.lee@example.org)", "ann.lee@example.org", "Ann (ann…@example.org)", Some("example.org")),
            ("Ann at noon", "", "Ann at noon", None),
            ("Ann @ Lee", "", "Ann @ Lee", None),
            ("", "", "unknown author", None),
        ] {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let address = Address { name: some(name), email: some(email) };
            assert_eq!((&*address.display(), address.domain_beside()), (shown, beside), "{name} <{email}>");
        }
    }
}
