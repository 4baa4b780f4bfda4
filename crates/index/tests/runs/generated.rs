//! Queries nobody would type, thousands of them, over the shipped sample: each is answered, and nothing panics.
//!
//! `PLENARY_GENERATED=100000 cargo test --release -p plenary-index --test runs generated -- --nocapture` asks so many, prints what they
//! took, and fails if one took a second. Without the variable it asks a few, and does not look at the clock.
#![allow(clippy::print_stdout, reason = "it says what was measured")]

use std::time::{Duration, Instant};

use plenary_index::{Question, Sort, Start, query};

use crate::desk::Desk;

/// Queries asked where nothing else is said.
const FEW: usize = 400;
/// Longer than this no search may take, on a machine that does nothing else.
const SLOWEST: Duration = Duration::from_secs(1);

/// Words, fields and operators, right ones and nearly right ones.
const WORDS: [&str; 24] = [
    "ipv6",
    "cost",
    "the",
    "of",
    "deployment",
    "réunion",
    "a",
    "网络",
    "治理",
    "インターネット",
    "e\u{301}",
    "x1",
    "IPv6",
    "multi-stakeholder",
    "don't",
    "example.org",
    "ann@example.org",
    "0",
    "ﬁ",
    "İ",
    "ß",
    "\u{200b}",
    "\u{202e}abc",
    "zzzz",
];
const FIELDS: [&str; 36] = [
    "subject:",
    "own:",
    "body:",
    "quoted:",
    "from:",
    "to:",
    "file:",
    "list:",
    "person:",
    "year:",
    "month:",
    "date:",
    "after:",
    "before:",
    "has:",
    "is:",
    "in:",
    "lang:",
    "mid:",
    "thread:",
    "replies:",
    "size:",
    "domain:",
    "repair:",
    "mime:",
    "signature:",
    "s:",
    "f:",
    "b:",
    "d:",
    "nosuch:",
    "tag:",
    "larger:",
    "run:",
    ":",
    "subject::",
];
const VALUES: [&str; 24] = [
    "bp_*",
    "*",
    "2016",
    "2016-08",
    "2016-13",
    "..",
    "2015..2016",
    ">5",
    "<",
    "5k..",
    "1e99",
    "-1",
    "99999999999999999999",
    "everything",
    "root,reply",
    "attachment",
    "\"of the\"",
    "{ipv6}",
    "{",
    "}",
    "(a OR b)",
    "7d",
    "q1",
    "en,fr,",
];
const JOINTS: [&str; 16] = [
    " ", " OR ", " AND ", " NOT ", " -", " NEAR ", " NEAR/3 ", " ADJ/2 ", " (", ") ", "\"", " {", "} ", "~2 ", "* ",
    ",",
];

