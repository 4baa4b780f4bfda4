//! Any page in any form: each is read back by a reader that is not the one that wrote it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::{Server, Site, json, repository, text};

/// The suffixes of exports, and how each begins to say what it is.
const EXPORTS: [(&str, &str); 9] = [
    ("jsonl", "application/jsonl"),
    ("csv", "text/csv; charset=utf-8; header=present"),
    ("atom", "application/atom+xml; charset=utf-8"),
    ("mbox", "application/mbox"),
    ("txt", "text/plain; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("bib", "application/x-bibtex; charset=utf-8"),
    ("ris", "application/x-research-info-systems; charset=utf-8"),
    ("csl.json", "application/vnd.citationstyles.csl+json"),
];

fn hostile() -> Site {
    Site::of(&[("quay", "forms.mbox")])
}

/// Body of a form as text.
#[track_caller]
fn body(server: &Server, path: &str) -> String {
    let (_, bytes) = server.fetch(path);
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Messages in a form, counted by a reader of the form.
#[track_caller]
fn count(form: &str, bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes).into_owned();
    match form {
        "jsonl" => text.lines().map(json).filter(|line| line["id"].is_string()).count(),
        "csv" => rows(bytes).len(),
        "atom" => entries(&text).len(),
        "mbox" => messages(bytes).len(),
        "txt" => text.matches("\nCite as: ").count(),
        "md" => text.lines().filter(|line| line.starts_with("## ")).count(),
        "bib" => bibtex(&text).len(),
        "ris" => records(&text).len(),
        "csl.json" => json(&text).as_array().unwrap().len(),
        _ => panic!("{form} is no export"),
    }
}

fn rows(bytes: &[u8]) -> Vec<csv::StringRecord> {
    // Not flexible: a row of another length is an error.
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(bytes);
    reader.records().collect::<Result<_, _>>().unwrap()
}

/// Id, title and author of each entry.
#[track_caller]
fn entries(feed: &str) -> Vec<[String; 3]> {
    let document = roxmltree::Document::parse(feed).unwrap_or_else(|error| panic!("{error}: {feed}"));
    const ATOM: &str = "http://www.w3.org/2005/Atom";
    let child = |node: roxmltree::Node<'_, '_>, name: &str| {
        let found = node.descendants().find(|it| it.has_tag_name((ATOM, name)));
        found.unwrap_or_else(|| panic!("no {name} in {feed}")).text().unwrap_or("").to_owned()
    };
    let root = document.root_element();
    assert!(root.has_tag_name((ATOM, "feed")));
    assert!(child(root, "id").starts_with("urn:uuid:"));
    let entries = root.children().filter(|it| it.has_tag_name((ATOM, "entry")));
    entries
        .map(|it| {
            assert!(child(it, "updated").ends_with('Z'), "{feed}");
            assert!(!child(it, "name").is_empty());
            [child(it, "id"), child(it, "title"), child(it, "name")]
        })
        .collect()
}

/// What Plenary itself reads in a mailbox: ids and texts.
#[track_caller]
fn messages(bytes: &[u8]) -> BTreeMap<String, String> {
    let site = Site::with(&[("again", "a.mbox", bytes)]);
    let report = site.ingest();
    assert_eq!(report["set_aside"], 0, "{report}");
    assert_eq!(report["read"], report["new"], "{report}");
    site.found("*").into_iter().map(|id| (id.clone(), said(&site, &id))).collect()
}

/// The text of a message, up to its last line.
#[track_caller]
fn said(site: &Site, id: &str) -> String {
    let shown = site.show(id);
    let spans = shown["text"].as_array().unwrap().iter();
    spans.map(|span| text(span, "text")).collect::<String>().trim_end().to_owned()
}

/// Keys of entries, braces counted as BibTeX counts them: whatever stands before one.
#[track_caller]
fn bibtex(text: &str) -> Vec<String> {
    let (mut keys, mut depth, mut key) = (Vec::new(), 0_i32, String::new());
    let mut at_key = false;
    for c in text.chars() {
        match c {
            '{' => {
                at_key = depth == 0;
                depth += 1;
            }
            '}' => depth -= 1,
            ',' if at_key => {
                keys.push(std::mem::take(&mut key));
                at_key = false;
            }
            c if at_key => key.push(c),
            '@' => assert!(depth > 0 || text.contains("@misc")),
            _ => {}
        }
        assert!(depth >= 0, "a brace closes what none opened: {text}");
    }
    assert_eq!(depth, 0, "{text}");
    keys
}

/// Records of RIS: each line a tag and a value, from `TY` to `ER`.
#[track_caller]
fn records(text: &str) -> Vec<Vec<(String, String)>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    for line in text.split("\r\n").filter(|line| !line.is_empty()) {
        let (tag, value) = line.split_once("  - ").unwrap_or_else(|| panic!("no tag in {line:?}"));
        assert!(tag.len() == 2 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{line:?}");
        assert_eq!(tag == "TY", record.is_empty(), "{line:?} in {text}");
        record.push((tag.to_owned(), value.to_owned()));
        if tag == "ER" {
            records.push(std::mem::take(&mut record));
        }
    }
    assert!(record.is_empty(), "{text}");
    records
}

/// Every page of many messages, without its suffix, with its parameters; and how many messages of the fixture it holds.
fn pages(site: &Site) -> Vec<(String, &'static str, usize)> {
    let first = site.show(&site.found("*").remove(0));
    let (thread, person) = (text(&first, "thread"), text(&first["from"], "person"));
    let of_person = site.found(&format!("person:{person}")).len();
    let in_thread = site.found(&format!("thread:{thread}")).len();
    vec![
        ("/search".into(), "?q=", 4),
        ("/search".into(), "?q=quay", 2),
        ("/search".into(), "?q=nothingatall", 0),
        (format!("/t/{thread}"), "", in_thread),
        (format!("/p/{person}"), "", of_person),
        ("/l/quay".into(), "", 4),
        ("/l/quay/2016".into(), "", 4),
        ("/l/quay/2016/07".into(), "", 4),
        ("/l/quay/2016/07/15".into(), "", 1),
        ("/l/quay/2016/08".into(), "", 0),
    ]
}

#[test]
fn every_page_of_messages_is_there_in_every_form_and_whole() {
    let site = hostile();
    let server = site.serve();
    for (page, parameters, expected) in pages(&site) {
        for (form, media_type) in EXPORTS {
            let address = format!("{page}.{form}{parameters}");
            let (head, bytes) = server.fetch(&address);
            for header in [
                &format!("content-type: {media_type}"),
                "x-robots-tag: noindex",
                "x-content-type-options: nosniff",
                "content-security-policy: default-src 'none'; sandbox",
                "content-disposition: ",
            ] {
                assert!(head.contains(&format!("\r\n{header}")), "{address} lacks {header}: {head}");
            }
            assert!(head.contains(&format!(".{form}\"; filename*=")), "{address}: {head}");
            if form != "mbox" || expected > 0 {
                assert_eq!(count(form, &bytes), expected, "{address}: {}", String::from_utf8_lossy(&bytes));
            }
        }
        let document = server.json(&format!("{page}.json{parameters}"));
        assert!(document.is_object(), "{document}");
    }
}

#[test]
fn a_message_is_there_in_every_form() {
    let site = hostile();
    let server = site.serve();
    for id in site.found("*") {
        for form in ["txt", "md", "bib", "ris", "csl.json", "mbox"] {
            let (head, bytes) = server.fetch(&format!("/m/{id}.{form}"));
            assert_eq!(count(form, &bytes), 1, "{id}.{form}");
            assert!(head.contains(&id[..8]), "{head}");
        }
        assert_eq!(server.json(&format!("/m/{id}.json"))["id"], Value::from(id.clone()));
        let (_, mbox) = server.fetch(&format!("/m/{id}.mbox"));
        assert_eq!(messages(&mbox), BTreeMap::from([(id.clone(), said(&site, &id))]));
        assert_eq!(server.get(&format!("/m/{id}.atom")).status, 404);
    }
    assert_eq!(server.get("/m/zzzz.bib").status, 404);
    assert_eq!(server.get("/search.exe?q=x").status, 404);
    assert_eq!(server.get("/search.atom?cursor=x").status, 400);
}

#[test]
fn no_cell_of_a_table_is_a_formula() {
    let site = hostile();
    let (_, bytes) = site.serve().fetch("/l/quay.csv");
    let rows = rows(&bytes);
    assert_eq!(
        bytes.windows(2).filter(|two| two == b"\r\n").count(),
        rows.len() + 1,
        "every row ends in CRLF, none else"
    );
    let mut guarded = 0;
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        guarded += usize::from(cell.starts_with('\''));
    }
    assert_eq!(guarded, 6, "name, subject twice, attachment, two texts: {rows:?}");
}

