//! HTML mail as plain text, quotations marked the way plain mail marks them.

use super::entities;

/// HTML behind this is not read. Half a megabyte of markup is a newsletter; the raw message keeps all of it.
pub const MAX_HTML: usize = 512 * 1024;

/// Text behind this is not written: four times the input, since deep quotations put a prefix before every line.
pub const MAX_PLAIN: usize = 2 * 1024 * 1024;

/// Quotations nested deeper are drawn at this depth.
const MAX_DEPTH: usize = 32;

/// An opening quote of an attribute that does not close so soon is a typing error, not an attribute.
const MAX_ATTRIBUTE: usize = 4096;

/// The text of an HTML part, `None` where it shows none.
///
/// Reads tags from left to right, keeps no tree and never goes back, so a hostile nesting costs no more than its length.
/// Only `<blockquote>` becomes `> `: Gmail's `<div class="gmail_quote">` holds the answers between two quotations, too,
/// and those are the author's. A blockquote drawn without a border is how Gmail indents, and stays plain.
pub fn html_to_text(html: &str) -> Option<String> {
    let html = &html[..html.floor_char_boundary(MAX_HTML)];
    let mut page = Page::default();
    let mut left = Left::default();
    let mut rest = html;
    while !rest.is_empty() && page.text.len() < MAX_PLAIN {
        let stop = memchr::memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len());
        page.say(&rest[..stop]);
        rest = &rest[stop..];
        rest = match rest.as_bytes().first() {
            Some(b'&') => match entities::decode(rest) {
                Some((found, length)) => {
                    page.put(found);
                    &rest[length..]
                }
                None => {
                    page.put('&');
                    &rest[1..]
                }
            },
            Some(_) => markup(rest, &mut page, &mut left),
            None => rest,
        };
    }
    page.finish()
}

/// Which endings may still come. Once a search has failed it would fail again from anywhere behind.
struct Left {
    comments: bool,
    tags: bool,
    skips: [bool; SKIPPED.len()],
}

impl Default for Left {
    fn default() -> Left {
        Left { comments: true, tags: true, skips: [true; SKIPPED.len()] }
    }
}

/// Elements whose content is not text.
const SKIPPED: [&str; 5] = ["script", "style", "head", "title", "template"];

