//! Signature blocks: behind `-- `, the lines telephones add, and contact details below a closing.

use super::{
    Voice,
    lines::{Line, holds, opens_with},
};

/// Lines a signature behind `-- ` may have; beyond it the dashes were a drawn line.
const MAX_LINES: usize = 25;

/// Behind `--` without its space, which people also draw between sections.
const MAX_LINES_LOOSE: usize = 15;

/// How far above the end a closing is looked for.
const MAX_CLOSING: usize = 16;

/// What telephones and some mailers put last. Lower case.
const DEVICES: &[&str] = &[
    "sent from ",
    "sent via ",
    "sent with ",
    "sent by ",
    "from my iphone",
    "from my ipad",
    "envoyé de mon",
    "envoyé depuis",
    "envoyé à partir",
    "enviado desde",
    "enviado do ",
    "enviado de mi",
    "enviado de meu",
    "enviado a partir",
    "von meinem ",
    "gesendet von",
    "diese nachricht wurde von meinem",
    "inviato da",
    "verzonden met",
    "verzonden vanaf",
    "verstuurd vanaf",
    "skickat från",
    "sendt fra",
    "wysłane z",
    "odesláno z",
    "отправлено с",
    "отправлено из",
    "get outlook for",
    "get [outlook for",
    "get <",
    "scarica outlook",
    "從我的 ",
    "发自我的",
    "發自我的",
    "iphoneから送信",
    "someone from mobile",
    "end of message",
];

/// How letters close. Lower case.
const CLOSINGS: &[&str] = &[
    "best",
    "regards",
    "kind regards",
    "warm regards",
    "cheers",
    "thanks",
    "thank you",
    "many thanks",
    "sincerely",
    "yours",
    "cordially",
    "respectfully",
    "cordialement",
    "bien cordialement",
    "amicalement",
    "salutations",
    "bien à vous",
    "saludos",
    "un saludo",
    "atentamente",
    "cordialmente",
    "atenciosamente",
    "abraços",
    "mit freundlichen",
    "viele grüße",
    "beste grüße",
    "freundliche grüße",
    "schöne grüße",
    "mfg",
    "cordiali saluti",
    "saluti",
    "met vriendelijke groet",
    "groeten",
    "med vänlig",
    "mvh",
    "med venlig",
    "vennlig hilsen",
    "pozdrawiam",
    "s pozdravem",
    "с уважением",
];

/// Marks signatures.
pub(super) fn mark(lines: &mut [Line<'_>]) {
    mark_delimited(lines);
    mark_at_ends(lines);
}

/// From `-- ` to the next words of somebody else, or the end.
fn mark_delimited(lines: &mut [Line<'_>]) {
    let (mut end, mut said) = (lines.len(), 0);
    let mut settled = false;
    for at in (0..lines.len()).rev() {
        let line = &lines[at];
        if line.is_blank() {
            continue;
        }
        if !line.is_open() {
            (end, said, settled) = (at, 0, false);
            continue;
        }
        if matches!(line.text, "--" | "- --" | "—") {
            let proper = line.end - line.start > 3 && line.text != "—";
            let limit = if proper { MAX_LINES } else { MAX_LINES_LOOSE };
            if said <= limit && (proper || !settled) {
                for line in &mut lines[at..end] {
                    line.voice = line.voice.or(Some(Voice::Signature));
                }
                settled = true;
            }
        }
        said += 1;
    }
}

/// At the end of every stretch of the author's: the telephone's line, then contact details.
fn mark_at_ends(lines: &mut [Line<'_>]) {
    let mut end = lines.len();
    while end > 0 {
        while end > 0 && !lines[end - 1].is_open() {
            end -= 1;
        }
        let mut stop = end;
        while stop > 0
            && (lines[stop - 1].is_blank() || (lines[stop - 1].is_open() && is_device(lines[stop - 1].bare())))
        {
            stop -= 1;
        }
        // The device's line stands apart; a sentence that happens to begin so does not.
        while stop < end && (lines[stop].is_blank() || (stop > 0 && lines[stop - 1].is_open())) {
            stop += 1;
        }
        claim(&mut lines[stop..end]);
        end = stop;
        while end > 0 && lines[end - 1].is_blank() {
            end -= 1;
        }
        // Above a drawn `-- ` nothing else is needed: what stands there is the author's, references and all.
        let delimited =
            lines[end..].iter().find(|line| !line.is_blank()).is_some_and(|line| line.voice == Some(Voice::Signature));
        if let Some(from) = contacts(lines, end).filter(|_| !delimited) {
            claim(&mut lines[from..end]);
            end = from;
        }
        while end > 0 && (lines[end - 1].is_open() || lines[end - 1].is_blank()) {
            end -= 1;
        }
    }
}

fn claim(lines: &mut [Line<'_>]) {
    for line in lines {
        line.voice = Some(Voice::Signature);
    }
}

fn is_device(line: &str) -> bool {
    let line = line.trim_start_matches(['(', '<', '[', '*', '_']);
    // `Sent from my desk, which is easier` is a sentence of the author's.
    if [" is ", " was ", " which "].iter().any(|verb| line.contains(verb)) {
        return false;
    }
    line.len() <= 140 && DEVICES.iter().any(|device| starts(line, device))
        || line.len() < 100 && line.ends_with(" gesendet")
}

fn starts(line: &str, phrase: &str) -> bool {
    if phrase.is_ascii() {
        return opens_with(line, phrase);
    }
    let mut said = line.chars().flat_map(char::to_lowercase);
    phrase.chars().all(|c| said.next() == Some(c))
}

/// First line of the contact details that end before `end`: below a closing and a name, with at least two lines that say
/// how to reach somebody. The closing and the name stay the author's.
fn contacts(lines: &[Line<'_>], end: usize) -> Option<usize> {
    let reach = end.saturating_sub(MAX_CLOSING)..end;
    for at in reach.rev() {
        let line = &lines[at];
        if line.is_blank() {
            continue;
        }
        if !line.is_open() || line.text.len() > 120 {
            return None;
        }
        if is_closing(line.bare()) {
            let name = (at + 1..end).find(|next| lines[*next].is_open())?;
            let from = (name + 1..end).find(|next| lines[*next].is_open())?;
            let reached = lines[from..end].iter().filter(|line| reaches(line.text)).count();
            return (reached >= 2).then_some(from);
        }
    }
    None
}

fn is_closing(line: &str) -> bool {
    let plain = line.trim_end_matches([',', '.', '!', '-']);
    plain.len() <= 40 && !plain.contains(['?', ':', '@']) && CLOSINGS.iter().any(|closing| starts(plain, closing))
}

/// Says how somebody is reached: an address, a link, a number of seven digits or more.
fn reaches(line: &str) -> bool {
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    line.contains('@')
        || line.contains("www.")
        || line.contains("://")
        || ["skype", "twitter", "linkedin", "facebook", "tel:", "tel.", "phone", "mobile", "fax", "whatsapp", "pgp"]
            .iter()
            .any(|word| holds(line, word))
        || (digits >= 7 && line.bytes().all(|b| !b.is_ascii_lowercase()))
}
