//! HTML as a row of tags and texts: what is allowed of it, with the text masked. Read by the tokenizer that browsers' rules
//! describe, so that no trick of comments and quotes shows one thing here and another there.

use std::{
    cell::{Cell, RefCell},
    ops::Range,
};

use html5ever::{
    Attribute,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::{Rawtext, Rcdata, ScriptData},
    },
};
use percent_encoding::percent_decode_str;

use super::allowed;
use crate::{mask, piece};

/// Comparisons that the tokenizer may make in this process, some 20 ms: it compares every attribute of a tag with all before it.
/// Half a megabyte of honest HTML comes to half as many.
pub(super) const COMPARISONS: usize = 1 << 25;
/// Bytes given to the tokenizer at once.
const STEP: usize = 512;

/// One piece of HTML that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    Open(&'static str, Vec<(&'static str, String)>),
    Close(&'static str),
    Text(String),
}

/// Reads HTML; `None` where the tokenizer might make more than so many comparisons.
pub(super) fn read(html: &str, pictures: &[(String, String)], comparisons: usize) -> Option<Vec<Mark>> {
    let tokenizer = Tokenizer::new(Sink { pictures, ..Sink::default() }, TokenizerOpts::default());
    let input = BufferQueue::default();
    let (mut at, mut seen) = (0, 0);
    let (mut attributes, mut compared) = (0, 0_usize);
    while at < html.len() {
        let end = html.ceil_char_boundary(at + STEP);
        input.push_back(StrTendril::from_slice(&html[at..end]));
        // Scripts would stop it; the sink never says that one is there.
        let _ = tokenizer.feed(&input);
        let more = most_attributes(&html.as_bytes()[at..end]);
        attributes = if tokenizer.sink.tokens.get() == seen { attributes + more } else { more };
        seen = tokenizer.sink.tokens.get();
        compared += more * attributes;
        if compared > comparisons {
            return None;
        }
        at = end;
    }
    tokenizer.end();
    let mut marks = tokenizer.sink.marks.into_inner();
    mask_texts(&mut marks);
    Some(marks)
}

/// How many attributes may begin in these bytes, if all of them are in one tag: there is a blank, a slash or a quote before each.
fn most_attributes(bytes: &[u8]) -> usize {
    let blank = |byte: u8| byte.is_ascii_whitespace() || byte == b'/';
    let begins =
        |pair: &&[u8]| (blank(pair[0]) || matches!(pair[0], b'"' | b'\'')) && !blank(pair[1]) && pair[1] != b'>';
    1 + bytes.windows(2).filter(begins).count()
}

