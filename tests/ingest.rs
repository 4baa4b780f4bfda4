//! Ingest: sums that balance, copies that fold, conflicts that stay, and nothing that depends on order.

use std::fs;

use serde_json::Value;

use crate::harness::{Site, fixture, json, mail, text};

const DAY: &str = "Thu, 02 Jun 2016 12:03:11 +0200";
const ADA: &str = "Ada Sample <ada@example.org>";

#[track_caller]
fn check_sum(report: &Value, expected: [u64; 6]) {
    let keys = ["read", "new", "known", "richer", "conflict", "set_aside"];
    let got = keys.map(|key| report[key].as_u64().unwrap());
    assert_eq!(got, expected, "{keys:?} of {report}");
    assert_eq!(got[0], got[1..].iter().sum::<u64>(), "the sum balances");
    for file in report["files"].as_array().unwrap() {
        let got = keys.map(|key| file[key].as_u64().unwrap());
        assert_eq!(got[0], got[1..].iter().sum::<u64>(), "the sum of {file} balances");
    }
}

fn plain(id: &str, body: &str) -> Vec<u8> {
    mail(id, ADA, "Plan", DAY, "", body)
}

#[test]
fn the_sample_is_read_as_its_generator_says_and_a_second_run_reads_nothing() {
    let site = Site::sample();
    check_sum(&site.ingest(), [242, 230, 1, 11, 0, 0]);
    let again = site.ingest();
    assert_eq!((again["read"].as_u64(), again["new"].as_u64()), (Some(0), Some(0)), "{again}");
}

#[test]
fn the_same_dump_under_another_name_is_all_known() {
    let dump = [plain("a@example.org", "One."), plain("b@example.org", "Two.")].concat();
    let site = Site::with(&[("l", "a.mbox", &dump)]);
    check_sum(&site.ingest(), [2, 2, 0, 0, 0, 0]);
    site.put("l", "b.mbox", &dump);
    check_sum(&site.ingest(), [2, 0, 2, 0, 0, 0]);
    assert_eq!(site.show("a@example.org")["places"].as_array().map(Vec::len), Some(2), "both are named");
}

#[test]
fn a_dump_that_has_grown_brings_only_what_is_new() {
    let first = plain("a@example.org", "One.");
    let site = Site::with(&[("l", "a.mbox", &first)]);
    site.ingest();
    site.put("l", "a.mbox", &[first, plain("b@example.org", "Two.")].concat());
    check_sum(&site.ingest(), [2, 1, 1, 0, 0, 0]);
    assert_eq!(site.found("*").len(), 2);
}

#[test]
fn a_masked_copy_and_the_raw_one_are_one_message_and_the_richer_is_shown() {
    let masked = "From ada at example.org  Thu Jun  2 14:03:11 2016\nFrom: ada at example.org (Ada Sample)\nDate: Thu, 02 Jun 2016 12:03:11 +0200\nSubject: [l] Plan\nMessage-ID: <a@example.org>\n\nWe agree, says bob at example.net.\n\n";
    let raw = mail(
        "a@example.org",
        ADA,
        "[l] Plan",
        DAY,
        "Received: from x by y; Thu, 02 Jun 2016 12:03:13 +0200\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n",
        "We agree, says bob@example.net.\n_______________________________________________\nl mailing list\nl@lists.example.org\nhttp://lists.example.org/mailman/listinfo/l",
    );
    let site = Site::with(&[("l", "1.txt", masked.as_bytes()), ("l", "2.mbox", &raw)]);
    check_sum(&site.ingest(), [2, 1, 0, 1, 0, 0]);
    let shown = site.show("a@example.org");
    assert_eq!(text(&shown["from"], "name"), "Ada Sample");
    assert_eq!(shown["places"].as_array().map(Vec::len), Some(2), "both places are named: {shown}");
}

