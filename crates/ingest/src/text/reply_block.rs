//! Earlier messages pasted whole below an answer, without any mark in front of their lines: Outlook, Lotus, forwards.

use super::{
    Voice, attribution,
    lines::{Line, is_rule},
    scrub,
};

/// Lines over which the head of a pasted message may stretch, folded names and blank lines included.
const HEAD_LINES: usize = 14;

/// What separates an answer from the message it answers. Lower case; compared without dashes, stars and colons.
const ORIGINAL: &[&str] = &[
    "original message",
    "message d'origine",
    "message d’origine",
    "mensaje original",
    "mensagem original",
    "ursprüngliche nachricht",
    "messaggio originale",
    "original-nachricht",
    "originalnachricht",
    "oorspronkelijk bericht",
    "originalmeddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
    "wiadomość oryginalna",
    "oryginalna wiadomość",
    "původní zpráva",
    "исходное сообщение",
    "оригинальное сообщение",
    "原始邮件",
    "原始郵件",
    "元のメッセージ",
    "original appointment",
    "reply message",
    "reply to message",
];

/// What stands over a message passed on. Lower case.
const FORWARDED: &[&str] = &[
    "forwarded message",
    "forwarded by",
    "begin forwarded message",
    "message transféré",
    "message transmis",
    "mensaje reenviado",
    "mensagem encaminhada",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht",
    "messaggio inoltrato",
    "inizio messaggio inoltrato",
    "doorgestuurd bericht",
    "vidarebefordrat meddelande",
    "videresendt melding",
    "videresendt besked",
    "wiadomość przekazana",
    "пересылаемое сообщение",
    "转发的邮件",
    "début du message réexpédié",
];

