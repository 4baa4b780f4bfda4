//! Plain text: a message whole, as a terminal shows it.

use plenary_index::Entry;

use crate::{
    Config,
    piece::{lines, plain},
    wording,
};

use super::cite::{Citation, Style};

/// A line between two messages.
pub(crate) const RULE: &str = "\n========================================================================\n\n";

/// One message.
pub(crate) fn message(entry: &Entry, config: &Config, citation: &Citation) -> String {
    let (card, message) = (&entry.card, &entry.message);
    let mut out = String::new();
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(&format!("{name}: {value}\n"));
        }
    };
    let domain = message.author.domain_beside().map_or(String::new(), |domain| format!(" (…@{})", plain(domain)));
    row("Subject", &citation.title());
    row("From", &format!("{}{domain}", citation.author));
    let local = card.date.as_ref().and_then(wording::local).map_or(String::new(), |local| format!(" ({local})"));
    row("Date", &card.date.map_or("unknown".into(), |date| format!("{}{local}", wording::long_moment(date.seconds))));
    row("Lists", &card.lists.iter().map(|slug| plain(config.list_name(slug))).collect::<Vec<_>>().join(", "));
    row("Message-ID", citation.message_id.as_deref().unwrap_or(""));
    for attachment in &message.attachments {
        let name = plain(attachment.name.as_deref().unwrap_or("unnamed"));
        row("Attached", &format!("{name} ({})", plain(&attachment.media_type)));
    }
    row("Cite as", &citation.to(Style::Plain));
    out.push('\n');
    out.push_str(lines(&message.text).trim_end());
    out.push('\n');
    out
}
