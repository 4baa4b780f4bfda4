//! Typed text beside the tree it becomes, and trees no one would type.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{limits::*, *};

const TODAY: (i32, u32, u32) = (2026, 11, 24);

/// A compact picture of a tree, independent of how queries are printed.
fn shape(query: &Query) -> String {
    let list = |items: &[Query]| items.iter().map(shape).collect::<Vec<_>>().join(" ");
    match query {
        Query::All => "ALL".into(),
        Query::And(items) => format!("all({})", list(items)),
        Query::Or(items) => format!("any({})", list(items)),
        Query::Not(inner) => format!("not({})", shape(inner)),
        Query::ThreadWith(inner) => format!("thread({})", shape(inner)),
        Query::Is { field, value } => format!("{field}={value}"),
        Query::Number { field, from, to, .. } => format!("{field}={}..{}", end(*from), end(*to)),
        Query::Date { from, to, typed } => format!("date={}..{}<{typed}>", day(*from), day(*to)),
        Query::Text { scope, text } => {
            let place = scope.map(|scope| format!("{scope:?}/")).unwrap_or_default();
            let text = match text {
                Text::Word(word) => word.clone(),
                Text::Phrase { words, slop: 0 } => format!("[{words}]"),
                Text::Phrase { words, slop } => format!("[{words}]~{slop}"),
                Text::Near { left, right, distance } => format!("near{distance}({left},{right})"),
                Text::Prefix(start) => format!("{start}*"),
                Text::Fuzzy(word, distance) => format!("{word}~{distance}"),
            };
            place + &text
        }
    }
}