#[test]
fn both_tables_have_the_columns_that_their_dictionary_explains() {
    let site = hostile();
    let server = site.serve();
    let table = body(&server, "/l/quay.csv");
    let columns: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let first = json(body(&server, "/l/quay.jsonl").lines().next().unwrap());
    let keys: BTreeSet<&str> = first.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, columns.iter().copied().collect());
    let dictionary = std::fs::read_to_string(repository().join("docs/forms.md")).unwrap();
    let explained: Vec<&str> =
        dictionary.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let missing: Vec<&&str> = columns.iter().filter(|column| !explained.contains(*column)).collect();
    assert!(missing.is_empty(), "docs/forms.md does not explain {missing:?}");
}

#[test]
fn rows_know_their_place_in_the_thread() {
    let site = hostile();
    let server = site.serve();
    let rows: Vec<Value> = body(&server, "/l/quay.jsonl").lines().map(json).collect();
    assert_eq!(rows[1]["parent_id"], rows[0]["id"]);
    assert_eq!(rows[1]["depth"], 1);
    assert_eq!((&rows[1]["position"], &rows[0]["position"]), (&Value::from(2), &Value::from(1)));
    assert_eq!(rows[0]["offset"], "UTC-04:00");
    assert_eq!(rows[1]["n_words_own"], 7);
    assert_eq!(rows[0]["has_attachment"], false);
    assert_eq!(rows[2]["has_attachment"], true);
    let newest: Vec<Value> = body(&server, "/l/quay.jsonl?sort=newest").lines().map(json).collect();
    assert_eq!(newest.iter().rev().collect::<Vec<_>>(), rows.iter().collect::<Vec<_>>());
}