/// Labels of the head of a pasted message, by what they stand for. Lower case.
const LABELS: &[(Label, &[&str])] = &[
    (
        Label::From,
        &[
            "from",
            "de",
            "von",
            "da",
            "van",
            "från",
            "fra",
            "od",
            "от",
            "від",
            "发件人",
            "寄件者",
            "寄件人",
            "差出人",
            "lähettäjä",
            "kimden",
            "feladó",
        ],
    ),
    (
        Label::Date,
        &[
            "sent",
            "date",
            "enviado",
            "enviado el",
            "enviada em",
            "enviado em",
            "fecha",
            "data",
            "envoyé",
            "date d'envoi",
            "gesendet",
            "datum",
            "inviato",
            "verzonden",
            "skickat",
            "sendt",
            "dato",
            "wysłano",
            "odesláno",
            "отправлено",
            "дата",
            "发送时间",
            "日期",
            "寄件日期",
            "送信日時",
            "日時",
            "lähetetty",
        ],
    ),
    (
        Label::To,
        &["to", "para", "à", "a", "an", "aan", "till", "til", "do", "komu", "кому", "收件人", "宛先", "vastaanottaja"],
    ),
    (
        Label::Subject,
        &[
            "subject",
            "asunto",
            "assunto",
            "objet",
            "betreff",
            "oggetto",
            "onderwerp",
            "ämne",
            "emne",
            "temat",
            "předmět",
            "тема",
            "主题",
            "主旨",
            "件名",
            "aihe",
        ],
    ),
    (
        Label::Other,
        &[
            "cc",
            "copia",
            "kopie",
            "kopia",
            "копия",
            "抄送",
            "reply-to",
            "risposta",
            "responder a",
            "importance",
            "organization",
        ],
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    From = 1,
    Date = 2,
    To = 4,
    Subject = 8,
    Other = 16,
}

/// Marks pasted messages as quoted, to the end of the text.
///
/// `last_loose` is the last `>` run that no attribution introduces. Behind a mere attribution such a run shows that
/// somebody went on writing between quotations, and then only the attribution line itself is taken.
pub(super) fn mark(lines: &mut [Line<'_>], last_loose: Option<usize>) {
    let mut first_own = None;
    let mut at = 0;
    while at < lines.len() {
        if !lines[at].is_open() {
            at += 1;
            continue;
        }
        if let Some(block) = block_at(lines, at) {
            let from = drawn_line_above(lines, at);
            set(&mut lines[from..block.to], Voice::Quoted);
            let marked_below =
                lines[block.to..].iter().find(|line| !line.is_blank()).is_some_and(|line| line.is(Voice::Quoted));
            // With nothing of the author's above, the answer may stand below; only a forward says that it does not.
            if (first_own.is_some() || block.forwarded) && !marked_below {
                at = quote_rest(lines, block.to);
            } else {
                at = block.to;
            }
            continue;
        }
        if let Some(from) = attribution::standing_alone(lines, at) {
            set(&mut lines[from..=at], Voice::Attribution);
            at += 1;
            // Folded, the first lines of the attribution itself were counted as the author's.
            let own_above = first_own.is_some_and(|first| first < from);
            if own_above && last_loose.is_none_or(|loose| loose < at) {
                at = quote_rest(lines, at);
            }
            continue;
        }
        first_own = first_own.or(Some(at));
        at += 1;
    }
}

struct Block {
    /// One past the last line of its head.
    to: usize,
    forwarded: bool,
}

fn block_at(lines: &[Line<'_>], at: usize) -> Option<Block> {
    let text = lines[at].bare();
    if text.len() > 200 {
        return None;
    }
    if let Some(forwarded) = separator(text) {
        let next = (at + 1..lines.len()).take(3).find(|next| !lines[*next].is_blank());
        let to = next.and_then(|next| head(lines, next, 2)).unwrap_or(at + 1);
        return Some(Block { to, forwarded });
    }
    // Right below a line of the author's such lines are a record in a list of his, say of bugs.
    let apart = at.checked_sub(1).is_none_or(|above| !lines[above].is_open() || is_rule(lines[above].text, 8));
    let to = if apart { head(lines, at, 3) } else { None }.or_else(|| lotus(lines, at))?;
    Some(Block { to, forwarded: false })
}

/// `-----Original Message-----` and its like; whether it is a forward.
pub(super) fn separator(text: &str) -> Option<bool> {
    // Asked of every line of the author's, so the first and the last byte settle it for nearly all.
    let drawn = matches!(text.as_bytes().first(), Some(b'-' | b'*' | b'=' | b'_' | b'>'));
    let dashed = drawn && (text.contains("--") || text.contains("=="));
    let apple = text.len() < 60 && text.ends_with(':');
    if !dashed && !apple {
        return None;
    }
    let plain = text.trim_matches(|c: char| matches!(c, '-' | '*' | '_' | '=' | ':' | '>' | '|') || c.is_whitespace());
    if plain.is_empty() {
        return None;
    }
    let plain = plain.to_lowercase();
    if dashed && ORIGINAL.contains(&plain.as_str()) {
        return Some(false);
    }
    let forward = FORWARDED.iter().any(|phrase| plain == *phrase || (dashed && plain.starts_with(phrase)));
    forward.then_some(true)
}

/// Reads the head of a pasted message that begins at line `at`: one past its last line, if it holds `least` different labels
/// and tells the sender or the subject.
fn head(lines: &[Line<'_>], at: usize, least: u32) -> Option<usize> {
    label(lines[at].bare())?;
    let (mut seen, mut to, mut blanks) = (0u8, at, 0);
    for (index, line) in lines.iter().enumerate().skip(at).take(HEAD_LINES) {
        if line.is_blank() {
            blanks += 1;
            // HTML turned to text sets a blank line between the lines of a head; two of them end it.
            if blanks > 1 {
                break;
            }
            continue;
        }
        if !line.is_open() {
            break;
        }
        match label(line.bare()) {
            // A head names nobody twice; what does is a list of something else.
            Some(label) if label != Label::Other && seen & label as u8 != 0 => break,
            Some(label) => (seen, to) = (seen | label as u8, index + 1),
            // A list of recipients or a subject runs on; a text behind a blank line does not belong.
            None if blanks == 0
                && to == index
                && index < at + HEAD_LINES
                && line.text.len() < 200
                && !ends_head(seen) =>
            {
                to = index + 1
            }
            None => break,
        }
        blanks = 0;
    }
    let told = seen & !(Label::Other as u8);
    let names = seen & (Label::From as u8) != 0 && seen & (Label::Subject as u8 | Label::Date as u8) != 0;
    (names && told.count_ones() >= least).then_some(to)
}

/// All four labels were seen: what follows without a label is the text.
fn ends_head(seen: u8) -> bool {
    seen & 15 == 15
}

fn label(line: &str) -> Option<Label> {
    let line = line.trim_start_matches(['*', '_', '>']);
    // Twenty letters of up to three bytes would make a label; names with that many are not known.
    let near = &line.as_bytes()[..line.len().min(40)];
    let reach = memchr::memchr2(b':', 0xef, near)?;
    if near[reach] != b':' && !line[reach..].starts_with('：') {
        return None;
    }
    let name = line[..reach].trim_end_matches(|c: char| c == '*' || c.is_whitespace());
    if name.is_empty() || name.len() > 32 {
        return None;
    }
    let found = |names: &[&str]| {
        names.iter().any(|known| if known.is_ascii() { known.eq_ignore_ascii_case(name) } else { same(known, name) })
    };
    LABELS.iter().find(|(_, names)| found(names)).map(|(label, _)| *label)
}

fn same(known: &str, name: &str) -> bool {
    known.chars().eq(name.chars().flat_map(char::to_lowercase))
}

/// The head Lotus Notes writes: the sender, a line with nothing but the moment, then `To`, `cc` and `Subject` in a column.
fn lotus(lines: &[Line<'_>], at: usize) -> Option<usize> {
    // Between the sender and the moment only the secretary may stand.
    let next = |at: usize| lines.get(at + 1).filter(|line| line.is_open());
    let moment = at + 1 + usize::from(next(at)?.bare().starts_with("Sent by:"));
    if !next(moment - 1).is_some_and(|line| is_moment(line.bare())) {
        return None;
    }
    let (mut to_seen, mut subject) = (false, None);
    for (index, line) in lines.iter().enumerate().skip(moment + 1).take(HEAD_LINES) {
        let word = line.bare().split_whitespace().next().unwrap_or_default().trim_end_matches(':');
        to_seen |= word.eq_ignore_ascii_case("to") && line.text.len() < 400;
        if word.eq_ignore_ascii_case("subject") && to_seen {
            // The subject itself may stand on the next line.
            let alone = line.bare().len() < 10;
            subject = Some((index + 1 + usize::from(alone)).min(lines.len()));
            break;
        }
    }
    subject
}

/// `04/08/2015 17:32`, with or without seconds, `AM` or a zone, and nothing else.
fn is_moment(line: &str) -> bool {
    if !matches!(line.as_bytes().first(), Some(b'0'..=b'9')) {
        return false;
    }
    let date = line.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'/' | b'.' | b'-')).count();
    (8..=10).contains(&date)
        && line.len() <= 30
        && line[date..].contains(':')
        && line.as_bytes().get(date) == Some(&b' ')
}

/// Outlook draws a line over the head; it goes with it.
fn drawn_line_above(lines: &[Line<'_>], at: usize) -> usize {
    let above = (at.saturating_sub(3)..at).rev().find(|above| !lines[*above].is_blank());
    above.filter(|above| lines[*above].is_open() && is_rule(lines[*above].text, 8)).unwrap_or(at)
}

fn set(lines: &mut [Line<'_>], voice: Voice) {
    for line in lines {
        if !line.is(Voice::Footer) {
            line.voice = Some(voice);
        }
    }
}

/// Quotes everything from `from` to the end, or to where Pipermail appended another part; one past the last line quoted.
/// What list software added stays a footer wherever it stands.
fn quote_rest(lines: &mut [Line<'_>], from: usize) -> usize {
    let to = lines[from..].iter().position(|line| line.is(Voice::Footer) && scrub::is_next_part(line.text));
    let to = to.map_or(lines.len(), |to| from + to);
    set(&mut lines[from..to], Voice::Quoted);
    to
}
