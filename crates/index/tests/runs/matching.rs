//! What each field, each value and each way to put words together finds, message by message, in a small invented archive.
//!
//! The tables name messages by the first part of their Message-ID. A row of [`FIELDS`] or [`SYNTAX`] without a case fails.

use std::sync::LazyLock;

use plenary_index::{
    Archive, Rules, Sort, Start,
    fields::{FIELDS, SYNTAX},
};

use crate::desk::{Desk, search};

/// Finds everything that a query can be asked by: a prefix with what stands behind it, and the messages it finds.
const FIELD_CASES: &[(&str, &str, &str)] = &[
    ("subject", "subject:beacon", "answer beacons weak"),
    ("subject", "subject:(beacon -deploying)", ""),
    ("subject", "subject:cost", ""),
    ("body", "body:\"cost of every beacon\"", "answer beacons"),
    ("body", "body:deployment", ""),
    ("own", "own:cost", "answer beacons far"),
    ("own", "own:\"cost of every beacon\"", "beacons"),
    ("quoted", "quoted:cost", "answer"),
    ("quoted", "quoted:costs", "answer"),
    ("quoted", "quoted:plan", ""),
    ("signature", "signature:institute", "answer"),
    ("text", "text:institute", "answer"),
    ("text", "text:annex", "pdf"),
    ("from", "from:ann", "beacons pdf weak"),
    ("from", "from:\"ann example\"", "beacons pdf weak"),
    ("from", "from:ann@quay.example.org", "beacons pdf weak"),
    ("from", "from:quay.example.org", "beacons pdf weak"),
    ("from", "from:bri*", "german"),
    ("from", "from:BRIGITTE", "german"),
    ("from", "from:muller", "german"),
    ("from", "from:müller", "german"),
    ("to", "to:secretariat", "answer"),
    ("to", "to:\"harbour office\"", "answer"),
    ("to", "to:office@example.org", "answer"),
    ("to", "to:treasurer", "far"),
    ("file", "file:agenda", "pdf"),
    ("file", "file:\"agenda annex\"", "pdf"),
    ("file", "file:pdf", "pdf"),
    ("attached", "attached:capstan", "pdf"),
    ("attached", "attached:berths", ""),
    ("in", "in:attachments windlass", "pdf"),
    ("in", "in:everything windlass", "pdf"),
    ("person", "person:\"ann example\"", "beacons pdf weak"),
    ("person", "person:example", "beacons pdf weak"),
    ("person", "person:ann-example", "beacons pdf weak"),
    ("person", "person:nobody", ""),
    ("domain", "domain:quay.example.org", "beacons pdf weak"),
    ("domain", "domain:example.net", "answer"),
    ("domain", "domain:pier.example.net", "answer"),
    ("domain", "domain:@pier.example.net", "answer"),
    ("domain", "domain:net", "answer"),
    ("list", "list:pier", "both tides tides-answer"),
    ("list", "list:PI*", "both tides tides-answer"),
    ("list", "list:pier -list:harbour", "tides tides-answer"),
    ("list", "list:nowhere", ""),
    ("date", "date:2016-05", "answer beacons"),
    ("date", "date:2016-05-12", "answer"),
    ("date", "date:2016-Q2 lang:de", "german"),
    ("date", "date:2014..2015", "tides tides-answer"),
    ("date", "date:..2014", "tides"),
    ("after", "after:2016-07-01", "weak"),
    ("before", "before:2015-01-02", "tides"),
    ("before", "before:2015-01-01", "tides"),
    ("before", "before:2014-12-31", ""),
    ("year", "year:2015", "tides-answer"),
    ("year", "year:2014,2015", "tides tides-answer"),
    ("month", "month:2016-05", "answer beacons"),
    ("month", "month:2014-12,2015-01", "tides tides-answer"),
    ("has", "has:attachment", "pdf"),
    ("has", "has:link", "beacons gdoc recording"),
    ("has", "has:gdoc", "gdoc"),
    ("has", "has:recording", "recording"),
    ("has", "has:html", "html"),
    ("has", "has:patch", "patch"),
    ("is", "is:root list:pier", "both tides"),
    ("is", "is:reply", "answer far tides-answer weak"),
    ("is", "is:summary", "summary"),
    ("is", "is:call", "call"),
    ("is", "is:announcement", "announcement"),
    ("is", "is:digest-reply", "digest"),
    ("is", "is:forward", "forward"),
    ("is", "is:crossposted", "both"),
    ("is", "is:conflict", "clash clash"),
    ("is", "is:weak", "weak"),
    ("in", "in:own cost", "answer beacons far"),
    ("in", "in:own deployment", "answer beacons weak"),
    ("in", "in:quotes cost", "answer"),
    ("in", "in:signatures institute", "answer"),
    ("in", "in:everything institute", "answer"),
    ("in", "in:everything annex", "pdf"),
    ("in", "in:subject deployment", "answer beacons weak"),
    ("in", "in:body \"cost of every beacon\"", "answer beacons"),
    ("in", "in:own-text cost", "answer beacons far"),
    ("in", "in:own-text deployment", ""),
    ("in", "in:from ann", "beacons pdf weak"),
    ("in", "in:to treasurer", "far"),
    ("in", "in:file agenda", "pdf"),
    ("lang", "lang:de", "german"),
    ("lang", "lang:fr", "french"),
    ("lang", "lang:es,pt", "portuguese spanish"),
    ("mid", "mid:<beacons@example.org>", "beacons"),
    ("mid", "mid:beacons@example.org", "beacons"),
    ("mid", "mid:clash@example.org", "clash clash"),
    ("mid", "mid:nothing@example.org", ""),
    ("thread", "thread:tides-answer@example.org", "tides tides-answer"),
    ("thread", "thread:{from:nobody}", ""),
    ("thread", "thread:{from:bob}", "answer beacons far weak"),
    ("replies", "replies:>1", "beacons"),
    ("replies", "replies:1 list:pier", "tides"),
    ("replies", "replies:0 list:pier", "both tides-answer"),
    ("size", "size:>100k", "large"),
    ("size", "size:100k..1M", "large"),
    ("larger", "larger:100k", "large"),
    ("smaller", "smaller:1M large", "large"),
    ("smaller", "smaller:100k from:giant", ""),
    ("mime", "mime:application/pdf", "pdf"),
    ("mime", "mime:application/*", "pdf"),
    ("repair", "repair:charset", "latin"),
    ("run", "run:2026*  from:ann", "beacons pdf weak"),
    ("run", "run:1999*", ""),
];

