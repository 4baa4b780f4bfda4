//! A message as a subscriber's mailbox has it: all headers, MIME, the list's footer. The mailbox is mboxrd.

use crate::{
    body::{capital, footer},
    calendar::Moment,
    encode,
    letter::{Flaw, Mime},
    random::Random,
    sent::Sent,
};

/// A picture of one white point.
#[rustfmt::skip]
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01,
    0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41,
    0x54, 0x78, 0x9c, 0x63, 0xf8, 0x0f, 0x00, 0x01, 0x01, 0x01, 0x00, 0xb1, 0x38, 0xf6, 0x14, 0x00, 0x00, 0x00, 0x00, 0x49,
    0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// A page with one line on it.
const PDF: &str = "%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents 4 0 R>>endobj\n4 0 obj<</Length 58>>stream\nBT /F1 12 Tf 20 50 Td (Invented draft, for show.) Tj ET   \nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// Appends a message to a mailbox.
pub(crate) fn write(out: &mut Vec<u8>, sent: &Sent, list: &str) {
    let charset = header_charset(&sent.mime);
    let (content_type, encoding, body) = content(sent, list);
    let received = Moment { seconds: sent.moment.seconds + 4, ..sent.moment }.at_archive();
    let host = sent.from.address.split('@').nth(1).unwrap_or("example.org");
    let mut head = format!(
        "From {list}-bounces@lists.example.org {}\nReturn-Path: <{list}-bounces@lists.example.org>\n",
        received.asctime()
    );
    let mut line = |name: &str, value: &str| {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push('\n');
    };
    line(
        "Received",
        &format!(
            "from mail.{host} (mail.{host} [192.0.2.25])\n\tby lists.example.org (Postfix) with ESMTP\n\tfor <{list}@lists.example.org>; {}",
            received.rfc5322()
        ),
    );
    line("From", &format!("{} <{}>", encode::header(&sent.from.name, charset), sent.from.address));
    let to = sent.lists.iter().map(|list| format!("{list}@lists.example.org")).collect::<Vec<_>>().join(",\n\t");
    line("To", &to);
    line("Date", &sent.date_header());
    line("Subject", &encode::header(&sent.subject_on(list), charset));
    if !sent.id.is_empty() {
        line("Message-ID", &sent.id);
    }
    if let Some(parent) = sent.references.last() {
        line("In-Reply-To", parent);
        line("References", &sent.references.join("\n "));
    }
    line("MIME-Version", "1.0");
    if !content_type.is_empty() {
        line("Content-Type", &content_type);
    }
    line("Content-Transfer-Encoding", encoding);
    line("List-Id", &format!("{} <{list}.lists.example.org>", capital(list)));
    line("List-Post", &format!("<mailto:{list}@lists.example.org>"));
    line("Precedence", "list");
    if sent.flaw == Flaw::BadDate {
        line("X-Mailer", "Pocket Post 0.9 (clock not set)");
    }
    out.extend_from_slice(head.as_bytes());
    out.push(b'\n');
    escape(out, &body);
    out.push(b'\n');
}

/// mboxrd: a line that is `From ` after any number of `>` gets one more.
fn escape(out: &mut Vec<u8>, body: &[u8]) {
    for line in body.split_inclusive(|&b| b == b'\n') {
        let marks = line.iter().take_while(|&&b| b == b'>').count();
        if line[marks..].starts_with(b"From ") {
            out.push(b'>');
        }
        out.extend_from_slice(line);
    }
    if !body.ends_with(b"\n") {
        out.push(b'\n');
    }
}

fn header_charset(mime: &Mime) -> &'static str {
    match mime {
        Mime::Quoted(charset) | Mime::Base64(charset) | Mime::EightBit(charset) => charset,
        _ => "utf-8",
    }
}