#[test]
fn one_changed_word_under_the_same_id_is_a_conflict_and_both_are_kept() {
    let dump = [
        plain("a@example.org", "We agree to the plan."),
        mail("a@example.org", ADA, "Plan", "Fri, 03 Jun 2016 12:00:00 +0200", "", "We object to the plan."),
    ]
    .concat();
    let site = Site::with(&[("l", "a.mbox", &dump)]);
    check_sum(&site.ingest(), [2, 1, 0, 0, 1, 0]);
    let first = site.show("a@example.org");
    let id = text(&first, "id");
    let second = site.show(&format!("{id}-2"));
    assert_eq!(first["rivals"], json(&format!("[\"{id}-2\"]")));
    assert_eq!(second["rivals"], json(&format!("[\"{id}\"]")));
    assert_eq!((site.found("agree").len(), site.found("object").len()), (1, 1));
}

#[test]
fn other_attachments_under_the_same_id_are_a_conflict_even_of_one_size() {
    let with = |votes: &str| {
        let more = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
        let body = format!(
            "--b\nContent-Type: text/plain\n\nThe votes.\n--b\nContent-Type: text/csv; name=votes.csv\nContent-Disposition: attachment; filename=votes.csv\n\n{votes}\n--b--"
        );
        mail("v@example.org", ADA, "Votes", DAY, more, &body)
    };
    let site = Site::with(&[("l", "a.mbox", &[with("yes,10"), with("yes,99")].concat())]);
    check_sum(&site.ingest(), [2, 1, 0, 0, 1, 0]);
}

#[test]
fn a_cross_post_is_one_message_on_two_lists() {
    let dump = plain("x@example.org", "To both.");
    let site = Site::with(&[("one", "a.mbox", &dump), ("two", "a.mbox", &dump)]);
    check_sum(&site.ingest(), [2, 1, 1, 0, 0, 0]);
    assert_eq!(site.show("x@example.org")["lists"], json("[\"one\",\"two\"]"));
    assert_eq!((site.found("list:one").len(), site.found("list:two").len()), (1, 1));
    assert_eq!(site.found("is:crossposted").len(), 1);
}

/// A report without what differs between two runs of the same: their names, their times, the number of the commit.
fn without_the_moment(mut report: Value) -> Value {
    let run = text(&report, "run");
    for key in ["run", "seconds", "generation"] {
        report[key] = Value::Null;
    }
    json(&report.to_string().replace(&run, "RUN"))
}

#[track_caller]
fn check_dry_run(site: &Site) {
    let dry = site.run(&["ingest", "--dry-run", "--json"]);
    let dry = json(dry.out.lines().last().unwrap());
    assert_eq!(without_the_moment(dry), without_the_moment(site.ingest()));
}

#[test]
fn a_dry_run_gives_the_report_of_the_real_one_and_writes_nothing() {
    let site = Site::sample();
    site.put("bp_ipv6", "odd.mbox", b"no mail at all\n");
    site.put("bp_ipv6", "none.mbox", b"");
    site.run(&["ingest", "--dry-run"]);
    let lists = site.data().join("lists");
    for entry in std::fs::read_dir(site.data()).unwrap() {
        let path = entry.unwrap().path();
        assert!(path == lists || path.ends_with("write.lock"), "a dry run leaves {}", path.display());
    }
    check_dry_run(&site);
    // Then with something to lose: a dump that is replaced by a smaller one.
    site.put("l", "2016.mbox", &[plain("a@x.org", "One."), plain("b@x.org", "Two.")].concat());
    check_dry_run(&site);
    site.put("l", "2016.mbox", &[plain("b@x.org", "Two."), plain("c@x.org", "Three.")].concat());
    check_dry_run(&site);
    assert_eq!(site.found("list:l").len(), 3);
}

/// Everything an archive answers, without where and when it was read.
fn answers(site: &Site) -> Vec<String> {
    let mut all = Vec::new();
    for id in site.found("*") {
        let mut shown = site.show(&id);
        shown.as_object_mut().unwrap().remove("places");
        all.push(shown.to_string());
    }
    all.push(site.found("plan OR one OR two").join(" "));
    all.push(site.run(&["thread", "a@example.org"]).out);
    all
}

