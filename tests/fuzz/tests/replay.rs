//! Every input in `corpus/`, through its function: what was found once stays mended.

use std::{
    fs, panic,
    path::{Path, PathBuf},
};

use plenary_fuzz::TARGETS;

fn inputs(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut inputs: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a target has a corpus")
        .map(|entry| entry.expect("a corpus can be listed").path())
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_input_of_the_corpora_is_taken() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        assert!(inputs.len() > 2, "{name} has {} inputs", inputs.len());
        for path in inputs {
            let bytes = fs::read(&path).unwrap();
            // The panic itself is printed where it happens; here is what it was about.
            if panic::catch_unwind(|| target(&bytes)).is_err() {
                broken.push(path);
            }
        }
    }
    assert!(broken.is_empty(), "these inputs break a promise: {broken:#?}");
}

#[test]
fn inputs_are_small_and_everybody_in_them_is_invented() {
    for path in TARGETS.iter().flat_map(|(name, _)| inputs(name)) {
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() <= 64 << 10, "{} has {} bytes", path.display(), bytes.len());
        for host in String::from_utf8_lossy(&bytes).split('@').skip(1) {
            let host = host.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-').next().unwrap();
            let real = [".com", ".org", ".net", ".de", ".edu"].iter().any(|end| host.ends_with(end));
            let invented = ["example.org", "example.com", "example.net"].iter().any(|end| host.ends_with(end));
            assert!(invented || !real, "{} has an address at {host:?}", path.display());
        }
    }
}
