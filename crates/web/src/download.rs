//! Bytes that strangers wrote, handed on so that no browser will run them: raw messages and attachments.

use std::{fmt::Write, sync::Arc};

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};

use crate::{
    Shared,
    error::Error,
    headers::{FOR_FRAMES, SANDBOX},
    mask::{mask, mask_raw},
    site::Site,
};

/// Longest file name sent; what most file systems take, in octets of UTF-8.
const MAX_NAME: usize = 180;

/// `/m/<id>.raw`: the message as it came, without the names in its addresses.
pub(crate) async fn raw(site: &Arc<Site>, id: String) -> Result<Response, Error> {
    // Masking megabytes takes a while, so it is done where reading is.
    let masked = site.read(move |archive| Ok(archive.message_with_raw(&id)?.map(|found| mask_raw(&found.raw)))).await?;
    let octets = masked.ok_or(Error::NoMessage)?;
    // No charset is claimed: a message may be in several. Ours is in UTF-8 only where a mask stands.
    Ok((guards(), [(header::CONTENT_TYPE, "text/plain")], octets).into_response())
}

/// `/m/<id>/a/<part>/<name>`: an attachment, decoded. The name in the address is for people; the part counts.
pub(crate) async fn attachment(
    State(site): Shared,
    path: Result<Path<(String, usize, String)>, PathRejection>,
) -> Result<Response, Error> {
    let Path((id, part, _)) = path.map_err(|_| Error::NoAttachment)?;
    let found = site
        .read(move |archive| {
            let Some(entry) = archive.message(&id)? else { return Ok(None) };
            let Some(described) = entry.message.attachments.into_iter().find(|it| it.part == Some(part)) else {
                return Ok(None);
            };
            Ok(archive.attachment(&id, part)?.map(|octets| (described.name, octets)))
        })
        .await?;
    let (name, octets) = found.ok_or(Error::NoAttachment)?;
    let headers = [
        (header::CONTENT_TYPE, kind(&octets).to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&mask(name.as_deref().unwrap_or("attachment")))),
    ];
    let picture = headers[0].1.starts_with("image/");
    let response = (guards(), headers, octets);
    // The message's own HTML may show it, in its frame.
    Ok(if picture { (FOR_FRAMES, response).into_response() } else { response.into_response() })
}

fn guards() -> [(HeaderName, &'static str); 3] {
    [
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ]
}

/// What the bytes are, by their beginning and never by what the message says of them; only kinds that cannot hold a script
/// that runs in our name are told.
fn kind(octets: &[u8]) -> &'static str {
    match octets {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// RFC 6266: a plain name for old clients and RFC 8187 for the real one. Nothing of the name can leave its quotes.
pub fn disposition(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut clean = String::new();
    // What hides goes first, for it would hide the dots that make a file invisible, or end a name where it seems to go on.
    let shown: String = base.chars().filter(|c| !c.is_control() && !is_hidden(*c)).collect();
    let blank = |c: char| c == '.' || c.is_whitespace();
    for c in shown.trim_matches(blank).chars() {
        if clean.len() + c.len_utf8() > MAX_NAME {
            break;
        }
        clean.push(c);
    }
    // Where it was cut may be where it must not end.
    clean.truncate(clean.trim_end_matches(blank).len());
    if clean.is_empty() {
        clean.push_str("attachment");
    }
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain: String = clean.chars().map(|c| if safe(c) { c } else { '_' }).collect();
    let mut out = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in clean.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Characters that are not seen, or turn what is seen around.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_stay_in_their_header() {
        assert_eq!(disposition("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
        assert_eq!(
            disposition("../é\"\r\nX: 1;\u{202E}.exe"),
            "attachment; filename=\"__X_ 1_.exe\"; filename*=UTF-8''%C3%A9%22X%3A%201%3B.exe"
        );
        assert_eq!(disposition("C:\\x\\..."), "attachment; filename=\"attachment\"; filename*=UTF-8''attachment");
        assert!(disposition(&"é".repeat(1_000)).len() < 800);
        assert_eq!(disposition(&format!("{}. b", "a".repeat(MAX_NAME - 2))), disposition(&"a".repeat(MAX_NAME - 2)));
    }

    #[test]
    fn no_name_gets_out_of_its_header_or_its_folder() {
        let nasty = [
            "",
            ".",
            "..",
            "...",
            "/etc/passwd",
            "..\\..\\boot.ini",
            "a\r\nSet-Cookie: x=1",
            "a\"; filename=\"b.exe",
            "\u{202E}gpj.exe",
            "\u{200B}.profile",
            "a\u{2028}b",
            "%2e%2e%2fx",
            "a;b,c=d'e\\f",
            "名前.pdf",
            "\u{0}",
            " spaced . ",
            "=?utf-8?q?x?=",
            "<script>.html",
        ];
        for name in nasty.iter().map(|name| (*name).to_owned()).chain(["é".repeat(500), "a".repeat(MAX_NAME + 1)]) {
            let header = disposition(&name);
            assert!(header.bytes().all(|byte| (0x20..0x7F).contains(&byte)), "{name:?}: {header}");
            let (plain, coded) = header
                .strip_prefix("attachment; filename=\"")
                .and_then(|rest| rest.split_once("\"; filename*=UTF-8''"))
                .unwrap_or_else(|| panic!("{name:?}: {header}"));
            assert!(
                !plain.is_empty() && !plain.starts_with('.') && !plain.contains(['"', '\\', '/', ';', '%']),
                "{header}"
            );
            assert!(coded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_%".contains(&byte)), "{header}");
            assert!(coded.len() <= 3 * MAX_NAME && !coded.starts_with('.'), "{header}");
        }
        assert_eq!(disposition(&"a".repeat(MAX_NAME)), disposition(&"a".repeat(MAX_NAME + 1)), "cut at the limit");
        assert_ne!(disposition(&"a".repeat(MAX_NAME)), disposition(&"a".repeat(MAX_NAME - 1)));
    }

    #[test]
    fn pages_and_drawings_are_mere_octets() {
        assert_eq!(kind(b"<html><script>"), "application/octet-stream");
        assert_eq!(kind(b"<svg xmlns"), "application/octet-stream");
        assert_eq!(kind(b"%PDF-1.4"), "application/pdf");
        assert_eq!(kind(b""), "application/octet-stream");
    }
}
