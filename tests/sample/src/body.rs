//! From a letter and its parent to the lines of a body: wrapping, quoting, attributions, signatures.

use std::fmt::Write as _;

use crate::{
    calendar::{Clock, Moment, month_name, short_month},
    letter::{Block, Letter},
    people::Person,
    random::Random,
    sent::Sent,
};

/// Columns of a line of prose, as mail programs of the time broke it.
const WIDTH: usize = 72;

/// The text of a body, and the paragraphs in it that the writer wrote.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) text: String,
    pub(crate) paragraphs: Vec<String>,
}

/// Writes a letter's body.
pub(crate) fn write(letter: &Letter, from: &Person, parent: Option<&Sent>) -> Body {
    let mut body = Body::default();
    let text = &mut body.text;
    let mut glued = false;
    for block in &letter.blocks {
        // An attribution is glued to the quotation after it; all other blocks stand apart.
        if !text.is_empty() && !glued {
            text.push('\n');
        }
        glued = matches!(block, Block::Attribution);
        match (block, parent) {
            (Block::Prose(prose), _) => {
                let paragraph = wrap(prose);
                text.push_str(&paragraph);
                body.paragraphs.push(paragraph);
            }
            (Block::Signature, _) => {
                let _ = write!(text, "-- \n{}\n{}\n", from.name, from.place);
            }
            (Block::Stub(name), _) => {
                let list = letter.lists.first().map_or("", String::as_str);
                stub(text, list, letter.moment.unwrap_or_default(), &letter.key, name);
            }
            (Block::Attribution, Some(parent)) => attribution(text, from, parent),
            (Block::Quote(number), Some(parent)) => {
                let paragraph = parent.body.paragraphs.get(number.wrapping_sub(1)).map_or("", String::as_str);
                quote(text, paragraph);
            }
            (Block::Everything, Some(parent)) => {
                attribution(text, from, parent);
                quote(text, parent.body.text.trim_end());
                // Some mail programs quote the list's footer with the rest.
                if from.name.len().is_multiple_of(3) {
                    quote(text, &footer(letter.lists.first().map_or("", String::as_str)));
                }
            }
            (Block::Outlook, Some(parent)) => outlook(text, letter, parent),
            (Block::Lotus, Some(parent)) => lotus(text, letter, parent),
            (_, None) => {}
        }
    }
    body
}

/// What Mailman puts under a message that it sends out.
pub(crate) fn footer(list: &str) -> String {
    let name = capital(list);
    let rule = "_".repeat(47);
    format!(
        "{rule}\n{name} mailing list\n{name}@lists.example.org\nhttp://lists.example.org/mailman/listinfo/{list}_lists.example.org\n"
    )
}

/// A list's name as Mailman shows it: `Bp_ipv6`.
pub(crate) fn capital(list: &str) -> String {
    list.get(..1).unwrap_or_default().to_uppercase() + list.get(1..).unwrap_or_default()
}

