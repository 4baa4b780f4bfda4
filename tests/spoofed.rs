//! Authors who would like to be somebody else: where they wrote from is always shown, nothing hides, and what may deceive is said.
#![allow(clippy::print_stdout, reason = "it says what was measured")]

use crate::harness::{Site, mail, repository};

/// Authors made to deceive, each with whether it must be warned of.
const DECEITS: [(&str, bool); 20] = [
    ("\u{202E}elpmaS adA\u{202C} <eve@example.net>", true),
    ("Ada\u{200B} Sample <eve@example.net>", true),
    ("A\u{2066}da\u{2069} Sample <eve@example.net>", true),
    ("Ada \u{FEFF}Sample <eve@example.net>", true),
    ("Ada\u{E0041} Sample <eve@example.net>", true),
    ("\u{410}da Sample <eve@example.net>", true),
    ("Ada S\u{3B1}mple <eve@example.net>", true),
    ("\"ada@example.org\" <eve@example.net>", true),
    ("ada@example.org <eve@example.net>", true),
    ("Ada Sample, ada@example.org <eve@example.net>", true),
    ("Ada Sample <ada@example.org>, Eve <eve@example.net>", true),
    ("=?utf-8?q?ada=40example=2Eorg?= <eve@example.net>", true),
    ("=?utf-8?q?Ada=00_Sample?= <eve@example.net>", false),
    ("=?utf-8?q?Ada=0D=0AX=3A_y?= <eve@example.net>", false),
    ("=?utf-8?q?=E2=80=AEadA?= <eve@example.net>", true),
    ("Ada Sample <ada@xn--exmple-cua.org>", true),
    ("Ada Sample (ada@example.org) <eve@example.net>", true),
    ("Ada Sample <eve@example.net> (ada@example.org)", false),
    ("<script>alert(1)</script> <eve@example.net>", false),
    ("Ada Sample <eve@example.net>", false),
];

/// Signs that no page may hold as they are, in a name.
fn is_hidden(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

#[test]
fn where_an_author_wrote_from_is_shown_nothing_hides_and_deceit_is_said() {
    const WITHIN: [&str; 10] =
        ["", "Dr. ", "\u{202D}", "Re: ", "\u{2069}", "\t", "'", "=?utf-8?q?=E2=80=8B?= ", "\u{AD}", "x "];
    // Each as it is, and with something before it.
    let authors: Vec<(String, bool)> = DECEITS
        .iter()
        .flat_map(|(from, warned)| {
            WITHIN.iter().enumerate().map(move |(at, within)| (format!("{within}{from}"), *warned && at == 0))
        })
        .collect();
    let day = "Thu, 02 Jun 2016 12:03:11 +0200";
    let dump: Vec<u8> = authors
        .iter()
        .enumerate()
        .flat_map(|(number, (from, _))| {
            mail(&format!("s{number}@example.org"), from, &format!("Subject {number}"), day, "", "Words.")
        })
        .collect();
    let site = Site::with(&[("list", "a.mbox", &dump)]);
    site.ingest();
    let warned = site.found("repair:from");
    let server = site.serve();
    for (number, (from, warns)) in authors.iter().enumerate() {
        let shown = site.show(&format!("s{number}@example.org"));
        let id = shown["id"].as_str().unwrap().to_owned();
        let page = server.get(&format!("/m/{id}")).body;
        // Of two authors the first is shown, who may have no address; then it is said that there are two.
        let whence = ["(…@example.", "(…@xn--", "2 authors"].iter().any(|part| page.contains(part));
        assert!(whence, "{from:?}: where it came from is not shown");
        for address in [format!("/m/{id}"), format!("/t/{id}"), format!("/t/{id}.atom"), format!("/t/{id}.md")] {
            let body = String::from_utf8(server.fetch(&address).1).unwrap();
            assert!(
                !body.contains(is_hidden),
                "{address}, from {from:?}, holds {:?}",
                body.chars().find(|c| is_hidden(*c))
            );
            assert!(!body.contains("<script>alert"), "{address}, from {from:?}");
        }
        assert!(!warns || warned.contains(&id), "{from:?} is not warned of: {}", shown["problems"]);
        assert!(!warns || page.contains("<b>from</b>:"), "{from:?}: the page does not say so");
    }
    for address in ["/search?q=words", "/l/list/2016/06/", "/search.csv?q=words", "/search.mbox?q=words"] {
        let body = String::from_utf8(server.fetch(address).1).unwrap().replace('\r', "");
        assert!(address.ends_with("mbox?q=words") || !body.contains(is_hidden), "{address}");
    }
}

/// Where `PLENARY_CORPUS` names the folder of real and hostile archives.
#[test]
fn hostile_authors_are_shown_with_where_they_wrote_from() {
    let Some(corpus) = std::env::var_os("PLENARY_CORPUS") else { return };
    let folder = std::path::Path::new(&corpus).join("hostile/spoof");
    let folder = if folder.exists() { folder } else { repository().join(folder) };
    let site = Site::with(&[]);
    for name in ["authors.mbox", "sender-header-mix.mbox"] {
        let Ok(bytes) = std::fs::read(folder.join(name)) else { return };
        site.put("hostile", name, &bytes);
    }
    site.ingest();
    let server = site.serve();
    let warned = site.found("repair:from").len();
    let all = site.found("*");
    let mut unsaid = 0;
    for id in &all {
        let page = server.get(&format!("/m/{id}")).body;
        let hidden = page.char_indices().find(|(_, c)| is_hidden(*c));
        assert!(hidden.is_none(), "{id}: {hidden:?} in {:?}", hidden.and_then(|(at, _)| page.get(at - 60..at + 20)));
        unsaid += usize::from(!page.contains("(…@"));
    }
    println!("{} hostile authors, {warned} warned of, {unsaid} without an address", all.len());
    assert_eq!(all.len(), 27);
}
