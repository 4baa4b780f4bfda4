//! Bytes that change on the disk and files that are cut short: noticed, said, put right from the dumps.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use crate::{
    amount,
    archive::{Archive, files},
    kills::Dice,
    scenarios,
};

/// A server and where it is; `None` with what it said where it did not start.
fn serve(archive: &Archive) -> Result<(Child, String, String), String> {
    serve_under(archive, &[])
}

/// The same, started by another program.
pub(crate) fn serve_under(archive: &Archive, starter: &[&str]) -> Result<(Child, String, String), String> {
    let mut child = archive
        .under(starter, &["serve", "--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    while let Some(Ok(line)) = lines.next() {
        said.push_str(&line);
        said.push('\n');
        if let Some(at) = line.strip_prefix("serving at http://") {
            let address = at.split_whitespace().next().unwrap().to_owned();
            // Whatever else it says must be read, or it would wait for a reader.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok((child, address, said));
        }
    }
    child.wait().unwrap();
    Err(said)
}

pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Fails unless the archive is served, page by page.
#[track_caller]
pub(crate) fn check_served(archive: &Archive) -> String {
    let (mut child, address, said) = serve(archive).unwrap();
    for path in ["/", "/search?q=ferry", "/healthz"] {
        let answer = get(&address, path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    said
}

/// What was done to a file.
#[derive(Debug, Clone, Copy)]
enum Harm {
    Flipped(usize),
    Cut(usize),
    Gone,
}

impl Harm {
    fn is_done_to(self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        // A file of its own: what is kept of the last commit may be the same one.
        fs::remove_file(path).unwrap();
        match self {
            Harm::Flipped(at) => bytes[at] ^= 1 << (at % 8),
            Harm::Cut(at) => bytes.truncate(at),
            Harm::Gone => return,
        }
        fs::write(path, bytes).unwrap();
    }
}

/// Files of the index and its ledger, and what is done to each.
fn harms(archive: &Archive) -> Vec<(PathBuf, Harm)> {
    let mut dice = Dice::new(3);
    let mut all = files(&archive.data().join("index"));
    all.push(archive.data().join("ledger/runs.jsonl"));
    // Empty files are the engine's locks, and nothing is in them.
    all.retain(|path| path.metadata().unwrap().len() > 0);
    let mut harms: Vec<(PathBuf, Harm)> = Vec::new();
    let flips = amount(18, |_| 500);
    for number in 0..flips {
        let path = &all[number % all.len()];
        harms.push((path.clone(), Harm::Flipped(dice.below(path.metadata().unwrap().len() as usize))));
    }
    let cuts = crate::spread(all.clone(), amount(4, |_| usize::MAX));
    for path in cuts {
        let length = path.metadata().unwrap().len() as usize;
        harms.extend([0, length / 2, length - 1].map(|at| (path.clone(), Harm::Cut(at))));
        harms.push((path, Harm::Gone));
    }
    harms
}

#[test]
fn every_changed_byte_and_every_cut_is_found_and_put_right() {
    let scenario = scenarios::update();
    let sound = scenario.before.copy();
    for _ in 0..2 {
        assert!([0, 3].contains(&sound.run(&scenario.args()).code));
    }
    let harms = harms(&sound);
    let true_answers = sound.answers().unwrap();
    let (mut refused, mut wrong, number) = (0, Vec::new(), harms.len());
    for (count, (file, harm)) in harms.into_iter().enumerate() {
        let archive = sound.copy();
        let name = file.strip_prefix(sound.data()).unwrap().to_owned();
        let when = format!("{} {harm:?}", name.display());
        harm.is_done_to(&archive.data().join(&name));
        let is_ledger = name.starts_with("ledger");
        let found = archive.run(&["doctor"]);
        assert!(!found.err.contains("panicked") && [0, 1, 4].contains(&found.code), "{when}: {}", found.err);
        // A cut between two lines, and a byte within a word of the ledger, are as good as any: it is for reading by people, too.
        let is_noticed = found.code == 1 || (name.ends_with("meta.json") && found.err.contains("plenary"));
        let is_seal_gone = name.ends_with("seal.json") && matches!(harm, Harm::Gone);
        assert!(is_noticed || is_ledger || is_seal_gone, "{when} is not noticed: {}{}", found.out, found.err);
        match archive.answers() {
            // Every file here is small enough to be read when the index is opened: nothing but the truth is answered, or nothing.
            Ok(answers) if answers != true_answers && !is_ledger => wrong.push(when.clone()),
            Ok(_) => {}
            Err(said) => {
                refused += 1;
                assert_eq!(said.code, 4, "{when}: {}", said.err);
                assert!(said.err.contains("run `plenary"), "{when}: {}", said.err);
            }
        }
        // A server starts or says why not; it does not die of what it reads.
        if count % amount(5, |_| 2) == 0
            && let Ok((mut child, address, _)) = serve(&archive)
        {
            for path in ["/", "/search?q=ferry", "/search?q=timetable+list:harbour", "/l/harbour/", "/healthz"] {
                let answer = get(&address, path);
                assert!(
                    answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 500"),
                    "{when}: {path}: {answer}"
                );
            }
            assert!(child.try_wait().unwrap().is_none(), "{when}: the server lives");
            child.kill().unwrap();
            child.wait().unwrap();
        }
        if is_ledger {
            continue;
        }
        if found.code == 4 {
            assert!([0, 3].contains(&archive.run(&["rebuild"]).code), "{when}");
        } else {
            let mended = archive.run(&["doctor", "--repair"]);
            assert_eq!(mended.code, 0, "{when}: {}{}", mended.out, mended.err);
        }
        scenario.check_settled(&archive, &format!("{when}, repaired"));
        archive.check_ledger(&when);
    }
    eprintln!("{number} harms: all found; {refused} were refused before anything was answered");
    assert!(wrong.is_empty(), "damage that changes answers: {wrong:#?}");
}

#[test]
fn a_server_of_a_damaged_index_serves_the_one_before_and_says_so() {
    let scenario = scenarios::update();
    let archive = scenario.before.copy();
    assert!([0, 3].contains(&archive.run(&scenario.args()).code));
    Harm::Cut(9).is_done_to(&archive.data().join("index/meta.json"));
    let said = check_served(&archive);
    assert!(said.contains("plenary doctor --repair") && said.contains("before the last run"), "{said}");
    assert_eq!(archive.run(&["search", "ferry"]).code, 4, "who asks from the terminal hears of it");
}

#[test]
fn nothing_is_rebuilt_of_which_the_dumps_are_gone() {
    let scenario = scenarios::update();
    let archive = scenario.before.copy();
    assert!([0, 3].contains(&archive.run(&scenario.args()).code));
    fs::remove_file(archive.data().join("lists/harbour/2016-07.mbox")).unwrap();
    let catalogue =
        files(&archive.data().join("index")).into_iter().find(|path| path.to_string_lossy().contains("catalogue"));
    Harm::Flipped(20).is_done_to(&catalogue.unwrap());
    let said = archive.run(&["doctor", "--repair"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.err.contains("nothing was repaired") && said.out.contains("harbour/2016-07.mbox"),
        "{}{}",
        said.out,
        said.err
    );
}

#[test]
fn an_index_of_an_earlier_schema_says_what_to_do_and_is_rebuilt() {
    let scenario = scenarios::update();
    let archive = scenario.before.copy();
    assert!([0, 3].contains(&archive.run(&scenario.args()).code));
    let meta = archive.data().join("index/meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    let at = text.find("\\\"schema\\\":").unwrap() + 11;
    let end = at + text[at..].find(',').unwrap();
    fs::write(&meta, format!("{}1{}", &text[..at], &text[end..])).unwrap();
    // As an earlier version left it, without a seal.
    fs::remove_file(archive.data().join("index/seal.json")).unwrap();
    for args in [["search", "ferry"].as_slice(), &["ingest"], &["serve"]] {
        let said = archive.run(args);
        assert_eq!(said.code, 4, "{args:?}");
        assert!(said.err.contains("schema 1") && said.err.contains("plenary rebuild"), "{args:?}: {}", said.err);
    }
    // Killed in the midst of the rebuild, it still says so.
    let mut rebuild = archive.command(&["rebuild"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    let _ = rebuild.kill();
    let _ = rebuild.wait();
    let said = archive.run(&["doctor", "--repair"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    scenario.check_settled(&archive, "rebuilt");
}

#[test]
fn an_index_without_its_first_file_is_not_taken_for_none_and_nothing_of_it_is_removed() {
    let scenario = scenarios::update();
    let archive = scenario.before.copy();
    let index = archive.data().join("index");
    Harm::Gone.is_done_to(&index.join("meta.json"));
    fs::remove_file(archive.data().join("lists/harbour/2016-06.mbox")).unwrap();
    let all = files(&index);
    for args in [["ingest"].as_slice(), &["ingest", "--dry-run"], &["search", "ferry"], &["stats"]] {
        let said = archive.run(args);
        assert_eq!(said.code, 4, "{args:?}: {}", said.err);
        assert!(said.err.contains("is damaged"), "{args:?}: {}", said.err);
        assert_eq!(files(&index), all, "{args:?}");
    }
    assert_eq!(archive.run(&["doctor", "--repair"]).code, 1, "a rebuild would lose messages");
    assert!([0, 3].contains(&archive.run(&["rebuild"]).code), "who asks for it by name gets it");
}