/// A small generator of numbers that look random and are the same every time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// One of many kinds of query.
    fn query(&mut self) -> String {
        match self.roll(8) {
            0 => self.shaped(3),
            1 => self.pieces(40),
            2 => self.nested(),
            3 => self.characters(),
            4 => self.bytes(),
            5 => self.repeated(),
            _ => {
                let shaped = self.shaped(2);
                self.changed(&shaped)
            }
        }
    }

    /// As the grammar has it.
    fn shaped(&mut self, depth: usize) -> String {
        let parts = 1 + self.roll(5);
        let mut out = String::new();
        for part in 0..parts {
            if part > 0 {
                out.push_str([" ", " OR ", " AND ", " -"][self.roll(4)]);
            }
            match self.roll(9) {
                0 if depth > 0 => out.push_str(&format!("({})", self.shaped(depth - 1))),
                1 if depth > 0 => out.push_str(&format!("thread:{{{}}}", self.shaped(depth - 1))),
                2 => out.push_str(&format!("\"{} {}\"~{}", self.pick(&WORDS), self.pick(&WORDS), self.roll(25))),
                3 => out.push_str(&format!("{}*", self.pick(&WORDS))),
                4 => out.push_str(&format!("{}~{}", self.pick(&WORDS), self.roll(4))),
                5 => out.push_str(&format!("{} NEAR/{} {}", self.pick(&WORDS), self.roll(30), self.pick(&WORDS))),
                6 => out.push_str(&format!("{}{}", self.pick(&FIELDS), self.pick(&WORDS))),
                7 => out.push_str(&format!("{}{}", self.pick(&FIELDS), self.pick(&VALUES))),
                _ => out.push_str(self.pick(&WORDS)),
            }
        }
        out
    }

    /// Its pieces in any order.
    fn pieces(&mut self, most: usize) -> String {
        let number = 1 + self.roll(most);
        let mut piece = || match self.roll(4) {
            0 => self.pick(&WORDS),
            1 => self.pick(&FIELDS),
            2 => self.pick(&VALUES),
            _ => self.pick(&JOINTS),
        };
        (0..number).map(|_| piece()).collect()
    }

    fn nested(&mut self) -> String {
        let depth = self.roll(600);
        let (open, close) =
            [("(", ")"), ("-(", ")"), ("thread:{", "}"), ("NOT ", ""), ("subject:(", ")")][self.roll(5)];
        let inner = self.shaped(1);
        let closed = if self.roll(3) == 0 { self.roll(depth + 1) } else { depth };
        format!("{}{inner}{}", open.repeat(depth), close.repeat(closed))
    }

    fn characters(&mut self) -> String {
        let number = self.roll(300);
        (0..number).filter_map(|_| char::from_u32(self.roll(0x11_0000) as u32)).collect()
    }

    fn bytes(&mut self) -> String {
        let number = self.roll(1_500);
        let bytes: Vec<u8> = (0..number).map(|_| self.roll(256) as u8).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The dearest things, as often as they fit.
    fn repeated(&mut self) -> String {
        let dear = [
            "co* ",
            "cosst~2 OR ",
            "\"of the to in\"~20 ",
            "in:everything th* OR ",
            "thread:{th*} ",
            "person:a ",
            "list:b* -",
        ];
        self.pick(&dear).repeat(1 + self.roll(150))
    }

    /// A query with some characters taken out, doubled or replaced.
    fn changed(&mut self, query: &str) -> String {
        let mut characters: Vec<char> = query.chars().collect();
        for _ in 0..=self.roll(6) {
            let at = self.roll(characters.len().max(1));
            match self.roll(3) {
                0 if at < characters.len() => drop(characters.remove(at)),
                1 => characters
                    .insert(at, ['(', ')', '"', ':', '*', '~', '-', '{', '}', '\\', '\0', '\n', 'é'][self.roll(13)]),
                _ if at < characters.len() => characters.insert(at, characters[at]),
                _ => {}
            }
        }
        characters.into_iter().collect()
    }
}

#[test]
fn generated_queries_are_answered() {
    let asked = std::env::var("PLENARY_GENERATED").ok();
    let number = asked.as_ref().map_or(FEW, |number| number.parse().unwrap());
    let desk = Desk::of_sample();
    let archive = desk.archive();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut times, mut slowest) = (Vec::with_capacity(number), (Duration::ZERO, String::new()));
    for at in 0..number {
        let typed = dice.query();
        let started = Instant::now();
        let parsed = query::parse(&typed, (2026, 11, 24));
        let sort = [Sort::Relevance, Sort::Newest, Sort::Oldest][at % 3];
        let start = Start::Offset([0, 0, 0, 50, usize::MAX / 2][at % 5]);
        let limit = [20, 100, 1, 0, 20][at % 5];
        let question = Question { query: parsed, sort, grouped: at % 2 == 0, limit, start };
        let answer = archive.search(&question).unwrap_or_else(|error| panic!("{typed:?}: {error}"));
        let took = started.elapsed();
        assert!(answer.hits.len() as u64 <= answer.total, "{typed:?}");
        times.push(took);
        if took > slowest.0 {
            slowest = (took, typed);
        }
    }
    if asked.is_some() {
        times.sort_unstable();
        let rank = |share: f64| times[((number as f64 * share) as usize).min(number - 1)];
        println!(
            "{number} generated queries: p50 {:?}, p99 {:?}, max {:?} ({:?})",
            rank(0.5),
            rank(0.99),
            slowest.0,
            slowest.1
        );
        assert!(slowest.0 < SLOWEST, "{:?} took {:?}", slowest.1, slowest.0);
    }
}