/// For each row of [`SYNTAX`] by its example: queries of that kind, and what they find.
const SYNTAX_CASES: &[(&str, &str, &str)] = &[
    ("ipv6 deployment", "deployment cost", "answer beacons"),
    ("ipv6 deployment", "deployment AND cost", "answer beacons"),
    ("ipv6 deployment", "deployment && cost", "answer beacons"),
    ("ipv6 deployment", "DEPLOYMENTS costs", "answer beacons"),
    ("ipv4 OR ipv6", "tide OR cost", "answer beacons far tides tides-answer"),
    ("ipv4 OR ipv6", "tide | cost", "answer beacons far tides tides-answer"),
    ("{ipv4 ipv6 dns}", "{tide cost}", "answer beacons far tides tides-answer"),
    ("ipv6 -draft", "deployment -agree", "beacons weak"),
    ("ipv6 -draft", "deployment NOT agree", "beacons weak"),
    ("ipv6 -draft", "deployment !agree", "beacons weak"),
    ("(ipv4 OR ipv6) cost", "(deployment OR lantern) cost", "answer beacons far"),
    ("(ipv4 OR ipv6) cost", "deployment OR lantern cost", "answer beacons far weak"),
    ("\"best practice\"", "\"national plan\"", "answer"),
    ("\"best practice\"", "\"plan national\"", ""),
    ("\"best practice\"", "\"national plans\"", ""),
    ("\"best practice\"~5", "\"lantern cost\"", ""),
    ("\"best practice\"~5", "\"lantern cost\"~3", ""),
    ("\"best practice\"~5", "\"lantern cost\"~4", "far"),
    ("=costs", "=costs", "answer"),
    ("=costs", "+costs", "answer"),
    ("=costs", "costs", "answer beacons far"),
    ("ipv6 NEAR/5 cost", "cost NEAR/4 lantern", "far"),
    ("ipv6 NEAR/5 cost", "lantern NEAR/4 cost", "far"),
    ("ipv6 NEAR/5 cost", "lantern AROUND(4) cost", "far"),
    ("ipv6 NEAR/5 cost", "lantern NEAR/3 cost", ""),
    ("ipv6 NEAR/5 cost", "lantern NEAR cost", "far"),
    ("ipv6 ADJ/5 cost", "lantern ADJ/4 cost", "far"),
    ("ipv6 ADJ/5 cost", "cost ADJ/4 lantern", ""),
    ("privat*", "lant*", "far"),
    ("privat*", "la* -lantern lang:fr", "french"),
    ("deploiment~1", "lantrn~1", "far"),
    ("deploiment~1", "lnatern~1", "far"),
    ("deploiment~1", "lentren~1", ""),
    ("deploiment~1", "lentren~2", "far"),
    ("subject:(ipv6 OR dns)", "subject:(tides OR deployment)", "answer beacons tides tides-answer weak"),
    ("list:bp_ipv6,bp_dns", "list:pier,nowhere", "both tides tides-answer"),
    ("*", "* list:pier", "both tides tides-answer"),
];

