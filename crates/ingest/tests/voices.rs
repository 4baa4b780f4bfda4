//! One invented message for every shape in which mail quotes, forwards and is footered: `shapes/*.txt`, where every line has its voice
//! before it. A shape that is met and not recognised becomes one case more there.

use std::{fs, path::Path};

use plenary_ingest::{Voice, text::split};

#[test]
fn every_known_shape_is_separated_as_its_case_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shapes");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        for case in fs::read_to_string(&path).unwrap().split("## ").skip(1) {
            let (name, lines) = case.split_once('\n').unwrap();
            let expected: Vec<(&str, &str)> =
                lines.lines().map(|line| line.split_once(": ").unwrap_or(("", ""))).collect();
            let text: String = expected.iter().map(|(_, said)| format!("{said}\n")).collect();
            seen += 1;
            for text in [text.clone(), text.replace('\n', "\r\n")] {
                let wanted: String = expected.iter().filter(|line| !line.0.is_empty()).map(drawn).collect();
                let got = voices(&text);
                if got != wanted {
                    wrong.push(format!("{}, {name}:\n{got}instead of\n{wanted}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len() / 2, wrong.join("\n"));
    assert!(seen > 45, "{seen} cases were found");
}

/// The lines that are not blank, each behind its voice.
fn voices(text: &str) -> String {
    let mut all = String::new();
    for span in split(text) {
        let voice = match span.voice {
            Voice::Own => "own",
            Voice::Quoted => "quoted",
            Voice::Attribution => "attribution",
            Voice::Signature => "signature",
            Voice::Footer => "footer",
        };
        let lines = text[span.start..span.end].lines().filter(|line| !line.trim().is_empty());
        lines.for_each(|line| all.push_str(&drawn(&(voice, line))));
    }
    all
}

fn drawn((voice, said): &(&str, &str)) -> String {
    format!("{voice}: {}\n", said.trim_end())
}
