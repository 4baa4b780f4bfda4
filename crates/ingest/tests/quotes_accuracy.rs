//! Measures the separation of voices against the fixtures of Discourse's email trimmer.
//!
//! Set `PLENARY_CORPUS` to the corpus folder (the one that holds `open/`); without it the test says so and passes.

mod corpus;

use std::{collections::HashMap, fs};

use plenary_ingest::text::{paragraphs, split};

/// What was counted over all messages, in words.
#[derive(Default)]
struct Score {
    messages: usize,
    exact: Vec<String>,
    other: Vec<String>,
    found: usize,
    expected: usize,
    shared: usize,
}

impl Score {
    fn add(&mut self, name: &str, found: &[&str], expected: &[&str]) {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        expected.iter().for_each(|word| *counts.entry(word).or_default() += 1);
        let shared = found
            .iter()
            .filter(|word| {
                counts.get_mut(*word).is_some_and(|n| {
                    *n > 0 && {
                        *n -= 1;
                        true
                    }
                })
            })
            .count();
        self.messages += 1;
        self.found += found.len();
        self.expected += expected.len();
        self.shared += shared;
        let name = format!("{name} (+{} -{})", found.len() - shared, expected.len() - shared);
        if found == expected { self.exact.push(name) } else { self.other.push(name) }
    }

    fn exactly(&self) -> f64 {
        self.exact.len() as f64 / self.messages as f64
    }

    fn precision(&self) -> f64 {
        self.shared as f64 / self.found as f64
    }

    fn recall(&self) -> f64 {
        self.shared as f64 / self.expected as f64
    }

    fn row(&self, title: &str) -> String {
        format!(
            "| {title} | {} | {} ({:.1} %) | {:.2} % | {:.2} % |",
            self.messages,
            self.exact.len(),
            100.0 * self.exactly(),
            100.0 * self.precision(),
            100.0 * self.recall()
        )
    }
}

#[test]
fn own_words_agree_with_the_trimmer_of_discourse() {
    let Some(corpus) = corpus::folder() else { return };
    let folder = corpus.join("open/quotes-discourse-trimmer");
    let (mut literal, mut conventional) = (Score::default(), Score::default());
    let mut files: Vec<_> = fs::read_dir(folder.join("emails")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let wanted = fs::read_to_string(folder.join("trimmed").join(&name)).unwrap();
        let own = paragraphs(&text, &split(&text)).into_iter().map(|range| &text[range]).collect::<Vec<_>>().join("\n");
        let found: Vec<_> = own.split_whitespace().collect();
        literal.add(&name, &found, &wanted.split_whitespace().collect::<Vec<_>>());
        let unquoted: Vec<_> =
            wanted.lines().filter(|line| !line.starts_with('>')).flat_map(str::split_whitespace).collect();
        conventional.add(&name, &found, &unquoted);
    }
    println!(
        "| expectation | messages | exactly right | precision of words | recall of words |\n|---|---|---|---|---|"
    );
    println!("{}", literal.row("as Discourse trims"));
    println!("{}", conventional.row("the same, `>` lines taken for quotations"));
    println!("differing, as Discourse trims: {}", literal.other.join(", "));
    println!("differing, `>` lines taken for quotations: {}", conventional.other.join(", "));

    assert!(literal.messages > 50, "only {} messages found", literal.messages);
    assert!(literal.exactly() >= 0.84, "exactly right fell to {:.3}", literal.exactly());
    assert!(conventional.recall() >= 0.99, "recall fell to {:.4}", conventional.recall());
    assert!(conventional.precision() >= 0.94, "precision fell to {:.4}", conventional.precision());
}
