//! The house rules that a machine can see.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::harness::repository;

/// Every Rust file below a folder of the repository.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 3, "{folder} has sources");
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// A file without its tests.
fn body(path: &Path) -> String {
    let text = read(path);
    text.split("\n#[cfg(test)]").next().unwrap_or("").to_owned()
}

fn is_tests(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn every_path_that_architecture_names_exists() {
    let text = read(&repository().join("ARCHITECTURE.md"));
    let named: Vec<&str> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| ["crates/", "tests/", "docs/", ".ci/"].iter().any(|start| word.starts_with(start)))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    for path in named {
        assert!(repository().join(path).exists(), "ARCHITECTURE.md names {path}, which is not there");
    }
    assert!(text.lines().count() <= 120, "two pages are enough");
}

#[test]
fn every_file_opens_with_its_purpose() {
    for path in sources("crates").into_iter().chain(sources("tests")) {
        assert!(read(&path).starts_with("//!"), "{}", path.display());
    }
}

#[test]
fn each_foreign_library_has_one_door() {
    for path in sources("crates").into_iter().filter(|path| !is_tests(path)) {
        let text = body(&path);
        let name = path.strip_prefix(repository()).unwrap().to_string_lossy().into_owned();
        if text.contains("mail_parser::") {
            assert!(name.ends_with("ingest/src/parse/mime.rs"), "{name} names mail_parser");
        }
        if text.contains("tantivy::") {
            assert!(name.contains("crates/index/"), "{name} names tantivy");
        }
    }
}

#[test]
fn imports_run_one_way() {
    for (package, never) in [
        ("ingest", ["plenary-index", "plenary-web", "tantivy", "axum"].as_slice()),
        ("index", &["plenary-web", "mail-parser", "axum"]),
        ("web", &["plenary-ingest", "tantivy", "mail-parser"]),
        ("cli", &["tantivy", "mail-parser"]),
    ] {
        let manifest = read(&repository().join(format!("crates/{package}/Cargo.toml")));
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for name in never {
            assert!(!dependencies.lines().any(|line| line.starts_with(name)), "{package} depends on {name}");
        }
    }
}

#[test]
fn files_stay_small() {
    let mut sizes: Vec<(usize, PathBuf)> = sources("crates")
        .into_iter()
        .filter(|path| !is_tests(path))
        .map(|path| (body(&path).lines().count(), path))
        .collect();
    sizes.sort();
    let (largest, path) = sizes.last().unwrap();
    assert!(*largest <= 400, "{} has {largest} lines", path.display());
    let (median, _) = sizes[sizes.len() / 2];
    assert!(median <= 150, "the median file has {median} lines");
}

#[test]
fn nothing_is_unwrapped_outside_tests_and_no_test_is_ignored() {
    for path in sources("crates").into_iter().chain(sources("tests")) {
        let text = read(&path);
        // Put together here, so that this file does not find itself.
        let ignored = ["#[", "ignore"].concat();
        assert!(!text.contains(&ignored), "{} ignores a test", path.display());
        if !is_tests(&path) {
            assert!(!body(&path).contains(".unwrap()"), "{} unwraps", path.display());
        }
    }
}

#[test]
fn everybody_in_the_fixtures_is_invented() {
    let folder = repository().join("tests/fixtures");
    let mut seen = 0;
    for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for after in text.split('@').skip(1) {
            seen += 1;
            let host = after.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-').next().unwrap();
            let invented = ["example.org", "example.com", "example.net"]
                .iter()
                .any(|end| host.trim_end_matches('.').ends_with(end));
            assert!(invented, "{} has an address at {host:?}", path.display());
        }
    }
    assert!(seen > 50, "{seen} addresses were looked at");
}
