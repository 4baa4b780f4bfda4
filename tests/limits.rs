//! Limits that are keys of config.toml, at their edge and one over; and workers that do not survive what they are given.

use std::fs;

use serde_json::Value;

use crate::{
    attached::with_files,
    documents::{pdf, pdf_book, pdf_of, zip},
    harness::{Site, json, mail, text},
};

const DAY: &str = "Thu, 02 Jun 2016 12:03:11 +0200";

fn plain(id: &str, body: &str) -> Vec<u8> {
    mail(&format!("{id}@example.org"), "Ada <ada@example.org>", &format!("Subject {id}"), DAY, "", body)
}

/// A message of so many empty parts: as objects they take fifty times the room they take as text.
fn wide(id: &str, parts: usize) -> Vec<u8> {
    let more = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
    mail(
        &format!("{id}@example.org"),
        "Ada <ada@example.org>",
        &format!("Subject {id}"),
        DAY,
        more,
        &"--b\n\n".repeat(parts),
    )
}

/// Read, new, set aside.
fn sum(report: &Value) -> [u64; 3] {
    ["read", "new", "set_aside"].map(|key| report[key].as_u64().unwrap())
}

#[test]
fn a_message_that_no_worker_survives_is_set_aside_with_its_bytes_and_tried_again_when_asked() {
    let bomb = wide("bomb", 300_000);
    let site =
        Site::with(&[("list", "a.mbox", &[plain("before", "One."), bomb.clone(), plain("after", "Two.")].concat())]);
    site.configure("[worker]\nmemory_mib = 128\n");
    let said = site.run(&["ingest", "--json"]);
    assert_eq!(said.code, 3, "{}", said.err);
    let report = json(said.out.lines().last().unwrap());
    assert_eq!(sum(&report), [3, 2, 1], "{report}");
    assert_eq!(report["files"][0]["problems"]["unreadable"], 1);
    let list = fs::read_dir(site.data().join("set-aside")).unwrap().map(|entry| entry.unwrap().path());
    let list = list.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    let aside = json(fs::read_to_string(&list).unwrap().lines().next().unwrap());
    assert!(text(&aside, "reason").contains("it needed more memory than it may have"), "{aside}");
    assert_eq!(aside["offset"], plain("before", "One.").len());
    let kept = fs::read(list.with_file_name(text(&aside, "bytes"))).unwrap();
    assert!(bomb.starts_with(kept.trim_ascii_end()) && kept.len() + 2 >= bomb.len(), "its bytes, whole");
    assert_eq!(site.found("subject:bomb").len(), 0);
    assert_eq!(site.found("subject:before OR subject:after").len(), 2);
    // With room enough it is mail like any other.
    site.configure("[worker]\nmemory_mib = 2000\nprocessor_seconds = 60\nclock_seconds = 120\n");
    let said = site.run(&["ingest", "--retry", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(sum(&json(said.out.lines().last().unwrap())), [3, 1, 0]);
    assert_eq!(site.found("subject:bomb repair:parts").len(), 1, "and it is said how many parts it has");
}

#[test]
fn a_message_in_a_digest_that_no_worker_survives_costs_its_neighbours_nothing() {
    let inner = |id: &str, more: &str, body: &str| {
        format!(
            "--d\nContent-Type: message/rfc822\n\nFrom: Ada <ada@example.org>\nSubject: Inner {id}\nDate: {DAY}\nMessage-ID: <{id}@example.org>\n{more}\n{body}\n"
        )
    };
    let bomb = inner("bomb", "Content-Type: multipart/mixed; boundary=b\n", &"--b\n\n".repeat(300_000));
    let body = format!("{}{bomb}{}--d--\n", inner("first", "", "One."), inner("last", "", "Two."));
    let more = "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=d\n";
    let digest = mail("digest@example.org", "list@example.org", "list Digest, Vol 1, Issue 2", DAY, more, &body);
    let site = Site::with(&[("list", "a.mbox", &digest)]);
    site.configure("[worker]\nmemory_mib = 128\n");
    let said = site.run(&["ingest", "--json"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert_eq!(sum(&json(said.out.lines().last().unwrap())), [4, 3, 1]);
    assert_eq!(site.found("subject:inner").len(), 2);
}

#[test]
fn files_that_no_worker_survives_cost_a_message_only_their_words() {
    // As many commands; and as many pages, each of which is looked for among all.
    let (large, slow) = (pdf_of(&"q ".repeat(4_000_000), ""), pdf_book("leaf", 100_000));
    for (config, name, bytes) in [
        ("memory_mib = 128", "large.pdf", &large),
        ("processor_seconds = 1\nclock_seconds = 30", "slow.pdf", &slow),
        ("processor_seconds = 30\nclock_seconds = 1", "slow.pdf", &slow),
    ] {
        let files: &[(&str, &str, &[u8])] =
            &[("application/pdf", name, bytes), ("text/plain", "good.txt", b"The tapir is found.")];
        let site = Site::with(&[("list", "a.mbox", &with_files("a@example.org", "Files", files))]);
        site.configure(&format!("[worker]\n{config}\n"));
        let said = site.run(&["ingest", "--json"]);
        assert_eq!(said.code, 0, "a file that is not searched is no failure: {}", said.err);
        assert_eq!(sum(&json(said.out.lines().last().unwrap())), [1, 1, 0]);
        assert_eq!(site.found("repair:attachment attached:tapir").len(), 1, "{config}");
    }
}

#[test]
fn without_processes_no_document_is_read_and_no_costly_html_shown_and_it_is_said() {
    let html = format!("{}deep{}", "<div>".repeat(400), "</div>".repeat(400));
    let files: &[(&str, &str, &[u8])] =
        &[("application/pdf", "report.pdf", &pdf("A heron on paper")), ("text/plain", "note.txt", b"A gecko.")];
    let more = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n";
    let page = mail("h@example.org", "Ada <ada@example.org>", "Deep", DAY, more, &html);
    let dump = [with_files("a@example.org", "Files", files), page, wide("bomb", 3_000)].concat();
    let site = Site::with(&[("list", "a.mbox", &dump)]);
    site.configure("[worker]\nprocesses = 0\n");
    let said = site.run(&["ingest", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(sum(&json(said.out.lines().last().unwrap())), [3, 3, 0]);
    assert_eq!((site.found("attached:gecko").len(), site.found("attached:heron").len()), (1, 0));
    let (files, deep) = (site.found("subject:files").remove(0), site.found("subject:deep").remove(0));
    let server = site.serve();
    assert!(!server.get(&format!("/m/{files}")).body.contains("report.pdf</a>, its text is searched"));
    let page = server.get(&format!("/m/{deep}/html"));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("The HTML of this message is not shown"), "{}", page.body);
    assert_eq!(server.get(&format!("/m/{deep}/html/frame")).status, 404);
}

/// A dump of a size.
type Dump<'a> = &'a dyn Fn(usize) -> Vec<u8>;

/// Ingests one dump under these limits: read, new, set aside, and kinds of problems.
fn ingested(limits: &str, name: &str, dump: &[u8]) -> ([u64; 3], String) {
    let site = Site::with(&[("list", name, dump)]);
    site.configure(limits);
    let report = site.ingest();
    (sum(&report), report["files"][0]["problems"].to_string())
}

#[test]
fn each_limit_of_dumps_holds_at_its_edge_and_one_over_is_kept_or_named() {
    const MIB: usize = 1 << 20;
    let text = |bytes: usize| "twenty letters here.".repeat(bytes / 20 + 1)[..bytes].to_owned();
    let file = |bytes: usize| with_files("a@example.org", "Files", &[("text/plain", "a.txt", text(bytes).as_bytes())]);
    let note = |count: usize| vec![("text/plain", "a.txt", b"word".as_slice()); count];
    // Two bytes are the empty line and the line that separate it from the next.
    let sized = |bytes: usize| plain("a", &text(bytes - plain("a", "").len()));
    let cases: [(&str, Dump<'_>, usize, &str); 5] = [
        ("[ingest]\nmessage_mib = 1", &sized, MIB, "stray"),
        ("[limits]\nattached_mib = 1", &file, MIB, "attachment"),
        ("[limits]\nattached_text_mib = 1", &file, MIB, "attachment"),
        ("[limits]\nattached_files = 3", &|n| with_files("a@example.org", "Files", &note(n)), 3, "attachment"),
        ("[limits]\nattached_files = 0", &|n| with_files("a@example.org", "Files", &note(n)), 0, "attachment"),
    ];
    for (limits, dump, edge, kind) in cases {
        let (sum, problems) = ingested(limits, "a.mbox", &dump(edge));
        assert!(sum == [1, 1, 0] && !problems.contains(kind), "{limits}, at it: {sum:?} {problems}");
        let (sum, problems) = ingested(limits, "a.mbox", &dump(edge + 1));
        assert!(sum == [1, 1, 0] && problems.contains(kind), "{limits}, one over: {sum:?} {problems}");
    }
}

#[test]
fn members_and_endless_lines_hold_to_their_keys() {
    let member = |number: usize| (format!("{number}.eml"), plain(&number.to_string(), "Words."));
    let members: Vec<(String, Vec<u8>)> = (0..4).map(member).collect();
    let packed = |count: usize| {
        let members: Vec<(&str, &[u8])> =
            members[..count].iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
        zip(&members)
    };
    assert_eq!(ingested("[limits]\nmembers = 3", "a.zip", &packed(3)).0, [3, 3, 0]);
    let (sum, problems) = ingested("[limits]\nmembers = 3", "a.zip", &packed(4));
    assert_eq!(sum, [1, 0, 1], "{problems}");
    // Text before the first message in which no line ends.
    let dump = |bytes: usize| [vec![b'x'; bytes], b"\n\n".to_vec(), plain("a", "Words.")].concat();
    for bytes in [4 << 10, (4 << 10) + 1, 40 << 10] {
        let (sum, problems) = ingested("[limits]\nline_kib = 4", "a.mbox", &dump(bytes));
        assert!(sum == [1, 1, 0] && problems.contains("stray"), "{bytes}: {sum:?} {problems}");
    }
}

#[test]
fn each_limit_of_queries_is_said_where_one_is_over() {
    let site = Site::with(&[("list", "a.mbox", &plain("a", "One two three four."))]);
    site.configure(
        "[query]\nbytes = 60\ndepth = 2\nterms = 3\nnots = 2\nfuzzy_letters = 5\nprefix_letters = 3\ndistance = 4\n",
    );
    site.ingest();
    let long = format!("{}x", "one ".repeat(14));
    for (at, over, note) in [
        ("((one))", "(((one)))", "nested more than 2 deep"),
        ("one two three", "one two three four", "at most 3 words"),
        ("NOT NOT one", "NOT NOT NOT one", "more than 2 `-`"),
        ("three~1", "threes~1", "too long for `~`"),
        ("thr*", "th*", "at least 3 letters"),
        ("\"one four\"~4", "\"one four\"~5", "at most 4 words apart"),
        ("one", &format!("{long}{}", " y".repeat(10)), "the first 60 bytes"),
    ] {
        let said = |query: &str| site.run(&["search", "--", query]).err;
        assert!(!said(at).contains("note:"), "{at}: {}", said(at));
        assert!(said(over).contains(note), "{over}: {}", said(over));
    }
    let mut server = site.serve();
    let page = server.get("/search?q=one+two+three+four").body;
    assert!(page.contains("at most 3 words"), "the page says so, too");
    assert_eq!(Some(0), server.stop());
}