/// Content-Type, Content-Transfer-Encoding and body.
fn content(sent: &Sent, list: &str) -> (String, &'static str, Vec<u8>) {
    let text = format!("{}{}", sent.body.text, footer(list));
    let labelled = |charset: &str| format!("text/plain; charset={charset}");
    match &sent.mime {
        Mime::Plain if text.is_ascii() => (labelled("us-ascii"), "7bit", text.into_bytes()),
        Mime::Plain => (labelled("utf-8"), "8bit", text.into_bytes()),
        Mime::Flowed => {
            ("text/plain; charset=utf-8; format=flowed".to_string(), "8bit", encode::flowed(&text).into_bytes())
        }
        Mime::Quoted(charset) => {
            let bytes = encode::in_charset(&text, charset);
            (labelled(charset), "quoted-printable", encode::quoted_printable(&bytes).into_bytes())
        }
        Mime::Base64(charset) => {
            (labelled(charset), "base64", encode::base64(&encode::in_charset(&text, charset)).into_bytes())
        }
        Mime::EightBit(charset) => (labelled(charset), "8bit", encode::in_charset(&text, charset)),
        Mime::Mislabelled("", really) => (String::new(), "8bit", encode::in_charset(&text, really)),
        Mime::Mislabelled(label, really) => (labelled(label), "8bit", encode::in_charset(&text, really)),
        Mime::Html => ("text/html; charset=utf-8".to_string(), "8bit", html(&sent.body.text).into_bytes()),
        Mime::Alternative => {
            let (outer, inner) = (boundary(sent, 1), boundary(sent, 2));
            let alternatives = format!(
                "--{inner}\n{}--{inner}\n{}--{inner}--\n",
                part("text/plain; charset=utf-8", "quoted-printable", &quoted(&sent.body.text)),
                part("text/html; charset=utf-8", "quoted-printable", &quoted(&html(&sent.body.text)))
            );
            let first = format!("Content-Type: multipart/alternative; boundary=\"{inner}\"\n\n{alternatives}\n");
            mixed(&outer, &first, list)
        }
        Mime::Attached(name) => {
            let (kind, bytes) = attachment(sent, name);
            let text = part("text/plain; charset=utf-8", "quoted-printable", &quoted(&sent.body.text));
            let outer = boundary(sent, 1);
            let file = format!(
                "Content-Type: {kind}; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{}\n",
                encode::base64(&bytes)
            );
            mixed(&outer, &format!("{text}--{outer}\n{file}"), list)
        }
    }
}

/// Mailman puts the footer into a part of its own where the message has parts.
fn mixed(outer: &str, parts: &str, list: &str) -> (String, &'static str, Vec<u8>) {
    let footer = format!(
        "Content-Type: text/plain; charset=\"us-ascii\"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\nContent-Disposition: inline\n\n{}",
        footer(list)
    );
    let body = format!("--{outer}\n{parts}--{outer}\n{footer}--{outer}--\n");
    (format!("multipart/mixed; boundary=\"{outer}\""), "7bit", body.into_bytes())
}

fn part(kind: &str, encoding: &str, body: &str) -> String {
    format!("Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{body}\n")
}

fn quoted(text: &str) -> String {
    encode::quoted_printable(text.as_bytes())
}

fn boundary(sent: &Sent, number: u64) -> String {
    format!("=_{:016x}", Random::named(number, &sent.key).next())
}

/// The text as a mail program's HTML, with the markup that such programs add and a picture that must never be fetched.
fn html(text: &str) -> String {
    let mut out = String::from(
        "<html><head><style type=\"text/css\">p.plain { font-family: Calibri; margin: 0 }</style></head>\n<body bgcolor=\"#FFFFFF\">\n",
    );
    let mut in_quote = false;
    for line in text.lines() {
        let quoted = line.strip_prefix('>');
        if quoted.is_some() != in_quote {
            out.push_str(if in_quote { "</blockquote>\n" } else { "<blockquote type=\"cite\">\n" });
            in_quote = !in_quote;
        }
        let line = quoted.unwrap_or(line).trim_start();
        let line = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        out.push_str(&if line.is_empty() {
            "<p class=\"plain\">&nbsp;</p>\n".to_string()
        } else {
            format!("{line}<br>\n")
        });
    }
    if in_quote {
        out.push_str("</blockquote>\n");
    }
    out.push_str("<img src=\"http://lists.example.org/open.gif\" width=\"1\" height=\"1\" alt=\"\">\n</body></html>\n");
    out
}

fn attachment(sent: &Sent, name: &str) -> (&'static str, Vec<u8>) {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "pdf" => ("application/pdf", PDF.as_bytes().to_vec()),
        "png" => ("image/png", PNG.to_vec()),
        "csv" => (
            "text/csv",
            b"year,answers,from networks,from others\n2014,12,9,3\n2015,41,22,19\n2016,57,25,32\n".to_vec(),
        ),
        _ => ("text/plain", format!("{}\n\n{}", sent.topic, sent.body.paragraphs.join("\n")).into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_in_a_body_is_escaped_and_an_escaped_one_again() {
        let mut out = Vec::new();
        escape(&mut out, b"one\nFrom two\n>From three\nnot From");
        assert_eq!(out, b"one\n>From two\n>>From three\nnot From\n");
    }
}