/// Words in all scripts and languages that lists are written in.
const WORD_CASES: &[(&str, &str)] = &[
    // Inflections, in messages of their language.
    ("haus", "german"),
    ("häuser", "german"),
    ("verkaufte", "german"),
    ("deploiement", "french"),
    ("cheval", ""),
    ("reunión", "spanish"),
    ("reuniones", "spanish"),
    ("páginas", "portuguese"),
    ("configuracoes", "portuguese"),
    ("маяки", "russian"),
    ("маяк", "russian"),
    // Exact forms.
    ("=haus", ""),
    ("=häuser", "german"),
    ("\"hauser\"", "german"),
    // Accents and case.
    ("HÄFEN", "german"),
    ("hafen", "german"),
    // Scripts without spaces.
    ("部署", "chinese"),
    ("港口", "chinese"),
    ("会議", "japanese"),
    ("灯台", "japanese"),
    ("ท่าเรือ", "thai"),
    // Words with something inside.
    ("harbour-master", "weak"),
    ("\"harbour master\"", "weak"),
    ("v2.5.1", "patch"),
];

#[test]
fn every_case_of_a_field_finds_its_messages() {
    for (field, query, expected) in FIELD_CASES {
        assert!(query.contains(&format!("{field}:")), "{query} is a case of {field}");
        check(query, expected);
    }
}

#[test]
fn every_row_of_the_table_has_a_case_and_every_alias_finds_the_same() {
    for row in FIELDS {
        let cases: Vec<_> = FIELD_CASES.iter().filter(|case| case.0 == row.name).collect();
        assert!(cases.iter().any(|case| !case.2.is_empty()), "{} has no case that finds something", row.name);
        for value in row.values {
            let typed = format!("{}:{value}", row.name);
            assert!(
                cases.iter().any(|case| case.1.split(' ').any(|part| part == typed) && !case.2.is_empty()),
                "{typed} has no case that finds something"
            );
        }
        for alias in row.aliases {
            for (_, query, expected) in &cases {
                check(&query.replace(&format!("{}:", row.name), &format!("{alias}:")), expected);
            }
        }
    }
}

#[test]
fn every_way_to_put_words_together_finds_its_messages() {
    for (example, query, expected) in SYNTAX_CASES {
        assert!(SYNTAX.iter().any(|row| row.0 == *example), "{example} is no row of the table");
        check(query, expected);
    }
    for (example, _) in SYNTAX {
        assert!(
            SYNTAX_CASES.iter().any(|case| case.0 == *example && !case.2.is_empty()),
            "{example} has no case that finds something"
        );
    }
}

#[test]
fn words_are_found_in_their_forms_scripts_and_dresses() {
    for (query, expected) in WORD_CASES {
        check(query, expected);
    }
}

#[test]
fn the_order_of_relevance_is_the_promised_one() {
    let first = |query: &str| names(query, Sort::Relevance);
    // A subject above own words, own words above quoted ones; neither is the newest.
    assert_eq!(first("in:everything gangway"), ["gangway-subject", "gangway-own", "gangway-quoted"]);
    // Side by side above scattered, though newer and as long.
    assert_eq!(first("brass compass"), ["compass-near", "compass-far"]);
    // A thread's first message above the answers that repeat its subject, then the latest.
    assert_eq!(first("subject:tides"), ["tides", "tides-answer"]);
    // A short message about it above a long one that names it.
    assert_eq!(first("ropes"), ["ropes-short", "ropes-long"]);
}

#[track_caller]
fn check(query: &str, expected: &str) {
    let mut found = names(query, Sort::Newest);
    found.sort();
    // What only the order of relevance is tried on is no part of the tables.
    found.retain(|name| !["gangway", "compass", "ropes"].iter().any(|start| name.starts_with(start)));
    assert_eq!(found.join(" "), expected, "{query}");
}

/// The messages that a query finds, in order.
fn names(query: &str, sort: Sort) -> Vec<String> {
    let hits = search(&ARCHIVE.1, query, sort, Start::Offset(0)).hits;
    let name = |id: &str| id.split('@').next().unwrap_or(id).to_owned();
    hits.iter().map(|hit| name(hit.card.message_id.as_deref().unwrap())).collect()
}

