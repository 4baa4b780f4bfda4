//! Attached files are bytes to be kept, whatever they are called and whatever they say they are.
#![allow(clippy::print_stdout, reason = "it says what was measured")]

use crate::harness::{Site, mail};

/// Names that lead somewhere, hide something or say that they are a program.
const NAMES: [&str; 39] = [
    "page.html",
    "PAGE.HTM",
    "picture.svg",
    "page.xhtml",
    "page.xml",
    "page.mht",
    "script.js",
    "run.exe",
    "run.bat",
    "run.sh",
    "applet.jar",
    "macro.docm",
    "feed.xsl",
    "style.css",
    "archive.zip",
    "card.vcf",
    "calendar.ics",
    "none",
    ".htaccess",
    ".profile",
    "..",
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/shadow",
    "C:\\windows\\system.ini",
    "a/b/c.html",
    "report.pdf.exe",
    "report.pdf .html",
    "report\u{202E}fdp.exe",
    "report\u{200B}.pdf",
    "name with blanks .txt ",
    "quote\\\".html",
    "semi;colon=x.html",
    "percent%2e%2e%2f.html",
    "<script>.html",
    "R\u{E9}sum\u{E9}.pdf",
    "\u{540D}\u{524D}.html",
    "CON",
    "nul.txt",
];

/// Types that a browser would run, draw or download.
const TYPES: [&str; 25] = [
    "text/html",
    "TEXT/HTML; charset=utf-7",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/xml",
    "application/xml",
    "text/javascript",
    "application/javascript",
    "text/css",
    "text/xsl",
    "application/pdf",
    "application/x-shockwave-flash",
    "application/java-archive",
    "application/x-msdownload",
    "message/rfc822",
    "message/external-body; access-type=url; url=\"https://example.org/\"",
    "multipart/mixed",
    "image/png",
    "image/x-icon",
    "audio/mpeg",
    "video/mp4",
    "application/octet-stream",
    "text/vcard",
    "x/y",
    "not a type",
];

const DISPOSITIONS: [&str; 2] = ["inline", "attachment"];

/// What a file holds, one after another: a page, a drawing, a script, and one that begins like a picture.
const BODIES: [&str; 4] = [
    "<html><script>alert(1)</script></html>",
    "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
    "alert(1)//",
    "GIF89a/*<script>alert(1)</script>*/=1",
];

/// A message for each name, with a part for each type and disposition.
fn dump() -> Vec<u8> {
    let more = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=cut\n";
    let message = |(number, name): (usize, &&str)| {
        let kinds = TYPES.iter().flat_map(|kind| DISPOSITIONS.iter().map(move |disposition| (kind, disposition)));
        let parts: String = kinds
            .enumerate()
            .map(|(at, (kind, disposition))| {
                let body = BODIES[at % BODIES.len()];
                format!(
                    "--cut\nContent-Type: {kind}\nContent-Disposition: {disposition}; filename=\"{name}\"\n\n{body}\n"
                )
            })
            .collect();
        let body = format!("--cut\nContent-Type: text/plain\n\nSee what is attached.\n{parts}--cut--\n");
        let day = "Thu, 02 Jun 2016 12:03:11 +0200";
        mail(&format!("n{number}@example.org"), "Ada <ada@example.org>", "Files", day, more, &body)
    };
    NAMES.iter().enumerate().flat_map(message).collect()
}

#[test]
fn every_name_type_and_disposition_is_handed_out_as_mere_bytes() {
    let site = Site::with(&[("list", "a.mbox", &dump())]);
    let report = site.ingest();
    assert_eq!(report["new"], NAMES.len(), "{report}");
    let server = site.serve();
    let mut seen = 0;
    for number in 0..NAMES.len() {
        let shown = site.show(&format!("n{number}@example.org"));
        for file in shown["attachments"].as_array().unwrap() {
            let Some(url) = file["url"].as_str() else { continue };
            let url = &url[url.find("/m/").unwrap()..];
            assert!(url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\".contains(&byte)), "{url}");
            let page = server.get(url);
            let lines = |name: &str| page.head.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>();
            assert_eq!(page.status, 200, "{url}");
            let [disposition] = lines("content-disposition:")[..] else { panic!("{url}: {}", page.head) };
            let name = disposition
                .strip_prefix("content-disposition: attachment; filename=\"")
                .unwrap_or_else(|| panic!("{disposition}"));
            let (name, coded) = name.split_once("\"; filename*=utf-8''").unwrap_or_else(|| panic!("{disposition}"));
            assert!(!name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '"', '%', ';']), "{name}");
            assert!(coded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_%".contains(&byte)), "{coded}");
            assert!(!coded.contains("%2f") && !coded.contains("%5c") && !coded.starts_with('.'), "{coded}");
            let [kind] = lines("content-type:")[..] else { panic!("{url}: {}", page.head) };
            let kinds = ["content-type: application/octet-stream", "content-type: image/gif"];
            assert!(kinds.contains(&kind), "{url}: {kind}");
            assert!(lines("x-content-type-options:")[..] == ["x-content-type-options: nosniff"], "{url}");
            assert!(lines("content-security-policy:")[0].contains("default-src 'none'; sandbox"), "{url}");
            seen += 1;
        }
    }
    // All but those that are called plain text or are shown with the message.
    println!("{seen} of {} files", NAMES.len() * TYPES.len() * DISPOSITIONS.len());
    assert!(seen >= NAMES.len() * (TYPES.len() - 5) * DISPOSITIONS.len(), "{seen} files");
}