/// Reads the markup at the start of `rest`; what follows it.
fn markup<'a>(rest: &'a str, page: &mut Page<'a>, left: &mut Left) -> &'a str {
    if rest.starts_with("<!--") {
        let end = if left.comments { memchr::memmem::find(rest.as_bytes(), b"-->") } else { None };
        left.comments = end.is_some();
        if let Some(end) = end {
            return &rest[end + 3..];
        }
    }
    let opens = rest.as_bytes().get(1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'));
    let end = if opens && left.tags { tag_end(rest) } else { None };
    let Some(end) = end else {
        left.tags &= !opens;
        page.put('<');
        return &rest[1..];
    };
    let (tag, after) = (&rest[1..end], &rest[end + 1..]);
    let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
    let length = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (name, attributes) = tag.split_at(length);
    if !closing && let Some(which) = SKIPPED.iter().position(|skipped| skipped.eq_ignore_ascii_case(name)) {
        let end = if left.skips[which] { closing_tag(after, SKIPPED[which]) } else { None };
        left.skips[which] = end.is_some();
        return end.map_or(after, |end| &after[end..]);
    }
    page.tag(name, attributes, closing);
    after
}

/// Where `</name` begins.
fn closing_tag(text: &str, name: &str) -> Option<usize> {
    memchr::memmem::find_iter(text.as_bytes(), b"</").find(|at| {
        text.as_bytes()
            .get(at + 2..at + 2 + name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// Where the tag that `text` begins with ends: at the first `>` outside quotes.
fn tag_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        let stop = at + memchr::memchr3(b'>', b'"', b'\'', &bytes[at..])?;
        if bytes[stop] == b'>' {
            return Some(stop);
        }
        let reach = &bytes[stop + 1..bytes.len().min(stop + 1 + MAX_ATTRIBUTE)];
        at = stop + 1 + memchr::memchr(bytes[stop], reach).map_or(0, |close| close + 1);
    }
}

/// The value of an attribute in the rest of a tag.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let bytes = attributes.as_bytes();
    let found = bytes.windows(name.len()).enumerate().position(|(at, window)| {
        window.eq_ignore_ascii_case(name.as_bytes())
            && at > 0
            && matches!(bytes[at - 1], b' ' | b'\n' | b'\t' | b'\r' | b'"' | b'\'')
    })?;
    let value = attributes[found + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    match value.as_bytes().first()? {
        quote @ (b'"' | b'\'') => value[1..].split(char::from(*quote)).next(),
        _ => value.split_ascii_whitespace().next(),
    }
}

/// The text as it grows.
#[derive(Default)]
struct Page<'a> {
    text: String,
    /// One entry for every open blockquote: whether it quotes.
    quotes: Vec<bool>,
    depth: usize,
    preformatted: usize,
    /// Line ends owed before the next word.
    breaks: usize,
    space: bool,
    /// Target of the open link, and where its text began.
    link: Option<(&'a str, usize)>,
}

impl<'a> Page<'a> {
    fn tag(&mut self, name: &str, attributes: &'a str, closing: bool) {
        let mut buffer = [0; 12];
        let Some(lower) = buffer.get_mut(..name.len()) else { return };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"br" => self.line_end(),
            b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => self.block(2),
            b"div" | b"tr" | b"table" | b"ul" | b"ol" | b"dl" | b"dt" | b"dd" | b"center" | b"section" | b"article"
            | b"header" | b"footer" | b"address" | b"form" | b"fieldset" | b"body" | b"html" | b"figure"
            | b"option" => self.block(1),
            b"li" => {
                self.block(1);
                if !closing {
                    self.say("- ");
                }
            }
            b"td" | b"th" => self.space = true,
            b"hr" => {
                self.block(1);
                // The length Outlook draws, which the rules for pasted messages know.
                self.say("________________________________");
                self.block(1);
            }
            b"pre" => {
                self.block(1);
                self.preformatted = if closing { self.preformatted.saturating_sub(1) } else { self.preformatted + 1 };
            }
            b"blockquote" => self.blockquote(attributes, closing),
            b"a" => self.anchor(attributes, closing),
            _ => {}
        }
    }

    fn blockquote(&mut self, attributes: &str, closing: bool) {
        self.block(1);
        if !closing {
            let style = attribute(attributes, "style").unwrap_or_default();
            let indent = style.contains("border:none") || style.contains("border: none");
            self.quotes.push(!indent);
            self.depth += usize::from(!indent);
        } else if self.quotes.pop() == Some(true) {
            self.depth -= 1;
        }
    }

    fn anchor(&mut self, attributes: &'a str, closing: bool) {
        if let Some((target, from)) = self.link.take() {
            let label = self.text.get(from..).unwrap_or_default().trim();
            let same = bare_link(label) == bare_link(target) || label.is_empty();
            if !same {
                self.say(" <");
                self.say(target);
                self.say(">");
            }
        }
        if !closing && let Some(target) = attribute(attributes, "href") {
            let target = target.trim();
            let known = ["http://", "https://", "mailto:", "ftp://"].iter().any(|scheme| target.starts_with(scheme));
            if known && target.len() <= 2000 {
                self.link = Some((target, self.text.len()));
            }
        }
    }

    /// At least `count` line ends before what comes next.
    fn block(&mut self, count: usize) {
        self.breaks = self.breaks.max(count);
        self.space = false;
    }

    fn line_end(&mut self) {
        // Two `<br>` are a blank line; more say nothing more.
        self.breaks = (self.breaks + 1).min(2);
        self.space = false;
    }

    /// Adds running text.
    fn say(&mut self, text: &str) {
        if self.preformatted > 0 {
            for (nth, line) in text.split('\n').enumerate() {
                if nth > 0 {
                    self.start_line();
                    self.breaks = 1;
                }
                let line = line.trim_end_matches('\r');
                if !line.is_empty() {
                    self.start_line();
                    self.text.push_str(line);
                }
            }
            return;
        }
        let mut rest = text;
        while let Some(from) = rest.bytes().position(|b| !b.is_ascii_whitespace()) {
            self.space |= from > 0;
            rest = &rest[from..];
            let to = rest.bytes().position(|b| b.is_ascii_whitespace()).unwrap_or(rest.len());
            self.start_word();
            self.text.push_str(&rest[..to]);
            rest = &rest[to..];
        }
        self.space |= !rest.is_empty();
    }

    /// Adds one character of a reference: never markup, and a no-break space is a space.
    fn put(&mut self, found: char) {
        match found {
            '\u{a0}' => self.space = true,
            '\u{ad}' | '\u{200b}' | '\u{feff}' => {}
            _ => {
                self.start_word();
                self.text.push(found);
            }
        }
    }

    fn start_word(&mut self) {
        let owed = self.breaks > 0;
        self.start_line();
        if std::mem::take(&mut self.space) && !owed && !self.text.is_empty() {
            self.text.push(' ');
        }
    }

    /// Pays the line ends owed, and marks the quotation's depth.
    fn start_line(&mut self) {
        let fresh = self.text.is_empty();
        if !fresh {
            self.text.extend(std::iter::repeat_n('\n', self.breaks));
        }
        if (self.breaks > 0 || fresh) && self.depth > 0 {
            self.text.extend(std::iter::repeat_n('>', self.depth.min(MAX_DEPTH)));
            self.text.push(' ');
        }
        self.breaks = 0;
    }

    fn finish(mut self) -> Option<String> {
        self.anchor("", true);
        let kept = self.text.trim_end().len();
        self.text.truncate(kept);
        let shown = self.text.bytes().any(|b| !b.is_ascii_whitespace() && b != b'>');
        shown.then(|| {
            self.text.push('\n');
            self.text
        })
    }
}

/// A link without what a reader would not miss in its text.
fn bare_link(link: &str) -> &str {
    let link = link.strip_prefix("mailto:").unwrap_or(link);
    let link = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link);
    link.strip_prefix("www.").unwrap_or(link).trim_end_matches('/')
}