/// The archive, made once; the desk holds its folder.
static ARCHIVE: LazyLock<(Desk, Archive)> = LazyLock::new(|| {
    let kinds = ["summary", "call", "announcement"].map(|kind| (kind.to_owned(), vec![format!("{kind}:")]));
    let desk = Desk::with_rules(Rules { prefixes: Vec::new(), kinds: kinds.to_vec() });
    desk.put("harbour", "one.mbox", &harbour());
    desk.put("pier", "two.mbox", &pier());
    let report = desk.ingest();
    assert_eq!(report.tally.set_aside, 0);
    let archive = desk.archive();
    (desk, archive)
});

/// One message: name, author, subject, date, further headers, text.
fn mail(name: &str, from: &str, subject: &str, date: &str, more: &str, text: &str) -> Vec<u8> {
    format!(
        "From someone@example.org Thu Jun  2 14:03:11 2016\nFrom: {from}\nSubject: {subject}\nDate: {date} 12:00:00 +0000\nMessage-ID: <{name}@example.org>\n{more}\n{text}\n\n"
    )
    .into_bytes()
}

const UTF8: &str = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
const ANN: &str = "Ann Example <ann@quay.example.org>";
const CARL: &str = "Carl Keeper <carl@example.com>";

fn harbour() -> Vec<u8> {
    let pdf = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
    let html = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n";
    let latin = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
    let mut messages = vec![
        mail(
            "beacons",
            ANN,
            "Deployment of beacons",
            "Tue, 10 May 2016",
            "",
            "We have measured the cost of every beacon.\nSee https://example.org/table for it.",
        ),
        mail(
            "answer",
            "Bob Sample <bob@pier.example.net>",
            "Re: Deployment of beacons",
            "Thu, 12 May 2016",
            "In-Reply-To: <beacons@example.org>\nTo: Harbour Office <office@example.org>\nCc: secretariat@example.org\n",
            "On Tue, 10 May 2016, Ann Example wrote:\n> We have measured the cost of every beacon.\n\nI agree: the national plan names these costs.\n\n-- \nBob Sample, Institute of Harbours",
        ),
        mail(
            "far",
            CARL,
            "Re: Buoys",
            "Wed, 1 Jun 2016",
            "In-Reply-To: <beacons@example.org>\nCc: treasurer@example.org\n",
            "Each lantern has its own small cost, as was said before.",
        ),
        mail(
            "weak",
            ANN,
            "Re: Deployment of beacons",
            "Fri, 1 Jul 2016",
            "",
            "The harbour-master was told about this and does not mind.",
        ),
        mail(
            "pdf",
            ANN,
            "The next meeting",
            "Fri, 3 Jun 2016",
            pdf,
            "--b\nContent-Type: text/plain\n\nHere is what we shall talk about.\n--b\nContent-Type: application/pdf; name=\"agenda-annex.pdf\"\nContent-Disposition: attachment; filename=\"agenda-annex.pdf\"\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n--b\nContent-Type: text/csv; name=\"berths.csv\"\nContent-Disposition: attachment; filename=\"berths.csv\"\n\ncapstan,windlass\n--b--",
        ),
        mail("html", CARL, "A page", "Fri, 3 Jun 2016", html, "<p>This is a page of its own.</p>"),
        mail(
            "patch",
            CARL,
            "Spelling",
            "Fri, 3 Jun 2016",
            "",
            "This is for v2.5.1 of the book:\n\n--- a/log.txt\n+++ b/log.txt\n@@ -1 +1 @@\n-seperate\n+separate",
        ),
        mail("gdoc", CARL, "Draft", "Fri, 3 Jun 2016", "", "It is at https://docs.google.com/document/d/1 for you."),
        mail("recording", CARL, "Talk", "Fri, 3 Jun 2016", "", "You can hear it at https://example.org/talk.mp3 now."),
        mail("summary", CARL, "Summary: our talk on Monday", "Fri, 3 Jun 2016", "", "This is what was said."),
        mail("call", CARL, "Call: who will write this", "Fri, 3 Jun 2016", "", "Please tell us by Monday."),
        mail(
            "announcement",
            CARL,
            "Announcement: a new quay",
            "Fri, 3 Jun 2016",
            "",
            "It will be open from Monday on.",
        ),
        mail(
            "digest",
            CARL,
            "Re: Harbour Digest, Vol 3, Issue 4",
            "Fri, 3 Jun 2016",
            "In-Reply-To: <issue-4@example.org>\n",
            "This is about all of it.",
        ),
        mail("forward", CARL, "Fwd: A letter", "Fri, 3 Jun 2016", "", "This may be of use to you."),
        mail("both", CARL, "To both of you", "Fri, 3 Jun 2016", "", "This goes to two lists at once."),
        mail("clash", CARL, "One thing", "Fri, 3 Jun 2016", "", "This is the first of the two, about ships and sails."),
        mail("clash", CARL, "Another thing", "Sat, 4 Jun 2016", "", "And here is something else entirely, on whales."),
        mail(
            "large",
            "Giant Writer <giant@example.com>",
            "A large one",
            "Fri, 3 Jun 2016",
            "",
            &"This is one line of many in this text.\n".repeat(3_000),
        ),
        mail(
            "german",
            "=?utf-8?q?Brigitte_M=C3=BCller?= <b.mueller@example.de>",
            "Neues aus dem Viertel",
            "Fri, 3 Jun 2016",
            UTF8,
            "Die Häuser an den Häfen wurden nicht verkauft, und wir haben auch nicht gehört, dass sich das noch ändern wird.",
        ),
        mail(
            "french",
            CARL,
            "Nouvelles",
            "Fri, 3 Jun 2016",
            UTF8,
            "Les déploiements sont terminés et nous avons tout déployé dans la ville, mais il ne reste plus rien pour vous.",
        ),
        mail(
            "spanish",
            CARL,
            "Noticias",
            "Fri, 3 Jun 2016",
            UTF8,
            "Las reuniones de la semana son para todos los que no han estado aquí, pero también para los otros.",
        ),
        mail(
            "portuguese",
            CARL,
            "Novidades",
            "Fri, 3 Jun 2016",
            UTF8,
            "As configurações não foram feitas por você, mas isso também já está em uma página que ele tem.",
        ),
        mail(
            "russian",
            CARL,
            "Новости",
            "Fri, 3 Jun 2016",
            UTF8,
            "Мы видели много маяков на берегу, и все они были очень старыми.",
        ),
        mail("chinese", CARL, "消息", "Fri, 3 Jun 2016", UTF8, "我们在港口部署了新的设备。"),
        mail("japanese", CARL, "お知らせ", "Fri, 3 Jun 2016", UTF8, "明日の会議では灯台について話します。"),
        mail("thai", CARL, "ข่าว", "Fri, 3 Jun 2016", UTF8, "เรือมาถึงท่าเรือแล้ววันนี้"),
    ];
    let mut wrong = mail("latin", CARL, "Place names", "Fri, 3 Jun 2016", latin, "This is a caf? in the old town.");
    let at = wrong.iter().position(|byte| *byte == b'?').unwrap();
    wrong[at] = 0xe9;
    messages.push(wrong);
    messages.extend(ranked());
    messages.concat()
}

