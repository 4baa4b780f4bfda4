//! Lines that carry a quotation mark of their own: `>`, and under an attribution also `|`, `:` and initials.

use super::{
    Voice,
    lines::{Line, is_rule},
};

/// Longest name that may stand before `>` in a quotation of the Supercite kind (`MM> `, `PaulG> `).
const MAX_INITIALS: usize = 12;

/// Deepest indentation before a quotation mark; beyond it a line is code or a table.
const MAX_INDENT: usize = 8;

/// What a run of quoted lines has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark<'a> {
    /// `>` in the first column: quoted by convention.
    Angle,
    /// `>` after white space; only believed under an attribution, because R and shell sessions are indented too.
    Indented,
    /// `| `; only believed under an attribution, because tables look alike.
    Bar,
    /// `: `; likewise.
    Colon,
    /// `MM> `: believed under an attribution, or where at least two lines in a row carry the same capitals.
    Initials(&'a str),
}

/// A stretch of adjacent lines with one mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) mark: Mark<'a>,
    /// First line.
    pub(super) from: usize,
    /// One past the last line.
    pub(super) to: usize,
    /// An attribution stands before it.
    pub(super) introduced: bool,
}

/// Finds the runs of marked lines. Lines that are quoted beyond doubt are marked so at once.
pub(super) fn mark<'a>(lines: &mut [Line<'a>]) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    for at in 0..lines.len() {
        let Some(mark) = mark_of(lines[at].text) else { continue };
        if mark == Mark::Angle {
            if is_supercite_head(lines[at].text) {
                lines[at].voice = Some(Voice::Attribution);
                continue;
            }
            if is_accident(lines, at) {
                continue;
            }
            lines[at].voice = Some(Voice::Quoted);
        }
        match runs.last_mut() {
            Some(run) if run.to == at && run.mark == mark => run.to = at + 1,
            _ => runs.push(Run { mark, from: at, to: at + 1, introduced: false }),
        }
    }
    for run in &runs {
        if let Mark::Initials(name) = run.mark
            && run.to - run.from >= 2
            && is_capitals(name)
        {
            claim(lines, run);
        }
    }
    runs
}

/// Marks the lines of a run as quoted.
pub(super) fn claim(lines: &mut [Line<'_>], run: &Run<'_>) {
    for line in &mut lines[run.from..run.to] {
        line.voice = Some(Voice::Quoted);
    }
}

fn mark_of(line: &str) -> Option<Mark<'_>> {
    let bytes = line.as_bytes();
    match bytes.first()? {
        b'>' => Some(Mark::Angle),
        b'|' if bytes.get(1).is_none_or(|b| *b == b' ') => Some(Mark::Bar),
        b':' if bytes.get(1).is_none_or(|b| *b == b' ') => Some(Mark::Colon),
        b' ' | b'\t' => {
            let rest = line.trim_start();
            if line.len() - rest.len() > MAX_INDENT {
                None
            } else if rest.starts_with('>') {
                Some(Mark::Indented)
            } else {
                initials(rest).map(Mark::Initials)
            }
        }
        b'A'..=b'Z' | b'a'..=b'z' => initials(line).map(Mark::Initials),
        _ => None,
    }
}

/// The name before the mark in `MM> text`.
fn initials(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let length = bytes.iter().take(MAX_INITIALS + 1).position(|b| !b.is_ascii_alphabetic())?;
    let closed = length > 0 && bytes[length] == b'>' && bytes.get(length + 1).is_none_or(|b| matches!(b, b' ' | b'>'));
    closed.then(|| &line[..length])
}

/// Initials nobody mistakes: two to four capitals, or one that is not the prompt of R or S.
fn is_capitals(name: &str) -> bool {
    name.len() <= 4 && !matches!(name, "R" | "S" | "SQL") && name.bytes().all(|b| b.is_ascii_uppercase())
}

/// `>>>>> "X" == X Y <x@example.org> writes:`, the head that Supercite puts over a quotation.
fn is_supercite_head(line: &str) -> bool {
    line.starts_with(">>>>> ") && (line.contains("\" == ") || line.ends_with("writes:") || line.ends_with("wrote:"))
}

