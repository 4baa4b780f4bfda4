//! `plenary show` and `plenary thread`: one message, one thread.

use anyhow::Result;
use plenary_index::{Archive, Arranged, Entry, ingest::Voice};

use crate::{
    args,
    config::Config,
    print::{self, Exit, safe},
};

/// Prints a message.
pub(crate) fn show(config: &Config, args: &args::Show) -> Result<Exit> {
    let archive = Archive::open(&config.index(), config.prefixes())?;
    let Some(found) = archive.message_with_raw(bare(&args.id))? else { return missing(&args.id) };
    let entry = &found.entry;
    if args.raw {
        print::bytes(&found.raw)?;
    } else if args.json {
        print::line(plenary_web::message_json(&config.web(), entry))?;
    } else if args.own {
        for (range, number) in entry.paragraphs.iter().zip(1..) {
            print::line(format_args!("¶{number}\n{}\n", safe(entry.message.text[range.clone()].trim_end())))?;
        }
    } else {
        whole(entry)?;
    }
    Ok(Exit::Done)
}

fn whole(entry: &Entry) -> Result<()> {
    let (card, message) = (&entry.card, &entry.message);
    let email = card.author.email.as_ref().map_or(String::new(), |email| format!(" <{email}>"));
    let row = |name: &str, value: &str| print::line(format_args!("{name:<11} {}", safe(value)));
    row("From:", &format!("{}{email}", card.author.name))?;
    row("Date:", &card.date.map_or("unknown".into(), |date| format!("{} UTC", print::moment(date.seconds))))?;
    row("Subject:", &card.subject)?;
    row("Lists:", &card.lists.join(", "))?;
    row("Message-ID:", card.message_id.as_deref().unwrap_or("none"))?;
    row("Address:", &format!("/m/{}", card.id))?;
    row("Thread:", &format!("/t/{}, {} of {}", card.thread, entry.position.0, entry.position.1))?;
    for rival in &entry.rivals {
        row("Conflict:", &format!("/m/{} has the same Message-ID and other words", rival.id))?;
    }
    for attachment in &message.attachments {
        let name = attachment.name.as_deref().unwrap_or("unnamed");
        row("Attached:", &format!("{name} ({}, {} bytes)", attachment.media_type, attachment.size))?;
    }
    for problem in &message.problems {
        row("Repair:", &format!("{}: {}", problem.kind, problem.detail))?;
    }
    print::line("")?;
    for span in &message.spans {
        let text = safe(&message.text[span.start..span.end]);
        match span.voice {
            Voice::Own | Voice::Quoted | Voice::Attribution | Voice::Signature | Voice::Footer => {
                print::bytes(text.as_bytes())?
            }
        }
    }
    if !message.text.ends_with('\n') {
        print::line("")?;
    }
    Ok(())
}

/// Nodes fetched at once.
const PAGE: usize = 200;

/// Prints a thread as an indented list.
pub(crate) fn thread(config: &Config, args: &args::Thread) -> Result<Exit> {
    let archive = Archive::open(&config.index(), config.prefixes())?;
    let mut offset = 0;
    loop {
        let thread = archive.thread(bare(&args.id), Arranged::ByReply, offset, PAGE)?;
        let Some(thread) = thread else { return missing(&args.id) };
        let next = Some(offset + thread.nodes.len()).filter(|next| *next < thread.lines);
        if args.json {
            print::line(plenary_web::thread_json(&config.web(), &thread, next))?;
        } else {
            if offset == 0 {
                print::line(format_args!(
                    "{}\n{} by {} on {}\n",
                    safe(&thread.subject),
                    print::plural(thread.total as u64, "message", "messages"),
                    print::plural(thread.people as u64, "person", "people"),
                    thread.lists.join(", ")
                ))?;
            }
            for node in &thread.nodes {
                // Deeper than this a line has no room left for words.
                let indent = "  ".repeat(node.depth.min(20));
                match &node.entry {
                    None => print::line(format_args!("{indent}(a message that is not in the archive)"))?,
                    Some(entry) => {
                        let card = &entry.card;
                        let date = card.date.map_or("undated".into(), |date| print::moment(date.seconds));
                        let weak = if node.weak { "  (joined by its subject)" } else { "" };
                        print::line(format_args!("{indent}{date}  {}  /m/{}{weak}", safe(&card.author.name), card.id))?;
                    }
                }
            }
        }
        match next {
            Some(next) if next > offset => offset = next,
            _ => return Ok(Exit::Done),
        }
    }
}

/// The id in a pasted address: `http://…/m/<id>#p4`.
pub(crate) fn bare(id: &str) -> &str {
    let id = ["/m/", "/t/"].iter().find_map(|part| id.rsplit_once(part).map(|(_, rest)| rest)).unwrap_or(id);
    let end = id.find(['#', '?']).unwrap_or(id.len());
    id[..end].trim_end_matches('/')
}

pub(crate) fn missing(id: &str) -> Result<Exit> {
    anyhow::ensure!(!id.is_empty(), "no id was given");
    crate::print::Voice { quiet: false, verbose: false }.say(format_args!("no message `{}` in this archive", safe(id)));
    Ok(Exit::No)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_from_any_address_of_its_page() {
        for typed in
            ["abc", "/m/abc", "http://127.0.0.1:8080/m/abc#p4", "https://lists.example.org/t/abc?view=flat", "/m/abc/"]
        {
            assert_eq!(bare(typed), "abc", "{typed}");
        }
        assert_eq!(bare("<a@example.org>"), "<a@example.org>");
    }
}
