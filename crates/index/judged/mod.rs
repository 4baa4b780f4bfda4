//! Queries with the messages that should come first, and how well an archive's answers agree with them.
#![allow(dead_code, reason = "the program and the test each use their part of it")]

use std::{
    collections::HashMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use plenary_index::{
    Archive, Hit, Question, Rules, Sort, Start,
    ingest::source::Limits,
    query::parse,
    run::{self, Settings, Watch},
};

/// The set itself; its first lines say how it was made.
const SET: &str = include_str!("open.txt");
/// The day on which all queries are asked, and all dumps are read: nothing may depend on the clock.
const TODAY: (i32, u32, u32) = (2026, 11, 24);
/// The same as seconds.
const NOW: i64 = 1_795_500_000;
/// Hits that count for the gain.
pub(crate) const CUT: usize = 10;
/// Hits among which the first that was sought is looked for.
const LOOKED_AT: usize = 100;
/// The grade of what was sought.
const SOUGHT: u32 = 3;
/// Folders of the corpus whose name begins so hold lists; the rest are fixtures of parsers.
const LISTS: &[&str] = &["pipermail-", "mbox-", "public-inbox"];

/// A query and the grades of the messages that were read for it.
pub(crate) struct Judged {
    pub(crate) query: &'static str,
    pub(crate) grades: HashMap<&'static str, u32>,
}

/// How well one query was answered.
pub(crate) struct Figures {
    pub(crate) query: &'static str,
    /// Gain of the first [`CUT`] hits, discounted by rank, as a share of the best possible.
    pub(crate) ndcg: f64,
    /// One by the rank of the first message that was sought.
    pub(crate) reciprocal: f64,
    /// Among the first [`CUT`] hits those nobody has judged; they count as useless.
    pub(crate) unjudged: usize,
}

/// Reads the set: a line `? query`, then lines `grade id`.
pub(crate) fn set() -> Vec<Judged> {
    let mut set: Vec<Judged> = Vec::new();
    for line in SET.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(query) = line.strip_prefix("? ") {
            set.push(Judged { query, grades: HashMap::new() });
        } else if let Some((grade, id)) = line.split_once(' ')
            && let (Ok(grade), Some(judged)) = (grade.parse(), set.last_mut())
        {
            assert!(judged.grades.insert(id, grade).is_none(), "{id} is judged twice for {}", judged.query);
        } else {
            panic!("neither a query nor a grade: {line}");
        }
    }
    set
}

/// Asks every query, and compares.
pub(crate) fn measure(archive: &Archive) -> Result<Vec<Figures>, Box<dyn Error>> {
    let figures = |judged: Judged| -> Result<Figures, Box<dyn Error>> {
        let hits = ask(archive, judged.query, LOOKED_AT)?;
        let grades: Vec<Option<u32>> =
            hits.iter().map(|hit| judged.grades.get(hit.card.id.as_str()).copied()).collect();
        let mut best: Vec<u32> = judged.grades.values().copied().collect();
        best.sort_unstable_by(|a, b| b.cmp(a));
        let got: Vec<u32> = grades.iter().map(|grade| grade.unwrap_or(0)).collect();
        let sought = got.iter().position(|grade| *grade == SOUGHT);
        Ok(Figures {
            query: judged.query,
            ndcg: gain(&got) / gain(&best).max(f64::MIN_POSITIVE),
            reciprocal: sought.map_or(0.0, |rank| 1.0 / (rank + 1) as f64),
            unjudged: grades.iter().take(CUT).filter(|grade| grade.is_none()).count(),
        })
    };
    set().into_iter().map(figures).collect()
}

/// The best hits of a query.
pub(crate) fn ask(archive: &Archive, typed: &str, limit: usize) -> Result<Vec<Hit>, Box<dyn Error>> {
    let query = parse(typed, TODAY);
    let question = Question { query, sort: Sort::Relevance, grouped: false, limit, start: Start::Offset(0) };
    Ok(archive.search(&question)?.hits)
}

/// What the first hits with these grades are worth: a grade counts 1, 3 or 7, and the less the lower it stands.
fn gain(grades: &[u32]) -> f64 {
    let worth = |(rank, grade): (usize, &u32)| f64::from(2_u32.pow(*grade) - 1) / ((rank + 2) as f64).log2();
    // From zero on: the sum of nothing is a negative one.
    grades.iter().take(CUT).enumerate().map(worth).fold(0.0, |sum, one| sum + one)
}

/// The means of gain and reciprocal rank.
pub(crate) fn means(figures: &[Figures]) -> (f64, f64) {
    let count = figures.len().max(1) as f64;
    let mean = |of: fn(&Figures) -> f64| figures.iter().map(of).sum::<f64>() / count;
    (mean(|figures| figures.ndcg), mean(|figures| figures.reciprocal))
}

/// Ingests the lists of `corpus/open` into `data`, each under the name of its folder or mailbox.
pub(crate) fn ingest(open: &Path, data: &Path) -> Result<Archive, Box<dyn Error>> {
    for entry in fs::read_dir(open)? {
        let entry = entry?;
        if LISTS.iter().any(|start| entry.file_name().to_string_lossy().starts_with(start)) {
            lay(&entry.path(), &data.join("lists"))?;
        }
    }
    let settings = Settings {
        data: data.to_owned(),
        rules: Rules::default(),
        limits: Limits::default(),
        memory: 200 << 20,
        threads: 2,
        now: NOW,
        dry_run: false,
        retry: false,
        planned: Vec::new(),
        workers: None,
    };
    run::ingest(&settings, &Watch { progress: &|_| (), stop: &AtomicBool::new(false) })?;
    Ok(Archive::open(&data.join("index"), Vec::new())?)
}

/// Puts a folder's dumps into place: a folder of folders is several lists, and so are mailboxes of public-inbox.
fn lay(folder: &Path, lists: &Path) -> Result<(), Box<dyn Error>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Box<dyn Error>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            lay(&path, lists)?;
            continue;
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let list = match file.split_once(".lists.") {
            Some((list, _)) => list.to_owned(),
            None => folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let into = lists.join(list);
        fs::create_dir_all(&into)?;
        // A link where the file system has them: nobody writes to a dump.
        if fs::hard_link(&path, into.join(&file)).is_err() {
            fs::copy(&path, into.join(&file))?;
        }
    }
    Ok(())
}