#[test]
fn feeds_lead_to_all_messages_page_by_page() {
    let site = Site::shared_sample();
    let server = site.serve();
    let base = format!("http://{}", server.address);
    let mut next = Some("/search.atom?q=list:bp_*".to_owned());
    let (mut seen, mut pages) = (Vec::new(), 0);
    while let Some(address) = next {
        let feed = body(&server, &address);
        let found = entries(&feed);
        assert!(found.len() <= 50);
        seen.extend(found.into_iter().map(|[id, ..]| id));
        let document = roxmltree::Document::parse(&feed).unwrap();
        let link = |rel: &str| {
            let found = document.descendants().find(|it| it.attribute("rel") == Some(rel));
            found.and_then(|it| it.attribute("href")).map(str::to_owned)
        };
        assert_eq!(link("self").as_deref(), Some(format!("{base}{address}").as_str()));
        assert_eq!(link("alternate").as_deref(), Some(format!("{base}/search?q=list:bp_*").as_str()));
        next = link("next").map(|address| address.strip_prefix(&base).unwrap().to_owned());
        pages += 1;
    }
    let total = server.json("/search.json?q=list:bp_*")["total"].as_u64().unwrap();
    assert_eq!(seen.len() as u64, total);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len() as u64, total, "each once");
    assert!(pages > 1, "{total} messages are more than a page");
}

#[test]
fn the_command_line_writes_the_same_bytes() {
    let site = hostile();
    let server = site.serve();
    for (form, _) in EXPORTS {
        let to = form.split('.').next().unwrap();
        let output = site.command(&["export", "quay", "--to", to]).output().unwrap();
        let (_, bytes) = server.fetch(&format!("/search.{form}?q=quay"));
        let here = |bytes: &[u8], address: &str| {
            String::from_utf8_lossy(bytes).replace(&format!("http://{address}"), "http://site")
        };
        let mut said = here(&output.stdout, "127.0.0.1:8080");
        let mut served = here(&bytes, &server.address);
        if form == "atom" {
            // A feed's name follows its address, and the site's is another in each test.
            (said, served) = (without_id(&said), without_id(&served));
        }
        assert_eq!(said, served, "{form}");
    }
    let path = site.data().join("out.csv");
    let said = site.run(&["export", "--to", "csv", "-o", path.to_str().unwrap()]);
    assert_eq!((said.code, said.out.as_str(), said.err.trim()), (0, "", "4 messages"));
    assert_eq!(rows(&std::fs::read(&path).unwrap()).len(), 4);
    assert_eq!(site.run(&["export", "nothingatall", "--to", "csv"]).code, 1);
}

