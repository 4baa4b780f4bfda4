//! A message's own HTML: shown in a frame that can do nothing, or not shown, with the reason.

use crate::harness::{Site, mail};

const MULTIPART: &str = "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=cut\n";

fn site(html: &str) -> Site {
    let body = format!(
        "--cut\nContent-Type: multipart/alternative; boundary=in\n\n--in\nContent-Type: text/plain\n\nAs text.\n--in\nContent-Type: text/html; charset=utf-8\n\n{html}\n--in--\n--cut\nContent-Type: image/png; name=\"logo.png\"\nContent-ID: <logo@mail>\nContent-Disposition: inline; filename=\"logo.png\"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--cut--\n"
    );
    let date = "Thu, 2 Jun 2016 14:03:11 +0000";
    let message = mail("a@example.org", "Ann <ann@example.org>", "In colour", date, MULTIPART, &body);
    let site = Site::with(&[("list", "a.mbox", &message)]);
    site.ingest();
    site
}

#[test]
fn html_is_shown_in_a_frame_that_can_do_nothing() {
    let site = site(
        "<p onclick=x()>As <b>HTML</b> by ann@example.org <img src=cid:logo@mail><img src=https://example.net/t.gif></p><script>x()</script>",
    );
    let id = &site.found("subject:colour")[0];
    let server = site.serve();
    assert!(server.get(&format!("/m/{id}")).body.contains(&format!("href=\"/m/{id}/html\"")));
    let page = server.get(&format!("/m/{id}/html"));
    assert_eq!(page.status, 200);
    assert!(page.head.contains("frame-src 'self'") && page.head.contains("frame-ancestors 'none'"), "{}", page.head);
    assert!(page.body.contains(&format!("src=\"/m/{id}/html/frame\" sandbox=")), "{}", page.body);
    let frame = server.get(&format!("/m/{id}/html/frame"));
    let policy = frame.head.lines().find(|line| line.starts_with("content-security-policy:")).unwrap();
    for part in ["default-src 'none'", "form-action 'none'", "frame-ancestors 'self'", "base-uri 'none'", "sandbox"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("script") && !policy.contains("allow-same-origin"), "{policy}");
    assert!(frame.body.contains("<p>As <b>HTML</b> by …@example.org <img src=\"/m/"), "{}", frame.body);
    assert!(!frame.body.contains("script") && !frame.body.contains("example.net"), "{}", frame.body);
    let picture = frame.body.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let picture = server.get(picture);
    assert_eq!(picture.status, 200);
    assert!(picture.head.contains("content-type: image/png") && picture.head.contains("resource-policy: cross-origin"));
}

#[test]
fn html_that_nests_deep_is_cleaned_by_a_worker() {
    let site = site(&format!("{}deep{}", "<div>".repeat(400), "</div>".repeat(400)));
    let id = &site.found("subject:colour")[0];
    let server = site.serve();
    let frame = server.get(&format!("/m/{id}/html/frame"));
    assert_eq!(frame.status, 200);
    assert_eq!(frame.body.matches("<div>").count(), 400);
}

#[test]
fn html_that_no_process_survives_is_shown_as_text_with_the_reason() {
    let marks: String = (0..6_000).map(|number| format!("<b title={number}>")).collect();
    // Each paragraph opens all of the marks anew: fifty million elements from two hundred kilobytes.
    let site = site(&format!("<p>{marks}{}", "<p>x".repeat(9_000)));
    let id = &site.found("subject:colour")[0];
    let server = site.serve();
    let page = server.get(&format!("/m/{id}/html"));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("The HTML of this message is not shown: it "), "{}", page.body);
    assert!(page.body.contains("As text."));
    assert_eq!(server.get(&format!("/m/{id}/html/frame")).status, 404);
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn a_message_without_html_has_no_such_view() {
    let site = Site::with(&[(
        "list",
        "a.mbox",
        &mail("a@example.org", "Ann <ann@example.org>", "Plain", "Thu, 2 Jun 2016 14:03:11 +0000", "", "Words"),
    )]);
    site.ingest();
    let id = &site.found("subject:plain")[0];
    let server = site.serve();
    assert!(!server.get(&format!("/m/{id}")).body.contains("/html\""));
    assert_eq!(server.get(&format!("/m/{id}/html")).status, 307);
    assert_eq!(server.get(&format!("/m/{id}/html/frame")).status, 404);
    assert_eq!(server.get("/m/nothing/html").status, 404);
}
