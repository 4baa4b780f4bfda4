//! Files that came with mail: their words are found, those that cannot be read are said, and those made to hurt hurt nobody.

use std::fmt::Write as _;

use crate::{
    documents::{docx, odt, pdf, pdf_of, pptx, xlsx, zip},
    harness::{Site, text},
};

/// A message with these files: media type, name, bytes.
pub(crate) fn with_files(id: &str, subject: &str, files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = "--cut\nContent-Type: text/plain\n\nSee what is attached.\n".to_owned();
    for (media_type, name, bytes) in files {
        let _ = write!(
            body,
            "--cut\nContent-Type: {media_type}\nContent-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{}\n",
            base64(bytes)
        );
    }
    body.push_str("--cut--\n");
    let more = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=cut\n";
    crate::harness::mail(id, "Ann Example <ann@example.org>", subject, "Thu, 2 Jun 2016 14:03:11 +0000", more, &body)
}

/// Base64 with lines of 76.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() * 3 / 2);
    for (number, three) in bytes.chunks(3).enumerate() {
        if number > 0 && number % 19 == 0 {
            out.push('\n');
        }
        let padded = [three[0], *three.get(1).unwrap_or(&0), *three.get(2).unwrap_or(&0), 0];
        let bits = u32::from_be_bytes(padded) >> 8;
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place > three.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

#[test]
fn words_of_attached_files_are_found_where_they_are_looked_for() {
    let files: &[(&str, &str, &[u8])] = &[
        (DOCX, "charter.docx", &docx(&["The zebrafish clause stands."])),
        ("application/octet-stream", "slides.pptx", &pptx(&["A walrus on a slide"])),
        ("application/octet-stream", "table.xlsx", &xlsx(&[&["pelican", "12"]])),
        ("application/vnd.oasis.opendocument.text", "draft.odt", &odt(&["An ibex in a draft"])),
        ("application/pdf", "report.pdf", &pdf("A heron on paper")),
        ("text/csv", "list.csv", b"gecko,1\n"),
    ];
    let site = Site::with(&[("list", "a.mbox", &with_files("a@example.org", "Files", files))]);
    let report = site.ingest();
    assert_eq!(report["new"], 1);
    for word in ["zebrafish", "walrus", "pelican", "ibexes", "heron", "gecko"] {
        assert_eq!(site.found(word).len(), 0, "{word} is not the author's own");
        for query in [format!("{word} in:attachments"), format!("{word} in:everything"), format!("attached:{word}")] {
            assert_eq!(site.found(&query).len(), 1, "{query}");
        }
    }
    assert_eq!(site.found("file:charter").len(), 1);
    let said = site.run(&["search", "zebrafish in:attachments"]);
    assert!(said.out.contains("in charter.docx: The zebrafish clause stands."), "{}", said.out);
    let id = &site.found("attached:heron")[0];
    let server = site.serve();
    let page = server.get(&format!("/m/{id}")).body;
    assert_eq!(page.matches("its text is searched").count(), files.len());
    assert!(
        server
            .get("/search?q=heron+in:attachments")
            .body
            .contains("in the attached <bdi>report.pdf</bdi>: <span>A <mark>heron</mark>")
    );
    let hit = server.json("/api/v1/search?q=heron+in:attachments");
    assert_eq!(text(&hit["hits"][0]["passages"][0], "attachment"), "report.pdf");
    // From the dumps alone the same again.
    let before = site.run(&["search", "--json", "in:everything zebrafish"]).out;
    assert!([0, 3].contains(&site.run(&["rebuild"]).code));
    assert_eq!(site.run(&["search", "--json", "in:everything zebrafish"]).out, before);
}

#[test]
fn a_file_that_cannot_be_read_is_said_and_costs_nobody_anything() {
    let deep = format!("/Deep {}{}", "[".repeat(150_000), "]".repeat(150_000));
    let operators = "q ".repeat(2_000_000);
    let xml = format!("{}x", "<w:p>".repeat(1_000_000));
    let files: &[(&str, &str, &[u8])] = &[
        ("application/pdf", "broken.pdf", b"%PDF-1.7 and then nothing"),
        ("application/pdf", "no.pdf", b"GIF89a"),
        ("application/pdf", "deep.pdf", &pdf_of("BT (x) Tj ET", &deep)),
        ("application/pdf", "operators.pdf", &pdf_of(&operators, "")),
        (DOCX, "old.docx", &[0xD0, 0xCF, 0x11, 0xE0, 0xA1]),
        (DOCX, "deep.docx", &zip(&[("word/document.xml", xml.as_bytes())])),
        (DOCX, "good.docx", &docx(&["The tapir is still found."])),
    ];
    let first = with_files("a@example.org", "Hostile", files);
    let second = with_files("b@example.org", "Harmless", &[(DOCX, "good.docx", &docx(&["An okapi, too."]))]);
    let site = Site::with(&[("list", "a.mbox", &[first, second].concat())]);
    let report = site.ingest();
    assert_eq!((&report["read"], &report["new"], &report["set_aside"]), (&2.into(), &2.into(), &0.into()));
    assert!(report["files"][0]["problems"]["attachment"].as_u64().is_some_and(|count| count >= 3), "{report}");
    assert_eq!(site.found("attached:tapir").len(), 1);
    assert_eq!(site.found("attached:okapi").len(), 1);
    assert_eq!(site.found("subject:hostile repair:attachment").len(), 1);
    assert_eq!(site.found("subject:harmless repair:attachment").len(), 0);
    let id = &site.found("subject:hostile")[0];
    let page = site.serve().get(&format!("/m/{id}")).body;
    assert!(page.contains("broken.pdf is a damaged PDF"), "{page}");
    assert!(page.contains("no.pdf is called PDF and is none"));
    assert!(page.contains("old.docx is encrypted, or in a format older than its name says"));
}

#[test]
fn what_a_dry_run_says_of_files_is_what_the_run_says() {
    let files: &[(&str, &str, &[u8])] =
        &[("application/pdf", "broken.pdf", b"%PDF-1.7"), ("text/plain", "a.txt", b"a")];
    let site = Site::with(&[("list", "a.mbox", &with_files("a@example.org", "Files", files))]);
    let dry = site.run(&["ingest", "--dry-run", "--json"]);
    let dry = crate::harness::json(dry.out.lines().last().unwrap());
    assert_eq!(dry["files"][0]["problems"], site.ingest()["files"][0]["problems"]);
}

/// Where `PLENARY_CORPUS` names the folder of real and hostile archives.
#[test]
fn hostile_names_and_types_are_handed_out_as_mere_files() {
    let Some(corpus) = std::env::var_os("PLENARY_CORPUS") else { return };
    let folder = std::path::Path::new(&corpus).join("hostile/attachments");
    let folder = if folder.exists() { folder } else { crate::harness::repository().join(folder) };
    if !folder.exists() {
        return;
    }
    let site = Site::with(&[]);
    for name in ["filenames.mbox", "types.mbox.gz"] {
        site.put("hostile", name, &std::fs::read(folder.join(name)).unwrap());
    }
    site.ingest();
    let server = site.serve();
    let mut seen = 0;
    for id in site.found("*") {
        let page = server.get(&format!("/m/{id}")).body;
        for link in
            page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|it| it.contains("/a/"))
        {
            let head = server.get(link).head;
            let lines = |name: &str| head.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>();
            let [disposition] = lines("content-disposition:")[..] else { panic!("{link}: {head}") };
            assert!(disposition.starts_with("content-disposition: attachment; filename=\""), "{disposition}");
            let [kind] = lines("content-type:")[..] else { panic!("{link}: {head}") };
            let kinds = ["application/octet-stream", "application/pdf", "image/png", "image/jpeg", "image/gif"];
            assert!(kinds.contains(&&kind["content-type: ".len()..]), "{kind}");
            assert!(lines("x-content-type-options:")[0].ends_with("nosniff"));
            assert!(lines("content-security-policy:")[0].contains("sandbox"));
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} attachments");
}