#[test]
fn the_order_in_which_dumps_come_does_not_matter() {
    let reply = |id: &str, to: &str, date: &str| {
        mail(
            id,
            "Beno Sample <beno@example.net>",
            "Re: Plan",
            date,
            &format!("In-Reply-To: <{to}>\n"),
            "Two, in reply.",
        )
    };
    let dumps: [(&str, Vec<u8>); 5] = [
        ("a.mbox", plain("a@example.org", "One.")),
        ("b.mbox", reply("b@example.net", "a@example.org", "Fri, 03 Jun 2016 10:00:00 +0000")),
        ("c.mbox", reply("c@example.net", "b@example.net", "Sat, 04 Jun 2016 10:00:00 +0000")),
        ("d.mbox", mail("a@example.org", ADA, "Plan", "Sun, 05 Jun 2016 10:00:00 +0000", "", "Another one.")),
        (
            "e.mbox",
            mail(
                "e@example.org",
                "Ada Sample <ada.sample@example.com>",
                "Re: Plan",
                "Mon, 06 Jun 2016 10:00:00 +0000",
                "",
                "One more.",
            ),
        ),
    ];
    let orders: [[usize; 5]; 5] = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 1, 4, 0, 2], [1, 4, 0, 3, 2]];
    let mut expected: Option<Vec<String>> = None;
    for order in orders {
        let one_by_one = Site::with(&[]);
        for i in order {
            one_by_one.put("l", dumps[i].0, &dumps[i].1);
            one_by_one.ingest();
        }
        let got = answers(&one_by_one);
        assert_eq!(*expected.get_or_insert_with(|| got.clone()), got, "one by one in the order {order:?}");
        let at_once = Site::with(&[]);
        // Names decide the order within a run.
        order.iter().enumerate().for_each(|(at, &i)| at_once.put("l", &format!("{at}.mbox"), &dumps[i].1));
        at_once.ingest();
        assert_eq!(expected.clone().unwrap(), answers(&at_once), "at once in the order {order:?}");
    }
}

#[test]
fn a_rebuild_gives_the_same_answers_and_its_readers_notice() {
    let site = Site::sample();
    site.ingest();
    let before: Vec<String> = site.found("ipv6").iter().map(|id| site.show(id).to_string()).collect();
    let generation = text_of(&site.run(&["stats", "--json"]).out, "generation");
    assert_eq!(site.run(&["rebuild"]).code, 0);
    let after: Vec<String> = site.found("ipv6").iter().map(|id| site.show(id).to_string()).collect();
    assert_eq!(before, after);
    assert!(text_of(&site.run(&["stats", "--json"]).out, "generation") > generation, "the commit has a new number");
}

fn text_of(line: &str, key: &str) -> u64 {
    json(line)[key].as_u64().unwrap()
}

