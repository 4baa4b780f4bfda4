//! What list software and mail gateways add below a message.

use super::{
    Voice,
    lines::{Line, holds, is_rule, opens_with},
};

/// A footer's block is at most so long; behind a drawn line more than this is a section of the author's.
const MAX_BLOCK: usize = 12;

/// Longest disclaimer, in lines.
const MAX_DISCLAIMER: usize = 40;

/// Phrases that only list software writes. Lower case.
const TELLS: &[&str] = &[
    "/mailman/listinfo",
    "/mailman3/lists",
    "/listinfo/",
    "mailing list",
    "unsubscribe",
    "to post to this group",
    "yahoo! groups",
    "google groups",
    "listserv",
    "-request@",
    "-leave@",
    "this message was sent to",
    "you received this message because",
    "manage your subscription",
    "subscription options",
    "listinfo.cgi",
    "wa.exe?subed",
    "groups.io links",
    "view/reply online",
    "your group on the web",
    "your use of yahoo! groups",
    "[un]subscribe",
    "liste de diffusion",
    "désabonner",
    "desabonner",
    "lista de correo",
    "lista de discuss",
    "darse de baja",
    "cancelar a inscri",
    "mailingliste",
    "abbestellen",
    "cancellarsi",
    "disiscri",
    "uitschrijven",
];

/// First words of a footer that comes without a drawn line. Lower case.
const OPENERS: &[&str] = &[
    "you received this message because",
    "you are receiving this ",
    "to unsubscribe from this",
    "to unsubscribe from the ",
    "to unsubscribe send an email to",
    "to unsubscribe, e-mail",
    "to unsubscribe, send",
    "to unsubscribe, visit",
    "to unsubscribe, reply",
    "to unsubscribe: ",
    "yahoo! groups links",
    "yahoo! groups sponsor",
    "this message was sent to",
];

/// Marks the footers of mailing lists.
pub(super) fn mark(lines: &mut [Line<'_>]) {
    let mut at = 0;
    while at < lines.len() {
        let end = if lines[at].is_open() { list_footer(lines, at) } else { at };
        if end == at {
            at += 1;
            continue;
        }
        for line in &mut lines[at..end] {
            line.voice = Some(Voice::Footer);
        }
        at = end;
    }
}

/// One past the footer that begins at line `at`; `at` itself if none does.
fn list_footer(lines: &[Line<'_>], at: usize) -> usize {
    let text = lines[at].bare();
    let byte = text.as_bytes()[0];
    let drawn = matches!(byte, b'_' | b'-' | b'=' | b'~' | b'*' | b'.' | b'#')
        // Nobody underlines with five low lines; with fewer dashes than ten, authors part sections.
        && (is_rule(text, if byte == b'_' { 5 } else { 10 }) || text == "--" || holds(text, "yahoo! groups"));
    if !drawn {
        let begins = opens(&lines[at]);
        let apart = at == 0 || !lines[at - 1].is_open();
        let end = block_end(lines, at);
        // Without a drawn line it must be the last thing said.
        return if begins && apart && end - at <= MAX_BLOCK && lines[end..].iter().take(60).all(|line| !line.is_open()) {
            end
        } else {
            at
        };
    }
    // LISTSERV and Yahoo! leave a line empty below theirs; so do authors, so more is asked of what follows.
    let gap = usize::from(lines.get(at + 1).is_some_and(Line::is_blank) && lines.get(at + 2).is_some_and(opens));
    let end = block_end(lines, at + 1 + gap);
    let block = &lines[at + 1 + gap..end];
    if block.is_empty() || block.len() > MAX_BLOCK {
        return at;
    }
    // A signature stands above the footer's own line; the footer begins there.
    if text == "--" && block.iter().any(|line| is_rule(line.bare(), 10)) {
        return at;
    }
    let told = holds(text, "yahoo! groups") || block.iter().take(4).any(|line| tells(line.text));
    // The words could be anyone's; an address or a link of the list below them is the software's.
    let placed = block.iter().any(|line| {
        line.text.contains('@')
            || line.text.contains("://")
            || holds(line.text, " at ")
            || holds(line.text, "unsubscribe")
            || opens_with(line.bare(), "yahoo! groups links")
    });
    if !told || !placed {
        return at;
    }
    let mut end = end;
    // Google and Yahoo! set several paragraphs.
    while let Some(next) = (end..lines.len()).take(3).find(|next| lines[*next].is_open()) {
        let stop = block_end(lines, next);
        let block = &lines[next..stop];
        let more = block.len() <= 6
            && block.iter().any(|line| tells(line.text))
            && block.iter().all(|line| line.text.len() < 200);
        if !more {
            break;
        }
        end = stop;
    }
    end
}

/// Whether a line begins a footer, with or without dashes above it.
fn opens(line: &Line<'_>) -> bool {
    let text = line.bare();
    let first = text.as_bytes().first();
    first.is_some_and(|byte| matches!(byte, b'Y' | b'T' | b'y' | b't'))
        && OPENERS.iter().any(|opener| opens_with(text, opener))
}

fn tells(line: &str) -> bool {
    line.len() < 400 && TELLS.iter().any(|tell| holds(line, tell))
}

/// One past the open lines that follow one another from `at`.
fn block_end(lines: &[Line<'_>], at: usize) -> usize {
    // Looking a little further than a block may be long is enough to see that it is too long.
    let reach = &lines[at.min(lines.len())..lines.len().min(at + MAX_BLOCK + 2)];
    at + reach.iter().take_while(|line| line.is_open()).count()
}

/// Marks confidentiality notices at the end of a stretch of the author's lines.
pub(super) fn mark_disclaimers(lines: &mut [Line<'_>]) {
    let mut end = lines.len();
    while end > 0 {
        // The end of the next stretch above, then its last paragraphs.
        while end > 0 && !lines[end - 1].is_open() {
            end -= 1;
        }
        while let Some(from) = disclaimer(lines, end) {
            for line in &mut lines[from..end] {
                line.voice = Some(Voice::Footer);
            }
            end = from;
            while end > 0 && lines[end - 1].is_blank() {
                end -= 1;
            }
        }
        while end > 0 && (lines[end - 1].is_open() || lines[end - 1].is_blank()) {
            end -= 1;
        }
    }
}

/// Where the paragraph that ends before line `end` begins, if it is a disclaimer.
fn disclaimer(lines: &[Line<'_>], end: usize) -> Option<usize> {
    let length = lines[..end].iter().rev().take(MAX_DISCLAIMER).take_while(|line| line.is_open()).count();
    let paragraph = &lines[end - length..end];
    let bytes: usize = paragraph.iter().map(|line| line.text.len()).sum();
    if !(100..=6_000).contains(&bytes) {
        return None;
    }
    let says = |words: &[&str]| paragraph.iter().any(|line| words.iter().any(|word| holds(line.text, word)));
    let secret =
        says(&["confidential", "confidentiel", "confidencial", "vertraulich", "riservat", "privileged", "disclaimer"]);
    // Nearly no paragraph has the first, so the others are seldom looked for.
    let meant = || {
        says(&[
            "intended",
            "recipient",
            "addressee",
            "destinat",
            "bestimmt",
            "in error",
            "par erreur",
            "por error",
            "irrtümlich",
        ])
    };
    let letter = || {
        says(&[
            "this message",
            "this e-mail",
            "this email",
            "this communication",
            "the information",
            "attachment",
            "ce message",
            "este mensaje",
            "este correo",
            "esta mensagem",
            "diese e-mail",
            "diese nachricht",
            "questo messaggio",
            "notice",
        ])
    };
    (secret && meant() && letter()).then_some(end - length)
}
