//! A message as Pipermail's monthly text has it: five headers, no MIME, addresses masked.

use crate::{encode, letter::Mime, sent::Sent};

/// Appends a message to a month. `list` is the dump's; a cross-post has another subject in the other list's.
pub(crate) fn write(out: &mut Vec<u8>, sent: &Sent, list: &str) {
    let charset = charset(&sent.mime);
    let address = mask(&sent.from.address);
    // The archive host's local time, which differs from the Date header's; readers must not take it for the date.
    let mut head = format!("From {address}  {}\nFrom: {address} ({})\n", sent.moment.at_archive().asctime(), {
        encode::header(&sent.from.name, charset)
    });
    head.push_str(&format!(
        "Date: {}\nSubject: {}\n",
        sent.date_header(),
        encode::header(&sent.subject_on(list), charset)
    ));
    if let Some(parent) = sent.references.last() {
        head.push_str(&format!("In-Reply-To: {parent}\nReferences: {}\n", sent.references.join("\n\t")));
    }
    if !sent.id.is_empty() {
        head.push_str(&format!("Message-ID: {}\n", sent.id));
    }
    out.extend_from_slice(head.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(&encode::in_charset(&text(sent, list), charset));
    out.extend_from_slice(b"\n\n");
}

fn charset(mime: &Mime) -> &'static str {
    match mime {
        Mime::EightBit(charset) | Mime::Quoted(charset) | Mime::Base64(charset) | Mime::Mislabelled(_, charset) => {
            charset
        }
        _ => "utf-8",
    }
}

fn text(sent: &Sent, list: &str) -> String {
    let scrubbed = |name: &str| stub(sent, list, name);
    let body = match &sent.mime {
        Mime::Html => scrubbed("attachment.html"),
        Mime::Alternative => format!("{}{}", sent.body.text, scrubbed("attachment.html")),
        Mime::Attached(name) => format!("{}{}", sent.body.text, scrubbed(name)),
        _ => sent.body.text.clone(),
    };
    let mut escaped = String::with_capacity(body.len() + 16);
    for line in body.lines() {
        // Pipermail escapes the line that would read as a separator, but the dumps hold some that it missed.
        if line.starts_with("From ") && !line.starts_with("From now on") {
            escaped.push('>');
        }
        escaped.push_str(line);
        escaped.push('\n');
    }
    mask(&escaped)
}

/// What the scrubber leaves of a part that it took out.
fn stub(sent: &Sent, list: &str, name: &str) -> String {
    let mut stub = String::new();
    crate::body::stub(&mut stub, list, sent.moment, &sent.key, name);
    stub
}

/// `ann@example.org` as `ann at example.org`.
fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let between_words = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        if c == '@' && between_words {
            out.push_str(" at ")
        } else {
            out.push(c)
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked_and_other_signs_stay() {
        assert_eq!(mask("<ann@example.org> @ home, 5 @ 6"), "<ann at example.org> @ home, 5 @ 6");
    }
}
