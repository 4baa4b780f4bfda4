//! The program as a process: ingesting, and serving; and what to ask it.

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use crate::client;

/// Ingests what is new, in a process of its own.
pub(crate) fn ingest(data: &Path) -> Result<(), Box<dyn Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_plenary")).arg("--data").arg(data).args(["ingest", "-q"]).output()?;
    match output.status.code() {
        Some(0 | 3) => Ok(()),
        code => Err(format!("the ingest ended with {code:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// The program, serving; ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Result<Server, Box<dyn Error>> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_plenary"))
            .arg("--data")
            .arg(data)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no standard error")?).lines();
        let line = lines.next().ok_or("the server ended at once")??;
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.ok_or_else(|| format!("no address in `{line}`"))?.to_owned();
        thread::spawn(move || lines.for_each(drop));
        // The first search reads the index from disk; that is not what is measured.
        client::get(&address, "/search?q=the")?;
        Ok(Server { child, address })
    }

    /// KiB of memory at its peak.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    /// KiB of memory now.
    pub(crate) fn resident(&self) -> Option<u64> {
        self.memory("VmRSS:")
    }

    /// KiB of that which are its own now. The rest is of files, above all the index, whose pages the system takes back when it needs them.
    pub(crate) fn own(&self) -> Option<u64> {
        self.memory("RssAnon:")
    }

    /// Files and connections open now.
    pub(crate) fn open_files(&self) -> Option<usize> {
        Some(fs::read_dir(format!("/proc/{}/fd", self.child.id())).ok()?.count())
    }

    fn memory(&self, key: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix(key))?.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// So many different queries of two words that stand beside each other in the dumps.
pub(crate) fn words(dumps: &[PathBuf], most: usize) -> Result<Vec<String>, Box<dyn Error>> {
    let mut seen = std::collections::HashSet::new();
    let mut out = Vec::new();
    // Some of each dump, so that the queries are of all times.
    for dump in dumps {
        let bytes = fs::read(dump)?;
        let text = String::from_utf8_lossy(&bytes);
        let plain = |word: &str| (3..12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let all: Vec<&str> = text.split_whitespace().collect();
        let pairs = all.windows(2).filter(|pair| plain(pair[0]) && plain(pair[1])).step_by(7);
        for pair in pairs.take(most / dumps.len() + 1) {
            let query = format!("{} {}", pair[0], pair[1]);
            if seen.insert(query.clone()) {
                out.push(query);
            }
        }
    }
    out.truncate(most);
    Ok(out)
}
