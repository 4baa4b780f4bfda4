//! What is synced before and after the one rename that counts, as the system sees it.

use std::fs;

use crate::{archive::said, need, scenarios};

#[test]
fn the_catalogue_is_on_the_disk_before_the_engines_rename_and_the_folder_is_synced_after_it() {
    if !need("strace", "the order of calls") {
        return;
    }
    let scenario = scenarios::update();
    let archive = scenario.before.copy();
    let log = archive.data().with_file_name("calls").to_string_lossy().into_owned();
    let calls = "trace=rename,renameat,renameat2,fsync,fdatasync,write,openat,unlink";
    // `-y` names the file of each number.
    let run = said(
        archive
            .under(&["strace", "-f", "-y", "-qq", "-s", "40", "-o", &log, "-e", calls], &["ingest"])
            .output()
            .unwrap(),
    );
    assert!([0, 3].contains(&run.code), "{}", run.err);
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let find = |from: usize, what: &str, is: &dyn Fn(&str) -> bool| {
        from + lines[from..]
            .iter()
            .position(|line| is(line))
            .unwrap_or_else(|| panic!("{what}, after line {from}:\n{text}"))
    };
    let synced = |line: &str, name: &str| line.contains("sync(") && line.contains(name);
    let renamed = |line: &str, name: &str| line.contains("rename") && line.contains(name);
    let unsealed =
        find(0, "the seal is taken off", &|line| line.contains("unlink(") && line.contains("/index/seal.json"));
    let announced = find(unsealed, "the run is announced", &|line| renamed(line, "ledger/announced.json"));
    let catalogue = find(announced, "the catalogue is synced", &|line| synced(line, "/index/catalogue.2>"));
    let named = find(catalogue, "its name is synced", &|line| synced(line, "/index>"));
    let commit = find(named, "the commit", &|line| renamed(line, "/index/meta.json"));
    let folder = find(commit + 1, "the folder is synced", &|line| synced(line, "/index>"));
    let sealed = find(folder, "the seal is put on", &|line| renamed(line, "/index/seal.json"));
    find(sealed, "the ledger is synced", &|line| synced(line, "ledger/runs.jsonl>"));
    // The folder is synced before anything else is done with it.
    let between = &lines[commit + 1..folder];
    assert!(!between.iter().any(|line| line.contains("rename") || line.contains("unlink(")), "{between:#?}");
}
