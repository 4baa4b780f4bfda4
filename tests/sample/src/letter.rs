//! A letter is a message before it has a shape: who says what to whom, in answer to what.
//!
//! Hand-written letters stand in `text/letters-*.txt`. Each opens with `=== key`, then `name: value` lines, a blank line, and
//! the body, where a line in braces stands for something that a mail program would write:
//!
//! | line | becomes |
//! |---|---|
//! | `{on}` | `On … wrote:`, in the language of the writer |
//! | `{quote 2}` | the parent's second paragraph, quoted |
//! | `{all}` | `{on}` and the whole parent, quoted |
//! | `{outlook}` `{lotus}` | a block of headers and the whole parent, not quoted |
//! | `{sig}` | the writer's signature |
//! | `{stub NAME}` | what Pipermail leaves of an attachment |
//!
//! Every other line is a line of prose, wrapped when it is sent.

use crate::calendar::Moment;

/// What a mail program does to a body on the way out. Pipermail keeps only the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mime {
    /// Text as it is: US-ASCII, or UTF-8 in 8 bits.
    #[default]
    Plain,
    /// `format=flowed`, with soft line ends.
    Flowed,
    /// Quoted-printable in this charset.
    Quoted(&'static str),
    /// Base64 in this charset.
    Base64(&'static str),
    /// 8-bit text in this charset.
    EightBit(&'static str),
    /// 8-bit text in the second charset with the first as its label; an empty label is none at all.
    Mislabelled(&'static str, &'static str),
    /// Text and HTML.
    Alternative,
    /// HTML and nothing else.
    Html,
    /// Text and an attached file of this name.
    Attached(String),
}

/// What is wrong with a letter, on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    #[default]
    None,
    /// No Message-ID.
    NoId,
    /// A Date header that no calendar knows.
    BadDate,
    /// A reply to a message that no dump holds.
    LostParent,
    /// A reply to a digest: the subject is the digest's, nothing points to the parent.
    Digest,
}

/// A piece of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Prose(String),
    Attribution,
    /// A paragraph of the parent, counted from 1.
    Quote(usize),
    Everything,
    Outlook,
    Lotus,
    Signature,
    Stub(String),
}

/// A message before it has a shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) key: String,
    /// Slugs; more than one for a cross-post.
    pub(crate) lists: Vec<String>,
    /// Key of the writer.
    pub(crate) from: String,
    pub(crate) moment: Option<Moment>,
    /// Without the list's prefix and without `Re:`.
    pub(crate) subject: String,
    /// Key of the letter that this one answers.
    pub(crate) parent: Option<String>,
    pub(crate) mime: Mime,
    pub(crate) flaw: Flaw,
    pub(crate) blocks: Vec<Block>,
}

impl Letter {
    /// The letters of a text. What cannot be read is said, with the key: these texts are part of the program.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Letter>, String> {
        text.split("=== ").skip(1).map(Letter::parse).collect()
    }

    fn parse(text: &str) -> Result<Letter, String> {
        let (head, body) = text.split_once("\n\n").ok_or("a letter without a body")?;
        let mut lines = head.lines();
        let key = lines.next().unwrap_or_default().trim().to_string();
        let mut letter = Letter { key: key.clone(), ..Letter::default() };
        for line in lines {
            let (name, value) = line.split_once(": ").ok_or(format!("{key}: not a header: {line}"))?;
            match name {
                "list" => letter.lists = value.split(", ").map(str::to_string).collect(),
                "from" => letter.from = value.to_string(),
                "date" => {
                    letter.moment = Some(Moment::parse(value).ok_or(format!("{key}: not a date: {value}"))?);
                }
                "subject" => letter.subject = value.to_string(),
                "re" => letter.parent = Some(value.to_string()),
                "mime" => letter.mime = mime(value).ok_or(format!("{key}: not a shape: {value}"))?,
                "flaw" => letter.flaw = flaw(value).ok_or(format!("{key}: not a flaw: {value}"))?,
                _ => return Err(format!("{key}: unknown header {name}")),
            }
        }
        letter.blocks = blocks(body);
        Ok(letter)
    }
}

/// Cuts a body into its blocks: paragraphs, and lines in braces.
pub(crate) fn blocks(body: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut prose = String::new();
    for line in body.lines().chain([""]) {
        let sign = sign(line);
        if (line.is_empty() || sign.is_some()) && !prose.is_empty() {
            blocks.push(Block::Prose(std::mem::take(&mut prose)));
        }
        if let Some(sign) = sign {
            blocks.push(sign);
        } else if !line.is_empty() {
            if !prose.is_empty() {
                prose.push('\n');
            }
            prose.push_str(line);
        }
    }
    blocks
}

fn sign(line: &str) -> Option<Block> {
    let inside = line.strip_prefix('{')?.strip_suffix('}')?;
    match inside.split_once(' ').unwrap_or((inside, "")) {
        ("on", _) => Some(Block::Attribution),
        ("quote", number) => number.parse().ok().map(Block::Quote),
        ("all", _) => Some(Block::Everything),
        ("outlook", _) => Some(Block::Outlook),
        ("lotus", _) => Some(Block::Lotus),
        ("sig", _) => Some(Block::Signature),
        ("stub", name) => Some(Block::Stub(name.to_string())),
        _ => None,
    }
}

fn mime(value: &str) -> Option<Mime> {
    let words: Vec<&str> = value.split(' ').collect();
    match words.as_slice() {
        ["plain"] => Some(Mime::Plain),
        ["flowed"] => Some(Mime::Flowed),
        ["alternative"] => Some(Mime::Alternative),
        ["html"] => Some(Mime::Html),
        ["quoted", charset] => charset_name(charset).map(Mime::Quoted),
        ["base64", charset] => charset_name(charset).map(Mime::Base64),
        ["8bit", charset] => charset_name(charset).map(Mime::EightBit),
        ["mislabelled", "nothing", really] => charset_name(really).map(|really| Mime::Mislabelled("", really)),
        ["mislabelled", label, really] => Some(Mime::Mislabelled(charset_name(label)?, charset_name(really)?)),
        ["attached", name] => Some(Mime::Attached((*name).to_string())),
        _ => None,
    }
}

fn charset_name(name: &str) -> Option<&'static str> {
    ["us-ascii", "utf-8", "iso-8859-1", "windows-1252", "gb18030", "koi8-u", "windows-1256"]
        .into_iter()
        .find(|known| *known == name)
}

fn flaw(value: &str) -> Option<Flaw> {
    match value {
        "no-id" => Some(Flaw::NoId),
        "bad-date" => Some(Flaw::BadDate),
        "lost-parent" => Some(Flaw::LostParent),
        "digest" => Some(Flaw::Digest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read() {
        let text = "=== a\nlist: x, y\nfrom: ann\ndate: 2015-06-02 20:03 +0200\nsubject: Hello\n\nDear all,\n\nOne.\nTwo.\n{sig}\n";
        let letters = Letter::parse_all(text).unwrap();
        assert_eq!(letters[0].lists, ["x", "y"]);
        let prose = |text: &str| Block::Prose(text.to_string());
        assert_eq!(letters[0].blocks, [prose("Dear all,"), prose("One.\nTwo."), Block::Signature]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(Letter::parse_all("=== a\nform: x\n\nbody").unwrap_err(), "a: unknown header form");
    }
}