fn without_id(feed: &str) -> String {
    feed.lines().enumerate().filter(|(n, _)| *n != 2).map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn a_citation_can_name_a_paragraph() {
    let site = hostile();
    let server = site.serve();
    let id = site.found("mid:forms-1@example.org").remove(0);
    let page = server.get(&format!("/m/{id}?p=2-3")).body;
    assert!(page.contains(", paras. 2–3. http://") && page.contains(&format!("/m/{id}#p2-3")), "{page}");
    assert!(body(&server, &format!("/m/{id}.ris?p=2")).contains(&format!("/m/{id}#p2\r\n")));
    for whole in ["0", "99", "3-2", "x", "<script>"] {
        assert!(!server.get(&format!("/m/{id}?p={whole}")).body.contains("para. "), "{whole}");
    }
    let said = site.run(&["cite", &format!("http://127.0.0.1:8080/m/{id}#p2")]);
    assert!(said.out.contains(", para. 2. http://127.0.0.1:8080/m/"), "{}", said.out);
    assert_eq!(site.run(&["cite", &format!("{id}#p99")]).code, 2);
    assert_eq!(site.run(&["cite", "nobody@example.org"]).code, 1);
    assert!(site.run(&["cite", &id, "--style", "ris"]).out.starts_with("TY  - ICOMM\nAU  - "));
}

#[test]
fn reference_managers_find_one_email_or_a_list_to_pick_from() {
    let site = hostile();
    let server = site.serve();
    let id = site.found("mid:forms-2@example.org").remove(0);
    let page = server.get(&format!("/m/{id}")).body;
    for meta in [
        "z:itemType\" content=\"email\"",
        "\"dc:title\"",
        "\"dc:creator\"",
        "\"dc:date\" content=\"2016-07-15T07:00:00Z\"",
        "\"dcterms:abstract\"",
    ] {
        assert!(page.contains(meta), "{meta} in {page}");
    }
    assert!(page.contains(&format!("<link rel=\"canonical\" href=\"http://{}/m/{id}\">", server.address)));
    assert!(!page.contains("Z3988") && !page.contains("citation_title"));
    let shown = site.show(&id);
    let (thread, person) = (text(&shown, "thread"), text(&shown["from"], "person"));
    for (address, expected) in [
        ("/search?q=*&group=none".to_owned(), 4),
        (format!("/t/{thread}"), 2),
        (format!("/p/{person}"), 1),
        ("/l/quay/2016/07/?view=dates".into(), 4),
    ] {
        let page = server.get(&address).body;
        assert_eq!(page.matches("class=\"Z3988\"").count(), expected, "{address}");
        assert!(page.contains("rft_val_fmt=info:ofi/fmt:kev:mtx:dc"), "{address}: {page}");
        assert!(page.contains("rel=\"alternate\" type=\"application/atom+xml\""), "{address}");
    }
}

#[test]
fn pages_say_in_what_forms_they_are_to_be_had() {
    let site = hostile();
    let server = site.serve();
    for (page, parameters, _) in pages(&site).into_iter().filter(|(_, _, messages)| *messages > 0) {
        let slash = if page.starts_with("/l/") { "/" } else { "" };
        let html = server.get(&format!("{page}{slash}{parameters}")).body;
        for (form, _) in EXPORTS {
            assert!(html.contains(&format!("href=\"{page}.{form}")), "{page} does not link its {form}");
        }
    }
}

/// What a form looks like, for a person to read. What changes from run to run is replaced.
#[test]
fn each_form_as_it_looks() {
    let site = hostile();
    let server = site.serve();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(repository().join("tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (form, _) in EXPORTS.into_iter().filter(|(form, _)| *form != "mbox") {
            let shown = body(&server, &format!("/search.{form}?q=")).replace(&server.address, "site.example");
            let shown = if form == "atom" { without_id(&shown) } else { shown };
            insta::assert_snapshot!(format!("form-{form}"), shown.replace("\r\n", "\n"));
        }
        let (_, mbox) = server.fetch("/search.mbox?q=");
        insta::assert_snapshot!("form-mbox", String::from_utf8_lossy(&mbox).into_owned());
        let id = site.found("mid:forms-3@example.org").remove(0);
        let said: String = ["plain", "footnote", "chicago", "apa", "bibtex", "ris", "csl"]
            .map(|style| format!("{style}:\n{}\n", site.run(&["cite", &format!("{id}#p1"), "--style", style]).out))
            .concat();
        insta::assert_snapshot!("citations", said);
    });
}
