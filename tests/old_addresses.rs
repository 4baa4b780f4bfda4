//! Addresses of the Pipermail archive before this one, and addresses that are broken.

use crate::harness::{Server, Site, mail};

const FOLDER: &str = "/pipermail/bp_ipv6_intgovforum.org";

/// Three messages of a list's own mailbox: two in June, one in July.
fn mailbox() -> Vec<u8> {
    let at = |n: usize, date: &str| {
        mail(&format!("old-{n}@example.org"), "Ada <ada@example.org>", "Old", date, "", "Words.")
    };
    [
        at(0, "Thu, 02 Jun 2016 12:00:00 +0000"),
        at(1, "Fri, 03 Jun 2016 12:00:00 +0000"),
        at(2, "Sat, 02 Jul 2016 12:00:00 +0000"),
    ]
    .concat()
}

/// Status and target.
fn led(server: &Server, address: &str) -> (u16, String) {
    let page = server.get(address);
    let target = page.head.lines().find_map(|line| line.strip_prefix("location: ").map(str::to_owned));
    (page.status, target.unwrap_or_default())
}

#[test]
fn numbers_counted_in_a_lists_own_mailbox_lead_to_messages_for_ever() {
    let site = Site::with(&[("bp_ipv6", "bp_ipv6.mbox", &mailbox())]);
    site.ingest();
    let ids = site.found("*");
    let server = site.serve();
    for folder in [FOLDER, "/pipermail/bp_ipv6", "/pipermail/Bp_ipv6@lists.example.org"] {
        assert_eq!(
            led(&server, &format!("{folder}/2016-June/000001.html")),
            (301, format!("/m/{}", ids[1])),
            "{folder}"
        );
    }
    assert_eq!(led(&server, &format!("{FOLDER}/2016-July/000002.html")), (301, format!("/m/{}", ids[2])));
}

#[test]
fn a_number_that_does_not_fit_its_month_leads_to_the_month_which_says_so() {
    let site = Site::with(&[("bp_ipv6", "bp_ipv6.mbox", &mailbox())]);
    site.ingest();
    let server = site.serve();
    for number in ["000002", "000451"] {
        let (status, target) = led(&server, &format!("{FOLDER}/2016-June/{number}.html"));
        assert_eq!((status, target.as_str()), (302, &*format!("/l/bp_ipv6/2016/06/?pipermail={number}")));
        let page = server.get(&target);
        assert_eq!(page.status, 200);
        assert!(page.body.contains(&format!("An old address asked for message {number}")), "{}", page.body);
    }
}

#[test]
fn what_stands_after_the_question_mark_goes_along() {
    let reply = mail(
        "reply@example.org",
        "Ada <ada@example.org>",
        "Re: Old",
        "Sun, 03 Jul 2016 12:00:00 +0000",
        "In-Reply-To: <old-2@example.org>\n",
        "Words.",
    );
    let site = Site::with(&[("bp_ipv6", "bp_ipv6.mbox", &[mailbox(), reply].concat())]);
    site.ingest();
    let ids = site.found("*");
    let server = site.serve();
    for (address, target) in [
        ("/m/old-2@example.org?p=1".into(), format!("/m/{}?p=1", ids[2])),
        (format!("/t/{}?view=flat&text=own", ids[3]), format!("/t/{}?view=flat&text=own", ids[2])),
        ("/l/bp_ipv6/2016?view=dates".into(), "/l/bp_ipv6/2016/?view=dates".into()),
        ("/l/bp_ipv6/2016/7?view=dates&page=2".into(), "/l/bp_ipv6/2016/07/?view=dates&page=2".into()),
        ("/l/bp_ipv6/2016/07/02?view=dates".into(), "/l/bp_ipv6/2016/07/02/?view=dates".into()),
        ("/runs?page=2".into(), "/runs/?page=2".into()),
        ("/help?x=a%0D%0Ab+c".into(), "/help/search?x=a%0d%0ab+c".into()),
        ("/m/old-2@example.org".into(), format!("/m/{}", ids[2])),
    ] {
        assert_eq!(led(&server, &address), (308, target), "{address}");
    }
}

#[test]
fn nobody_is_led_to_what_is_not_there() {
    let site = Site::with(&[("bp_ipv6", "bp_ipv6.mbox", &mailbox())]);
    site.ingest();
    let server = site.serve();
    for address in ["/l/a/b/c/d/e/f", "/l/bp_ipv6/2016/06/02/1", "/l//2016", "/l/nope/2016", "/l/bp_ipv6/2016/13"] {
        assert_eq!(led(&server, address), (404, String::new()), "{address}");
    }
}

#[test]
fn monthly_texts_give_a_guess_and_call_it_one() {
    let dump = mailbox();
    let july = dump.windows(5).rposition(|five| five == b"From ").unwrap();
    let site = Site::with(&[("bp_ipv6", "2016-June.txt", &dump[..july]), ("bp_ipv6", "2016-July.txt", &dump[july..])]);
    site.ingest();
    let ids = site.found("*");
    let server = site.serve();
    let (status, target) = led(&server, &format!("{FOLDER}/2016-July/000002.html"));
    assert_eq!((status, target.as_str()), (302, &*format!("/l/bp_ipv6/2016/07/?pipermail=000002&guess={}", ids[2])));
    assert!(server.get(&target).body.contains("cannot be known for sure"));
}

#[test]
fn indexes_of_months_lead_to_months_and_folders_to_lists() {
    let server = Site::shared_sample().serve();
    for name in ["", "thread.html", "date.html", "subject.html", "author.html"] {
        assert_eq!(led(&server, &format!("{FOLDER}/2016-July/{name}")), (301, "/l/bp_ipv6/2016/07/".into()), "{name}");
    }
    assert_eq!(led(&server, &format!("{FOLDER}/")), (301, "/l/bp_ipv6/".into()));
    for nowhere in
        ["/pipermail/nobody_example.org/2016-July/000001.html", "/pipermail/bp_ipv6/x/y.html", "/pipermail/%ff/"]
    {
        assert!([400, 404].contains(&server.get(nowhere).status), "{nowhere}");
    }
}

#[test]
fn a_broken_address_of_a_message_is_answered_with_what_it_may_mean() {
    let site = Site::with(&[("l", "a.mbox", &mailbox())]);
    site.ingest();
    let id = site.found("*").remove(0);
    let server = site.serve();
    for broken in [
        &format!("/m/{}", &id[..12]),
        &format!("/m/{id}xyz"),
        "/m/%3Cold-0@EXAMPLE.org%3E.",
        "/archive/old-0@example.org,",
    ] {
        let page = server.get(broken);
        assert_eq!(page.status, 404, "{broken}");
        assert!(
            page.body.contains("Perhaps you meant") && page.body.contains(&format!("/m/{id}")),
            "{broken}: {}",
            page.body
        );
    }
    assert!(!server.get("/m/zzzzzzzz").body.contains("Perhaps you meant"));
}