fn end(number: Option<u64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn day(seconds: Option<i64>) -> String {
    let date = seconds.map(|seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap());
    date.map(|date| {
        assert_eq!(date.time(), chrono::NaiveTime::MIN);
        date.format("%F").to_string()
    })
    .unwrap_or_default()
}

/// Reads without a problem into this tree, and reads so again from its own printed text.
#[track_caller]
fn check(typed: &str, expected: &str) {
    complains(typed, expected, &[]);
}

/// The same with these problems, each given by a part of its sentence.
#[track_caller]
fn complains(typed: &str, expected: &str, problems: &[&str]) {
    let parsed = parse(typed, TODAY);
    assert_eq!(shape(&parsed.query), expected, "typed: {typed}\nproblems: {:?}", parsed.problems);
    assert_eq!(parsed.problems.len(), problems.len(), "typed: {typed}\nproblems: {:?}", parsed.problems);
    for (got, want) in parsed.problems.iter().zip(problems) {
        assert!(got.contains(want), "typed: {typed}\ngot: {got}\nexpected: {want}");
    }
    reads_back(&parsed);
}

#[track_caller]
fn reads_back(parsed: &Parsed) {
    let printed = parsed.to_string();
    // `a:` prints as `person:`: what was typed near the limit may print beyond it.
    if printed.len() > MAX_BYTES {
        return;
    }
    let again = parse(&printed, TODAY);
    assert_eq!((&again.query, again.scope), (&parsed.query, parsed.scope), "printed: {printed}");
    assert_eq!(again.to_string(), printed);
}

#[test]
fn words_are_joined_by_and() {
    check("ipv6 cost", "all(ipv6 cost)");
    check("ipv6 AND cost", "all(ipv6 cost)");
    check("ipv6 && cost", "all(ipv6 cost)");
    check("multi-stakeholder R&D C++ don't", "all(multi-stakeholder R&D C++ don't)");
    check("Hello, world!", "all(Hello world)");
}

#[test]
fn not_binds_before_and_and_and_before_or() {
    check("a OR b c", "any(a all(b c))");
    check("a b OR c", "any(all(a b) c)");
    check("(a OR b) c", "all(any(a b) c)");
    check("-a b OR NOT c", "any(all(not(a) b) not(c))");
    check("a | b || c", "any(a b c)");
    check("!a", "not(a)");
    check("--a", "a");
    check("-(a b)", "not(all(a b))");
    check("NOT (a OR b)", "not(any(a b))");
    check("a AND NOT b", "all(a not(b))");
}

#[test]
fn operators_in_lower_case_are_words() {
    check("and or not near", "all(and or not near)");
}

#[test]
fn braces_hold_alternatives() {
    check("{a b c}", "any(a b c)");
    check("{a b AND c}", "any(a all(b c))");
    check("x {a (b c)}", "all(x any(a all(b c)))");
    check("list:{a b}", "any(list=a list=b)");
}

#[test]
fn dashes_and_signs_that_touch_nothing_mean_nothing() {
    check("a - b", "all(a b)");
    check("a -- b", "all(a b)");
    check("a != b => c & d", "all(a b c d)");
}

#[test]
fn quotes_make_a_phrase() {
    check(r#""page cache" -rfc"#, "all([page cache] not(rfc))");
    check(r#""a  b"~5"#, "[a b]~5");
    check("“best practice” «bonne pratique» „gute Praxis“", "all([best practice] [bonne pratique] [gute Praxis])");
    check(r#"a"b"c"#, "all(a [b] c)");
    check(r#""" a"#, "a");
    complains(r#"a "b c"#, "all(a [b c])", &["not closed"]);
}

#[test]
fn a_plus_or_equals_sign_asks_for_the_word_as_written() {
    check("+costs =costs", "all([costs] [costs])");
    check("subject:=costs -=costs", "all(Subject/[costs] not([costs]))");
}

#[test]
fn near_joins_its_two_neighbours() {
    check("x a NEAR/5 b y", "all(x near5(a,b) y)");
    check("a NEAR b", "near10(a,b)");
    check("a AROUND(3) b", "near3(a,b)");
    check(r#"a NEAR "b c""#, "near10(a,b c)");
    check("a ADJ/2 b", "[a b]~2");
    check("subject:a NEAR/5 b", "Subject/near5(a,b)");
    check("-(a NEAR b)", "not(near10(a,b))");
    complains("NEAR b", "b", &["needs one word"]);
    complains("a NEAR", "a", &["nothing after"]);
    complains("a NEAR (b c)", "all(a b c)", &["needs one word"]);
    complains("subject:a NEAR from:b", "all(Subject/a From/b)", &["needs one word"]);
}

#[test]
fn stars_and_tildes_widen_a_word() {
    check("privat* kenya~1 kenya~ kenya~2", "all(privat* kenya~1 kenya~1 kenya~2)");
    check("*", "ALL");
    check("", "ALL");
    check("* a", "a");
    check("a OR *", "ALL");
    complains("*tion", "tion", &["cannot stand at the beginning"]);
    complains("colo*r", "colo*", &["only at the end"]);
    complains("kenya~3", "kenya~2", &["at most 2"]);
    complains("/ab+c/", "all([ab] [c])", &["regular expressions"]);
}

#[test]
fn a_field_holds_for_one_term_or_for_its_brackets() {
    check("subject:a b", "all(Subject/a b)");
    check("subject:(a OR b) c", "all(any(Subject/a Subject/b) c)");
    check("subject:(a from:b)", "all(Subject/a From/b)");
    check(r#"f:"Ann Example""#, "From/[Ann Example]");
    check("S:draft -s:draft", "all(Subject/draft not(Subject/draft))");
    check("subject:OR", "Subject/[OR]");
    check("from:ann@example.org", "From/[ann@example.org]");
    complains("subject: a", "a", &["nothing after"]);
}

#[test]
fn exact_fields_take_lists_and_globs() {
    check("list:a,b", "any(list=a list=b)");
    check("l:BP_*", "list=bp_*");
    check("-list:a,b x", "all(not(any(list=a list=b)) x)");
    check(r#"person:"Example, Ann""#, "person=example, ann");
    check("author:ann-example", "person=ann-example");
    check("domain:@Example.ORG", "domain=example.org");
    check("year:2015,2016 month:2016-8", "all(any(year=2015 year=2016) month=2016-08)");
    complains("has:kitten", "has=kitten", &["`has:` knows attachment, link"]);
    complains("year:soon a", "a", &["is not a year"]);
}

#[test]
fn message_ids_keep_their_case_and_lose_their_brackets() {
    check("mid:<CAx+Y=z@Mail.example.org>", "mid=CAx+Y=z@Mail.example.org");
    check("id:a,b@example.org", "mid=a,b@example.org");
    check("m:<a(b)|{c}@x>", "mid=a(b)|{c}@x");
}

#[test]
fn thread_takes_an_id_or_a_query() {
    check("thread:AB12", "thread=ab12");
    check("thread:{from:ann kenya}", "thread(all(From/ann kenya))");
    check("-w:(a OR b)", "not(thread(any(a b)))");
    check("thread:{} a", "a");
}

#[test]
fn dates_are_half_open_spans() {
    check("date:2015", "date=2015-01-01..2016-01-01<2015>");
    check("d:2015-06", "date=2015-06-01..2015-07-01<2015-06>");
    check("date:2015-q3", "date=2015-07-01..2015-10-01<2015-Q3>");
    check("date:2015-06-03", "date=2015-06-03..2015-06-04<2015-06-03>");
    check("date:2015/6/3", "date=2015-06-03..2015-06-04<2015-06-03>");
    check("date:20150603", "date=2015-06-03..2015-06-04<2015-06-03>");
    check("date:2015-12", "date=2015-12-01..2016-01-01<2015-12>");
    check("date:2016-05..2016-09", "date=2016-05-01..2016-10-01<2016-05..2016-09>");
    check("date:..2015", "date=..2016-01-01<..2015>");
    check("date:2015..", "date=2015-01-01..<2015..>");
    check("date:<=2015", "date=..2016-01-01<<=2015>");
    check("after:2015", "date=2015-01-01..<>=2015>");
    check("before:2015-06", "date=..2015-06-01<<2015-06>");
    check("year:2014..2015", "date=2014-01-01..2016-01-01<2014..2015>");
    check("date:2016-02-29", "date=2016-02-29..2016-03-01<2016-02-29>");
}

#[test]
fn dates_can_count_back_from_today() {
    check("date:3m..", "date=2026-08-24..<3m..>");
    check("newer_than:30d", "date=2026-10-25..<>=30d>");
    check("older_than:1y", "date=..2025-11-24<<1y>");
    check("date:today", "date=2026-11-24..2026-11-25<today>");
    check("date:yesterday", "date=2026-11-23..2026-11-24<yesterday>");
    check("date:thisweek", "date=2026-11-23..2026-11-30<this-week>");
    check("date:this_month", "date=2026-11-01..2026-12-01<this-month>");
    check("date:last-year", "date=2025-01-01..2026-01-01<last-year>");
    check("date:\"last week\"", "date=2026-11-16..2026-11-23<last-week>");
    check("date:last-month", "date=2026-10-01..2026-11-01<last-month>");
    check("date:this-year", "date=2026-01-01..2027-01-01<this-year>");
}

#[test]
fn what_is_no_date_is_ignored_and_said_so() {
    complains("after:soon a", "a", &["`after:soon` is not a date; ignored"]);
    for typed in [
        "date:2015-02-30",
        "date:2015-13",
        "date:0000",
        "date:999999d",
        "date:..",
        "date:2015-02-30T25:61",
        "date:<99999-01-01",
    ] {
        complains(typed, "ALL", &["is not a date; ignored"]);
    }
    complains("date:2016..2014", "date=2014-01-01..2017-01-01<2014..2016>", &["swapped"]);
}

#[test]
fn numbers_have_units_and_spans() {
    check("replies:0", "replies=0..0");
    check("replies:>5", "replies=6..");
    check("replies:2..5", "replies=2..5");
    check("replies:5..2", "replies=2..5");
    check("size:1M..5M", "size=1048576..5242880");
    check("size:>100k", "size=102401..");
    check("larger:1k smaller:1M", "all(size=1025.. size=..1048575)");
    complains("replies:many", "ALL", &["is not a number"]);
    complains("size:99999999999999999999", "ALL", &["is not a number"]);
}

#[test]
fn in_moves_bare_words_and_only_for_the_whole_query() {
    let parsed = parse("in:quotes kenya", TODAY);
    assert_eq!((parsed.scope, parsed.to_string().as_str()), (Scope::Quoted, "kenya in:quotes"));
    assert_eq!(parse("in:everything", TODAY).to_string(), "in:everything");
    complains("a (in:quotes b)", "all(a b)", &["whole query"]);
    complains("a -in:quotes", "a", &["whole query"]);
    complains("a in:mars", "a", &["no place to look"]);
}

#[test]
fn an_unknown_prefix_is_searched_as_words() {
    complains("foo:bar", "[foo bar]", &["`foo:` is not a field; searched as words"]);
    complains("foo:\"bar baz\"", "all(foo [bar baz])", &["`foo:` is not a field"]);
}

#[test]
fn colons_that_name_no_field_pass_without_remark() {
    for word in [
        "https://example.org/x?a=b",
        "12:30",
        "RFC:2119",
        "2001:db8::1",
        r"C:\Users\ann",
        "stats::lm",
        "ann@example.org",
        "localhost:80",
    ] {
        check(word, &format!("[{word}]"));
    }
    check("::1", "1");
    check("file://host/x", "[file://host/x]");
    check("/usr/lib/R/", "[/usr/lib/R/]");
    check("Re: draft", "all(Re draft)");
}

#[test]
fn brackets_and_operators_left_alone_are_mended() {
    check("() a", "a");
    complains("(a", "a", &["not closed"]);
    complains("a)", "a", &["no beginning"]);
    complains("a AND", "a", &["nothing after"]);
    complains("OR a", "a", &["nothing before"]);
    complains("a OR OR b", "any(a b)", &["nothing after", "nothing before"]);
    complains("a NOT", "a", &["nothing after"]);
    complains("from:(a OR)", "From/a", &["nothing after"]);
}

#[test]
fn control_characters_part_words() {
    check("a\0b\tc\u{3000}d\u{feff}e", "all(a b c d e)");
    check("subject：kenya", "Subject/kenya");
}

#[test]
fn a_text_is_read_up_to_its_limit_in_bytes() {
    let full = "a".repeat(MAX_BYTES);
    check(&full, &full);
    complains(&format!("{full}b"), &full, &["only the first 1024 bytes"]);
    complains(&format!("{}é", &full[1..]), &full[1..], &["only the first 1024 bytes"]);
}

#[test]
fn brackets_nest_up_to_their_limit() {
    let nested = |depth: usize| format!("{}b{}", "(a ".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(MAX_DEPTH), TODAY).problems.is_empty());
    let deeper = parse(&nested(MAX_DEPTH + 1), TODAY);
    assert!(deeper.problems[0].contains("nested more than 16"), "{:?}", deeper.problems);
    assert_eq!(deeper.problems.len(), 1);
}

#[test]
fn terms_are_read_up_to_their_limit() {
    let words = |n: usize| (0..n).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    assert!(parse(&words(MAX_TERMS), TODAY).problems.is_empty());
    let more = parse(&words(MAX_TERMS + 1), TODAY);
    assert_eq!(more.query, parse(&words(MAX_TERMS), TODAY).query);
    assert!(more.problems[0].contains("at most 64"));
    let list = parse(&format!("list:{}", words(MAX_TERMS + 1).replace(' ', ",")), TODAY);
    assert_eq!(list.filters()[0].1.len(), MAX_TERMS);
}

#[test]
fn runs_of_not_are_read_up_to_their_limit() {
    check(&format!("{}a", "-".repeat(MAX_NOTS)), "a");
    complains(&format!("{}a", "NOT ".repeat(MAX_NOTS + 1)), "a", &["more than 8"]);
}

#[test]
fn words_keep_to_the_limits_of_what_widens_them() {
    let long = "k".repeat(MAX_FUZZY_CHARS);
    check(&format!("{long}~1"), &format!("{long}~1"));
    complains(&format!("{long}k~1"), &format!("{long}k"), &["too long"]);
    complains("ab~2", "ab", &["too short"]);
    check("ab*", "ab*");
    complains("a*", "a", &["at least 2 letters"]);
    check(r#""a b"~20"#, "[a b]~20");
    complains(r#""a b"~21"#, "[a b]~20", &["at most 20"]);
    complains("a NEAR/99999999999 b", "near20(a,b)", &["at most 20"]);
    let many: String = (0..MAX_PROBLEMS + 1).map(|n| format!("after:x{n} ")).collect();
    assert_eq!(parse(&many, TODAY).problems.len(), MAX_PROBLEMS);
}

#[test]
fn text_without_any_word_is_said_to_hold_none() {
    for typed in ["()", "-", ":-", "/", "{}", "?"] {
        assert_eq!(parse(typed, TODAY).query, Query::All, "{typed}");
        assert_eq!(parse(typed, TODAY).problems.len(), 1, "{typed}");
    }
    assert!(parse("in:own", TODAY).problems.is_empty());
    assert!(parse(" \t\0", TODAY).problems.is_empty());
}

#[test]
fn a_query_is_explained_in_words() {
    for (typed, words) in [
        (
            "date:2016 list:bp_ipv6 person:ann deployment cost -draft",
            "messages from 2016 on list bp_ipv6, by ann, with deployment and cost, without draft",
        ),
        ("", "all messages"),
        ("a OR b", "messages with a or b"),
        ("in:quotes kenya", "messages with kenya in quoted text"),
        ("after:2016-05 has:link,gdoc", "messages from 2016-05 on, that have link or gdoc"),
        ("-list:a", "messages but not on list a"),
        ("date:3m.. replies:>5", "messages from 3 months ago on, with replies over 5"),
        ("thread:{kenya}", "messages in threads with a message with kenya"),
    ] {
        assert_eq!(parse(typed, TODAY).explained(), words, "{typed}");
    }
}

#[test]
fn filters_are_what_holds_for_the_whole_query() {
    let filters = |typed: &str| parse(typed, TODAY).filters();
    assert_eq!(
        filters("list:a,b kenya date:2016"),
        [("list", vec!["a".into(), "b".into()]), ("year", vec!["2016".into()])]
    );
    assert_eq!(filters("date:2016-08"), [("month", vec!["2016-08".to_owned()])]);
    assert_eq!(filters("list:a OR kenya"), []);
    assert_eq!(filters("-list:a date:2016-05.."), []);
    assert_eq!(filters("domain:x list:a,b OR has:link"), []);
    assert_eq!(filters("date:3d.. date:10d..1d"), []);
}

#[test]
fn filters_are_added_and_taken_away() {
    let add = |typed: &str, field, value| parse(typed, TODAY).with_filter(field, value).to_string();
    assert_eq!(add("", "list", "a"), "list:a");
    assert_eq!(add("kenya OR cost", "list", "a"), "(kenya OR cost) list:a");
    assert_eq!(add("kenya list:a", "list", "b"), "kenya list:a,b");
    assert_eq!(add("kenya list:a", "list", "a"), "kenya list:a");
    assert_eq!(add("date:2015", "year", "2016"), "year:2015,2016");
    assert_eq!(add("in:quotes a", "person", "ann example"), "a person:\"ann example\" in:quotes");
    let take = |typed: &str, field, value| parse(typed, TODAY).without_filter(field, value).to_string();
    assert_eq!(take("kenya list:a,b", "list", "a"), "kenya list:b");
    assert_eq!(take("kenya list:a", "list", "a"), "kenya");
    assert_eq!(take("date:2016-08", "month", "2016-08"), "");
    assert_eq!(take("list:a", "list", "z"), "list:a");
    assert_eq!(take("list:a has:link", "list", "a"), "has:link");
}

#[test]
fn each_chip_takes_itself_away() {
    let chips = parse("kenya list:a,b -draft date:2016 in:quotes", TODAY).chips();
    let shown: Vec<_> = chips.iter().map(|chip| (chip.label.as_str(), chip.rest.to_string())).collect();
    let expected = [
        ("kenya", "list:a,b -draft date:2016 in:quotes"),
        ("list: a", "kenya list:b -draft date:2016 in:quotes"),
        ("list: b", "kenya list:a -draft date:2016 in:quotes"),
        ("not draft", "kenya list:a,b date:2016 in:quotes"),
        ("date: 2016", "kenya list:a,b -draft in:quotes"),
        ("in: quotes", "kenya list:a,b -draft date:2016"),
    ];
    assert_eq!(shown, expected.map(|(label, rest)| (label, rest.to_owned())));
    assert_eq!(parse("a OR b", TODAY).chips()[0].rest.to_string(), "");
}

#[test]
fn clauses_stand_apart_each_beside_what_is_left() {
    let apart = |typed: &str| {
        let (all, clauses) = parse(typed, TODAY).clauses_apart();
        let shown = clauses.iter().map(|(label, alone, rest)| format!("{label} | {alone} | {rest}"));
        (all, shown.collect::<Vec<_>>())
    };
    let told = |all, clauses: &[&str]| (all, clauses.iter().map(|it| (*it).to_owned()).collect());
    assert_eq!(
        apart("kenya list:a,b in:quotes"),
        told(
            true,
            &["kenya | kenya in:quotes | list:a,b in:quotes", "list:a,b | list:a,b in:quotes | kenya in:quotes"]
        )
    );
    assert_eq!(apart("a OR b c"), told(false, &["a | a | b c", "b c | b c | a"]));
    assert_eq!(apart("list:a,b"), told(true, &["list:a,b | list:a,b | "]));
    assert_eq!(apart(""), told(true, &[]));
}

#[test]
fn words_to_mark_leave_out_what_must_be_absent() {
    let parsed = parse("kenya (subject:a OR b) -draft thread:{x} list:l in:body", TODAY);
    let words: Vec<_> = parsed.words().into_iter().map(|(scope, text)| (scope, text.to_string())).collect();
    let expected = [(Scope::Body, "kenya"), (Scope::Subject, "a"), (Scope::Body, "b")];
    assert_eq!(words, expected.map(|(scope, text)| (scope, text.to_owned())));
}

#[test]
fn thousands_of_brackets_and_signs_are_read_at_once() {
    let began = Instant::now();
    for piece in [
        "(",
        ")",
        "{",
        "NOT ",
        "-",
        "+",
        "=",
        "\"",
        "a:",
        "subject:(",
        "(+",
        "/",
        "/(",
        "*",
        "~",
        "a NEAR/5 ",
        "mid:<",
        "\\",
        "thread:{",
        ":",
    ] {
        reads_back(&parse(&piece.repeat(2_000), TODAY));
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{2,8}", "[a-z]{2,4}-[a-z0-9]{1,4}", "[дéß語]{2,4}", "C\\+\\+"]
}

fn leaf() -> impl Strategy<Value = Query> {
    let scope = prop::option::of(prop::sample::select(vec![
        Scope::OwnOnly,
        Scope::Subject,
        Scope::Body,
        Scope::Quoted,
        Scope::Signature,
        Scope::Everything,
        Scope::From,
        Scope::To,
        Scope::File,
    ]));
    let text = prop_oneof![
        word().prop_map(Text::Word),
        (word(), word(), 0..=MAX_SLOP).prop_map(|(a, b, slop)| Text::Phrase { words: format!("{a} {b}"), slop }),
        (word(), word(), 0..=MAX_SLOP).prop_map(|(left, right, distance)| Text::Near { left, right, distance }),
        word().prop_map(Text::Prefix),
        ("[a-z]{3,8}", 1..=2_u8).prop_map(|(word, distance)| Text::Fuzzy(word, distance)),
    ];
    let typed = prop::sample::select(vec![
        "date:2015",
        "date:2015-Q2..",
        "after:2016-02",
        "before:30d",
        "date:last-week",
        "size:>1m",
        "replies:2..5",
        "has:link",
        "mid:<A b@x>",
        "person:\"ann, b\"",
        "list:*v6",
        "thread:abc",
        "year:2016",
    ]);
    prop_oneof![
        4 => (scope, text).prop_map(|(scope, text)| Query::Text { scope, text }),
        2 => typed.prop_map(|typed| parse(typed, TODAY).query),
    ]
}

fn tree() -> impl Strategy<Value = Query> {
    leaf().prop_recursive(5, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| Query::all(items).unwrap()),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| Query::any(items).unwrap()),
            inner.clone().prop_map(Query::negated),
            inner.prop_map(|query| Query::ThreadWith(Box::new(query))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn a_tree_is_read_back_from_its_text(query in tree()) {
        let printed = query.to_string();
        prop_assume!(printed.len() <= MAX_BYTES);
        let again = parse(&printed, TODAY);
        prop_assert_eq!(&again.query, &query, "{}", printed);
        prop_assert!(again.problems.is_empty(), "{}: {:?}", printed, again.problems);
    }

    #[test]
    fn any_text_is_read_and_its_reading_is_stable(typed in "\\PC{0,200}") {
        stable(&typed)?;
    }

    #[test]
    fn any_heap_of_syntax_is_read_and_its_reading_is_stable(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "(", ")", "{", "}", "\"", "-", "+", "=", "!", "|", "&&", " ", " ", " ", "AND", "OR", "NOT", "NEAR/3", "ADJ", "AROUND(2)", "~",
            "~2", "*", "/", ":", ",", "..", "a", "kenya", "subject:", "list:", "date:", "mid:<", ">", "size:>", "thread:", "in:", "has:",
            "2016", "foo:", "@", "\\", "é", ".", "'", "quotes", "link", "[", "<",
        ]), 0..60),
    ) {
        stable(&pieces.concat())?;
    }

    #[test]
    fn ten_kilobytes_of_anything_are_read_in_no_time(typed in prop::collection::vec(any::<char>(), 10_000)) {
        let typed: String = typed.into_iter().collect();
        let began = Instant::now();
        let parsed = parse(&typed, TODAY);
        prop_assert!(parsed.problems.len() <= MAX_PROBLEMS);
        prop_assert!(began.elapsed() < Duration::from_millis(200));
    }
}

/// Whatever was typed, its printed reading reads the same and everything that can be asked of it answers.
fn stable(typed: &str) -> Result<(), TestCaseError> {
    let parsed = parse(typed, TODAY);
    let printed = parsed.to_string();
    prop_assume!(printed.len() <= MAX_BYTES);
    let again = parse(&printed, TODAY);
    prop_assert_eq!(&again.query, &parsed.query, "typed: {:?} printed: {:?}", typed, printed);
    prop_assert_eq!(again.scope, parsed.scope);
    let _ = (parsed.explained(), parsed.filters(), parsed.chips(), parsed.words(), parsed.with_filter("list", "a"));
    Ok(())
}
