//! Machines on which an archive does not fit: a full disk, a disk that only reads, little memory.

use std::{
    collections::{BTreeSet, HashSet},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    amount,
    archive::{Archive, program, said},
    scenarios::{self, Scenario},
};

/// A disk of its own for an archive, in memory; unmounted with it.
struct Disk {
    archive: Archive,
    at: PathBuf,
    _folder: TempDir,
}

impl Disk {
    /// So many KiB, with the archive of a scenario on it; `None` where we may not mount.
    fn with(scenario: &Scenario, kib: usize) -> Option<Disk> {
        let folder = TempDir::new().unwrap();
        let at = folder.path().to_owned();
        let size = format!("size={kib}k");
        if !mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], &at) {
            return None;
        }
        let disk = Disk { archive: Archive::at(&at), at, _folder: folder };
        let copied = Command::new("cp").arg("-a").arg(scenario.before.data()).arg(&disk.at).status().unwrap();
        assert!(copied.success(), "{kib} KiB hold the archive as it is before");
        Some(disk)
    }

    fn again(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}")], &self.at), "remount with {options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

fn mount(options: &[&str], at: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(options).arg(at).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// KiB that a folder takes on such a disk, in pages; files of two names take it once.
fn size(folder: &Path) -> usize {
    let mut counted = HashSet::new();
    let mut of = |path: PathBuf| {
        let about = path.metadata().unwrap();
        if counted.insert(about.ino()) { about.len().div_ceil(4096) as usize * 4 } else { 0 }
    };
    crate::archive::files(folder).into_iter().map(&mut of).sum::<usize>() + 16
}

#[test]
fn a_disk_that_is_full_at_any_size_keeps_the_old_answers_and_with_more_room_the_run_goes_on() {
    for scenario in [scenarios::update(), scenarios::rebuild(), scenarios::first()] {
        let least = size(&scenario.before.data());
        // What the run needs at most, about: twice the index, and what it keeps beside it for a while.
        let most = least + 3 * 1024;
        let sizes = amount(4, |_| 67);
        let (mut full, mut done, mut said) = (0, 0, BTreeSet::new());
        for step in 0..sizes {
            // Closer together where it is short.
            let kib = least + (most - least) * (step * step) / (sizes * sizes) / 4 * 4 + 4;
            let Some(disk) = Disk::with(scenario, kib) else {
                eprintln!("nothing may be mounted here: full disks are left out");
                return;
            };
            let when = format!("{} on a disk of {kib} KiB", scenario.name);
            let run = disk.archive.run(&scenario.args());
            run.check_manners(&when);
            match run.code {
                4 => {
                    full += 1;
                    said.insert(disk.archive.without_folder(&run.err));
                }
                _ => done += 1,
            }
            scenario.check_answers(&disk.archive, &when);
            disk.again("size=64m");
            scenario.check(&disk.archive, &when);
        }
        eprintln!("{}: {sizes} sizes of disk, full on {full}, done on {done}; {said:#?}", scenario.name);
        assert!(full > 0 && (done > 0 || sizes < 50), "{}: sizes on both sides of enough", scenario.name);
    }
}

#[test]
fn a_disk_that_only_reads_is_searched_and_served_and_refuses_to_be_changed() {
    let scenario = scenarios::update();
    let Some(disk) = Disk::with(scenario, 64 << 10) else {
        eprintln!("nothing may be mounted here: read-only disks are left out");
        return;
    };
    disk.again("ro");
    scenario.check_answers(&disk.archive, "read-only");
    for args in [["ingest"].as_slice(), &["rebuild"], &["ingest", "--retry"]] {
        let run = disk.archive.run(args);
        assert_eq!(run.code, 4, "{args:?}");
        assert!(run.err.contains("read-only") && run.err.contains("help: "), "{args:?}: {}", run.err);
    }
    assert_eq!(disk.archive.run(&["ingest", "--dry-run"]).code, 0, "what would be done can be asked");
    assert!([0, 1].contains(&disk.archive.run(&["doctor"]).code));
    crate::damage::check_served(&disk.archive);
    disk.again("rw");
    scenario.check(&disk.archive, "writable again");
}

#[test]
fn with_little_memory_a_run_ends_or_says_why_and_the_index_opens() {
    let scenario = scenarios::update();
    let levels = amount(3, |_| 10);
    let mut done = 0;
    for level in 0..levels {
        // From 128 MiB to 4 GiB.
        let kib = (128 << 10) << (5 * level / (levels - 1));
        let archive = scenario.before.copy();
        let limit = format!("ulimit -v {kib}; exec \"$0\" \"$@\"");
        let run = said(archive.under(&["sh", "-c", &limit], &scenario.args()).output().unwrap());
        let when = format!("with {kib} KiB of memory");
        run.check_manners(&when);
        assert_eq!(run.err.contains("address space"), run.code == 4, "{when}: {}", run.err);
        done += usize::from(run.code != 4);
        scenario.check(&archive, &when);
    }
    eprintln!("{levels} amounts of memory: done with {done} of them ({})", program().display());
    assert!(done > 0 && done < levels, "with 4 GiB it is done, with 128 MiB it is not");
}