#[test]
fn what_a_replaced_dump_no_longer_holds_is_kept_and_told() {
    let site = Site::with(&[(
        "l",
        "a.mbox",
        &[plain("a@example.org", "Original words."), plain("k@example.org", "K.")].concat(),
    )]);
    site.ingest();
    site.put("l", "a.mbox", &plain("k@example.org", "K."));
    site.ingest();
    assert_eq!(site.found("original").len(), 1, "nobody's words vanish with a newer dump");
    let kept: Vec<_> = fs::read_dir(site.data().join("lists/l"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("kept-"))
        .collect();
    assert_eq!(kept.len(), 1, "what only the index held is in a dump again");
    let again = site.ingest();
    check_sum(&again, [1, 0, 1, 0, 0, 0]);
    assert!(again["vanished"].as_array().unwrap().is_empty(), "it has a dump again");
    assert_eq!(site.run(&["rebuild"]).code, 0);
    assert_eq!(site.found("original").len(), 1, "and a rebuild keeps it");
    // A rival with an earlier date moves it to another address, with its bytes from the index.
    site.put(
        "l",
        "b.mbox",
        &mail("a@example.org", ADA, "Plan", "Mon, 07 Jun 1993 10:00:00 +0000", "", "Forged words."),
    );
    site.ingest();
    assert_eq!((site.found("original").len(), site.found("forged").len()), (1, 1));
    fs::remove_file(site.data().join("lists/l/b.mbox")).unwrap();
    let said = site.run(&["ingest"]);
    assert!(said.err.contains("gone from the lists' folder"), "{}", said.err);
}

#[test]
fn nested_mail_of_any_depth_plain_or_encoded_does_no_harm() {
    let deep = "Content-Type: message/rfc822\n\n".repeat(40_000);
    let encoded = base64(deep.as_bytes());
    let junk = "X-Junk: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(80);
    let part =
        format!("--b\nContent-Type: message/rfc822\n{junk}Content-Transfer-Encoding: base64\n\n{encoded}\n--b--");
    let dump = [
        mail("deep@example.org", ADA, "Deep", DAY, "MIME-Version: 1.0\nContent-Type: message/rfc822\n", &deep),
        mail(
            "hidden@example.org",
            ADA,
            "Hidden",
            DAY,
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
            &part,
        ),
        plain("sentinel@example.org", "Sentinel."),
    ]
    .concat();
    let site = Site::with(&[("l", "a.mbox", &dump)]);
    check_sum(&site.ingest(), [3, 3, 0, 0, 0, 0]);
    let server = site.serve();
    assert_eq!(server.get("/search?q=*").status, 200);
    assert_eq!(server.get("/search?q=sentinel").status, 200);
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (at, chunk) in bytes.chunks(3).enumerate() {
        let number = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            out.push(LETTERS[(number >> (18 - 6 * i) & 63) as usize] as char);
        }
        (chunk.len()..3).for_each(|_| out.push('='));
        if at % 19 == 18 {
            out.push('\n');
        }
    }
    out
}

#[test]
fn words_that_name_nested_types_are_not_changed() {
    let site =
        Site::with(&[("l", "a.mbox", &plain("w@example.org", "See http://example.org/digest and message/rfc822."))]);
    site.ingest();
    let shown = site.show("w@example.org").to_string();
    assert!(shown.contains("example.org/digest") && shown.contains("message/rfc822"), "{shown}");
}

#[test]
fn a_digest_brings_its_messages_and_a_full_copy_elsewhere_is_the_same_message_and_shown() {
    let site = Site::of(&[("quay", "digest.mbox")]);
    // The digest, two messages, and a reply to the digest.
    assert_eq!(site.found("*").len(), 4);
    assert_eq!(site.found("whitewash").len(), 1, "the message is found, the digest that quotes it is not");
    assert_eq!(site.found("in:everything whitewash").len(), 3);
    let inner = site.show("digest-1@example.org");
    assert_eq!(text(&inner, "date"), "2016-06-02T10:00:00Z");
    assert!(inner["problems"].to_string().contains("enclosed"), "{inner}");
    let place = &inner["places"][0];
    let (offset, length) = (place["offset"].as_u64().unwrap() as usize, place["length"].as_u64().unwrap() as usize);
    let dump = fixture("digest.mbox");
    let slice = String::from_utf8_lossy(&dump[offset..offset + length]);
    assert!(slice.starts_with("Date: ") && slice.contains("whitewash"), "{slice}");
    assert_eq!(site.found("is:digest-reply").len(), 1, "only the answer is one");
    let reply = site.show("digest-reply@example.net");
    assert_eq!(reply["thread"], reply["id"], "a reply to a digest begins a thread");

    let full = mail(
        "digest-1@example.org",
        "Ada Sample <ada@example.org>",
        "[quay] The lighthouse",
        "Thu, 2 Jun 2016 12:00:00 +0200",
        "Received: by mx.example.org; Thu, 2 Jun 2016 10:00:01 +0000\n",
        "The lighthouse needs whitewash.",
    );
    site.put("quay", "full.mbox", &full);
    check_sum(&site.ingest(), [1, 0, 0, 1, 0, 0]);
    assert_eq!(site.found("*").len(), 4);
    assert!(!site.show("digest-1@example.org")["problems"].to_string().contains("enclosed"), "the full copy is shown");
    let before = site.found("*");
    assert_eq!(site.run(&["rebuild"]).code, 0);
    assert_eq!(site.found("*"), before);
}