/// A lone line that begins with `>` for another reason: the `From ` of a sentence, escaped by the mailbox, or `>=`.
fn is_accident(lines: &[Line<'_>], at: usize) -> bool {
    let text = lines[at].text;
    let odd = text.starts_with(">From ") || text.starts_with(">=");
    let quoted = |line: Option<&Line<'_>>| line.is_some_and(|line| line.text.starts_with('>'));
    odd && !quoted(at.checked_sub(1).and_then(|before| lines.get(before))) && !quoted(lines.get(at + 1))
}

/// Gives back what was no quotation but the prompt of R or a shell, or the new side of a plain diff.
///
/// Under an attribution `>` always quotes. Elsewhere three things tell a session. Output that stands bare right
/// below a prompt does, in any message: who quotes, quotes the output too. So does a line of the author's that ends with
/// a colon ("to reproduce:") above lines that mostly read like code. And in a message that answers nothing there
/// is nobody to quote, so there it is enough that most of the marked lines read like code.
pub(super) fn release_sessions(lines: &mut [Line<'_>], runs: &[Run<'_>], is_reply: bool) {
    let loose = || runs.iter().filter(|run| run.mark == Mark::Angle && !run.introduced);
    let root_of_code = !is_reply && {
        let said = || loose().flat_map(|run| &lines[run.from..run.to]).map(|line| after_prompt(line.text));
        let code = said().filter(|said| is_code(said)).count();
        code > 0 && code * 2 >= said().filter(|said| !said.is_empty()).count()
    };
    let released: Vec<_> = loose()
        .filter(|run| root_of_code || has_output(lines, run) || is_announced(lines, run))
        .map(|run| run.from..run.to)
        .collect();
    for range in released {
        for line in &mut lines[range] {
            line.voice = None;
        }
    }
}

fn after_prompt(line: &str) -> &str {
    line.trim_start_matches('>').trim_start()
}

/// The line reads like something typed at a prompt.
fn is_code(said: &str) -> bool {
    let called = said.find('(').is_some_and(|at| {
        said[..at].bytes().last().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
            && said.contains(')')
    });
    called
        || said.contains("<-")
        || said.ends_with(['{', '}', ';'])
        || said.starts_with(['#', '$', '?'])
        || ["library(", "options(", "R CMD ", "version", "traceback"].iter().any(|start| said.starts_with(start))
}

/// The author leads over to the run with a colon, and most of it reads like code.
fn is_announced(lines: &[Line<'_>], run: &Run<'_>) -> bool {
    let above = lines[run.from.saturating_sub(3)..run.from].iter().rev().find(|line| !line.is_blank());
    let mut said = lines[run.from..run.to].iter().map(|line| line.text).filter(|text| text.len() > 2).peekable();
    let one_deep = said.peek().is_some_and(|first| first.starts_with("> ") && !first.starts_with("> >"));
    let led = above.is_some_and(|line| line.is_open() && line.text.ends_with(':'));
    led && one_deep && {
        let (code, all) =
            said.fold((0, 0), |(code, all), text| (code + usize::from(is_code(after_prompt(text))), all + 1));
        code * 2 > all
    }
}

/// Bare output, or a diff, touches the run.
fn has_output(lines: &[Line<'_>], run: &Run<'_>) -> bool {
    let below = lines.get(run.to).filter(|line| line.is_open()).map_or("", |line| line.bare());
    let above = run.from.checked_sub(1).and_then(|at| lines.get(at)).map_or("", |line| line.text);
    let last = lines[run.from..run.to].last().map_or("", |line| line.text);
    let one_deep = last.starts_with("> ") && !last.starts_with("> >");
    let numbered = |line: &str| line.starts_with('[') && line.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let printed = numbered(below)
        || ["Error in ", "Error: ", "Warning message", "+ ", "NULL", "character(0)"]
            .iter()
            .any(|start| below.starts_with(start));
    let diff = is_hunk(above) || (above == "---" && run.from >= 2 && lines[run.from - 2].text.starts_with('<'));
    (one_deep && printed && !is_rule(below, 2) && (is_code(after_prompt(last)) || numbered(below))) || diff
}

/// The head of a hunk in a plain diff: `12a13,15`, `4c4`.
fn is_hunk(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0
        && matches!(line.as_bytes().get(digits..), Some(rest)
            if rest.iter().filter(|b| matches!(b, b'a' | b'c' | b'd')).count() == 1
                && rest.iter().all(|b| b.is_ascii_digit() || matches!(b, b'a' | b'c' | b'd' | b',')))
}