/// Breaks each line of prose at spaces. Text without spaces (Chinese) comes broken by hand.
fn wrap(prose: &str) -> String {
    let mut out = String::with_capacity(prose.len() + prose.len() / 40 + 1);
    for line in prose.lines() {
        let mut column = 0;
        for word in line.split(' ') {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > WIDTH {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += width;
        }
        out.push('\n');
    }
    out
}

fn quote(text: &mut String, quoted: &str) {
    for line in quoted.lines() {
        let mark = if line.starts_with('>') || line.is_empty() { ">" } else { "> " };
        text.push_str(mark);
        text.push_str(line);
        text.push('\n');
    }
}

fn attribution(text: &mut String, from: &Person, parent: &Sent) {
    let moment = Moment { offset: from.offset, ..parent.moment };
    let Clock { year, month, day, weekday, hour, minute, .. } = moment.clock();
    let (name, address) = (&parent.from.name, &parent.from.address);
    let _ = match from.language {
        "fr" => {
            writeln!(text, "Le {day} {} {year} à {hour:02}:{minute:02}, {name} <{address}> a écrit :", french(month))
        }
        "es" => {
            writeln!(text, "El {day} de {} de {year}, {hour}:{minute:02}, {name} <{address}> escribió:", spanish(month))
        }
        "pt" => writeln!(text, "Em {day}/{month:02}/{year} {hour:02}:{minute:02}, {name} escreveu:"),
        // Two habits of English mail programs; a name decides which of them its owner has.
        _ if from.name.len().is_multiple_of(2) => {
            let (half, hour12) = if hour < 12 { ("AM", hour) } else { ("PM", hour - 12) };
            let hour12 = if hour12 == 0 { 12 } else { hour12 };
            let month = short_month(month);
            writeln!(
                text,
                "On {weekday}, {month} {day}, {year} at {hour12}:{minute:02} {half}, {name}\n<{address}> wrote:"
            )
        }
        _ => writeln!(text, "On {day:02}/{month:02}/{} {hour:02}:{minute:02}, {name} wrote:", year % 100),
    };
}

fn outlook(text: &mut String, letter: &Letter, parent: &Sent) {
    let c = parent.moment.clock();
    let list = letter.lists.first().map_or("", String::as_str);
    let _ = write!(
        text,
        "-----Original Message-----\nFrom: {0} [mailto:{0}-bounces@lists.example.org] On Behalf Of {1}\nSent: {2} {3}, {4} {5:02}:{6:02}\nTo: {0}@lists.example.org\nSubject: {7}\n\n{8}",
        list,
        parent.from.name,
        month_name(c.month),
        c.day,
        c.year,
        c.hour,
        c.minute,
        parent.subject,
        parent.body.text
    );
}

fn lotus(text: &mut String, letter: &Letter, parent: &Sent) {
    let c = parent.moment.clock();
    let list = letter.lists.first().map_or("", String::as_str);
    let _ = write!(
        text,
        "From:   {} <{}>\nTo:     {list}@lists.example.org\nDate:   {:02}/{:02}/{} {:02}:{:02}\nSubject:        {}\nSent by:        {list}-bounces@lists.example.org\n\n\n{}",
        parent.from.name,
        parent.from.address,
        c.day,
        c.month,
        c.year,
        c.hour,
        c.minute,
        parent.subject,
        parent.body.text
    );
}

/// What Pipermail's scrubber leaves of a part that it does not keep in the text.
pub(crate) fn stub(text: &mut String, list: &str, moment: Moment, key: &str, name: &str) {
    let c = moment.at_archive().clock();
    let hash = Random::named(7, key).next() >> 32;
    let (year, month, day) = (c.year, c.month, c.day);
    let url = format!(
        "http://lists.example.org/pipermail/{list}_lists.example.org/attachments/{year}{month:02}{day:02}/{hash:08x}/attachment"
    );
    text.push_str("-------------- next part --------------\n");
    let _ = match name.rsplit_once('.') {
        None | Some((_, "html")) => {
            writeln!(text, "An HTML attachment was scrubbed...\nURL: <{url}.html>")
        }
        Some((_, kind)) => writeln!(
            text,
            "A non-text attachment was scrubbed...\nName: {name}\nType: application/{kind}\nSize: {} bytes\nDesc: not available\nURL: <{url}.{kind}>",
            20_000 + hash % 90_000
        ),
    };
}

fn french(month: usize) -> &'static str {
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ][(month + 11) % 12]
}

fn spanish(month: usize) -> &'static str {
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ][(month + 11) % 12]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_prose_is_wider_than_the_page() {
        let wrapped = wrap(&"prefix ".repeat(40));
        assert!(wrapped.lines().all(|line| line.len() <= WIDTH), "{wrapped}");
        assert_eq!(wrap("one\ntwo"), "one\ntwo\n");
    }

    #[test]
    fn a_quotation_of_a_quotation_has_no_space_between_the_marks() {
        let mut text = String::new();
        quote(&mut text, "> old\nnew\n\nlast");
        assert_eq!(text, ">> old\n> new\n>\n> last\n");
    }
}