/// Messages that the order of relevance is tried on.
fn ranked() -> Vec<Vec<u8>> {
    let rope = "Nothing else happened on that day, and nobody came to see us in the evening.\n";
    vec![
        mail("gangway-subject", CARL, "Gangway", "Fri, 1 Jan 2010", "", "It was painted, and now it is wet all over."),
        mail("gangway-own", CARL, "Paint", "Sat, 2 Jan 2010", "", "The gangway was painted, and now it is wet."),
        mail(
            "gangway-quoted",
            CARL,
            "Something",
            "Sun, 3 Jan 2010",
            "",
            "It is wet now.\n\nOn Sat, 2 Jan 2010, Ann Example wrote:\n> The gangway was painted.",
        ),
        mail(
            "compass-near",
            CARL,
            "Found on the stairs",
            "Fri, 1 Jan 2010",
            "",
            "Somebody left a brass compass on the stairs of the old tower, near the bell and the lamp.",
        ),
        mail(
            "compass-far",
            CARL,
            "Lost in the tower",
            "Sat, 2 Jan 2010",
            "",
            "Somebody left a brass bell on the stairs of the old tower, near the lamp and the compass.",
        ),
        mail("ropes-short", CARL, "Stores", "Fri, 1 Jan 2010", "", "We need new ropes."),
        mail("ropes-long", CARL, "A log", "Sat, 2 Jan 2010", "", &format!("{}We need ropes.", rope.repeat(200))),
    ]
}

fn pier() -> Vec<u8> {
    [
        mail("both", CARL, "To both of you", "Fri, 3 Jun 2016", "", "This goes to two lists at once."),
        mail("tides", CARL, "Tides", "Wed, 31 Dec 2014", "", "They come and go as they did before."),
        mail(
            "tides-answer",
            CARL,
            "Re: Tides",
            "Fri, 2 Jan 2015",
            "In-Reply-To: <tides@example.org>\n",
            "They came and went as you said.",
        ),
    ]
    .concat()
}