/// The same as HTML again: not for browsers, only for the sanitiser, whose output they get.
pub(super) fn write(marks: &[Mark]) -> String {
    let mut html = String::new();
    for mark in marks {
        match mark {
            Mark::Text(text) => escape(text, &mut html),
            Mark::Close(tag) => {
                html.push_str("</");
                html.push_str(tag);
                html.push('>');
            }
            Mark::Open(tag, attributes) => {
                html.push('<');
                html.push_str(tag);
                for (name, value) in attributes {
                    html.push(' ');
                    html.push_str(name);
                    html.push_str("=\"");
                    escape(value, &mut html);
                    html.push('"');
                }
                html.push('>');
            }
        }
    }
    html
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

#[derive(Default)]
struct Sink<'a> {
    pictures: &'a [(String, String)],
    marks: RefCell<Vec<Mark>>,
    /// The element whose content goes, and how many of its kind are open.
    dropping: RefCell<Option<(String, usize)>>,
    tokens: Cell<usize>,
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        // A complaint is no end of anything: a tag may give cause for many.
        if !matches!(token, Token::ParseError(_)) {
            self.tokens.set(self.tokens.get() + 1);
        }
        match token {
            Token::CharacterTokens(text) if self.dropping.borrow().is_none() => self.text(&text),
            Token::TagToken(tag) => return self.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Sink<'_> {
    fn text(&self, text: &str) {
        let mut marks = self.marks.borrow_mut();
        match marks.last_mut() {
            Some(Mark::Text(before)) => before.push_str(text),
            _ => marks.push(Mark::Text(text.to_owned())),
        }
    }

    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let opens = tag.kind == TagKind::StartTag;
        if self.drops(name, opens) {
            return match name {
                "script" if opens => TokenSinkResult::RawData(ScriptData),
                "title" | "textarea" if opens => TokenSinkResult::RawData(Rcdata),
                "style" | "xmp" | "iframe" | "noembed" | "noframes" if opens => TokenSinkResult::RawData(Rawtext),
                _ => TokenSinkResult::Continue,
            };
        }
        let Some(kept) = allowed::TAGS.iter().copied().find(|known| *known == name) else {
            return TokenSinkResult::Continue;
        };
        if !opens {
            if !allowed::VOID.contains(&kept) {
                self.marks.borrow_mut().push(Mark::Close(kept));
            }
            return TokenSinkResult::Continue;
        }
        let attributes = self.attributes(kept, &tag.attrs);
        if kept == "img" && !attributes.iter().any(|(name, _)| *name == "src") {
            // A picture that is not loaded is still worth its words.
            if let Some((_, words)) = attributes.into_iter().find(|(name, words)| *name == "alt" && !words.is_empty()) {
                self.text(&words);
            }
            return TokenSinkResult::Continue;
        }
        self.marks.borrow_mut().push(Mark::Open(kept, attributes));
        TokenSinkResult::Continue
    }

    /// Whether a tag is part of what goes with all its content.
    fn drops(&self, name: &str, opens: bool) -> bool {
        let mut dropping = self.dropping.borrow_mut();
        match &mut *dropping {
            Some((outer, depth)) => {
                if outer == name {
                    *depth = if opens { *depth + 1 } else { *depth - 1 };
                    if *depth == 0 {
                        *dropping = None;
                    }
                }
                true
            }
            None => {
                let drops = allowed::DROPPED.contains(&name);
                if drops && opens {
                    *dropping = Some((name.to_owned(), 1));
                }
                drops
            }
        }
    }

    fn attributes(&self, tag: &'static str, given: &[Attribute]) -> Vec<(&'static str, String)> {
        let names = allowed::ATTRIBUTES.iter().filter(|(of, _)| *of == tag).flat_map(|(_, names)| *names);
        let names = names.chain(allowed::EVERYWHERE);
        let kept = names.filter_map(|name| {
            let value = &given.iter().find(|attribute| &*attribute.name.local == *name)?.value;
            let value = match (tag, *name) {
                ("img", "src") => self.picture(value)?,
                ("a", "href") => link(value)?,
                (_, "title" | "alt") => piece::plain(value),
                _ => value.trim().to_owned(),
            };
            allowed::value(tag, name, &value).then_some((*name, value))
        });
        kept.collect()
    }

    /// Where a picture of the message is: named by its Content-ID, or by the address it has here already.
    fn picture(&self, source: &str) -> Option<String> {
        let source = source.trim();
        let id = source.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("cid:")).map(|_| &source[4..]);
        let id = id.map(|id| percent_decode_str(id).decode_utf8_lossy());
        let same = |(content_id, address): &&(String, String)| match &id {
            Some(id) => content_id.trim_matches(['<', '>']) == id.trim_matches(['<', '>']),
            None => address == source,
        };
        self.pictures.iter().find(same).map(|(_, address)| address.clone())
    }
}

/// An address that leads to no person: one with somebody's mail address in it says who got the message.
fn link(value: &str) -> Option<String> {
    let value = value.trim();
    (!mask::leads_to_somebody(value)).then(|| value.to_owned())
}

/// Stands between texts that are not in one line: no part of any address.
const APART: char = '\u{1}';

/// Masks addresses, also those that go from one element into the next, and makes hidden controls visible.
fn mask_texts(marks: &mut [Mark]) {
    let (mut joined, mut apart) = (String::new(), false);
    let mut places: Vec<(usize, Range<usize>)> = Vec::new();
    for (number, mark) in marks.iter().enumerate() {
        match mark {
            Mark::Text(text) => {
                // Beside an @ the other half of an address may stand in the next line: whoever takes the tags away has it whole.
                if std::mem::take(&mut apart) && !joined.ends_with('@') && !text.starts_with('@') {
                    joined.push(APART);
                }
                let start = joined.len();
                joined.push_str(text);
                places.push((number, start..joined.len()));
            }
            Mark::Open(tag, _) | Mark::Close(tag) if allowed::INLINE.contains(tag) => {}
            _ => apart = true,
        }
    }
    let names = mask::names(joined.as_bytes());
    let mut next = 0;
    for (number, place) in places {
        while names.get(next).is_some_and(|name| name.range.end <= place.start) {
            next += 1;
        }
        let mut text = String::new();
        let mut at = place.start;
        for mask::Name { range, sign, .. } in names[next..].iter().take_while(|name| name.range.start < place.end) {
            text.push_str(&joined[at..range.start.max(at)]);
            if range.start >= place.start {
                text.push_str(sign);
            }
            at = range.end.min(place.end);
        }
        text.push_str(&joined[at..place.end]);
        marks[number] = Mark::Text(piece::unhidden(&text));
    }
}
