//! The doctor over small archives to which something was done.

use std::fs;

use super::*;
use crate::{catalogue::Written, run::tests::Archive};

#[test]
fn no_repair_rebuilds_what_the_dumps_and_the_ledger_no_longer_say_whole() {
    type Deed = fn(&Archive);
    let deeds: [(&str, Deed); 4] = [
        ("changed", |archive| archive.put("a.mbox", 0..3)),
        ("gone", |archive| fs::remove_file(archive.data().join("lists/l/a.mbox")).unwrap()),
        ("ledger", |archive| fs::remove_file(archive.data().join("ledger/runs.jsonl")).unwrap()),
        ("ledger", |archive| {
            let path = archive.data().join("ledger/runs.jsonl");
            fs::write(&path, [b"{\"undo\":\xff}\n", &fs::read(&path).unwrap()[..]].concat()).unwrap();
        }),
    ];
    // Of the catalogue too, for then only the ledger can tell.
    for spoilt in [&[".store"][..], &[".store", "catalogue"]] {
        for (word, deed) in deeds {
            let archive = Archive::new();
            spoilt.iter().for_each(|what| archive.spoil(what));
            deed(&archive);
            let found = found_in(&archive);
            let in_the_way = |(cure, what): &(Cure, String)| *cure == Cure::PutBack && what.contains(word);
            assert!(found.iter().any(in_the_way), "{word}, {spoilt:?}: {found:?}");
            let before = fs::read(archive.index().join(commit_file())).unwrap();
            let refused = archive.run(run::repair);
            assert!(matches!(refused, Err(Error::WouldLose { .. })), "{word}, {spoilt:?}: {refused:?}");
            assert_eq!(fs::read(archive.index().join(commit_file())).unwrap(), before, "{word}: it stands");
            assert!(archive.run(run::rebuild).is_ok(), "{word}: who asks for it by name gets it");
        }
        let archive = Archive::new();
        spoilt.iter().for_each(|what| archive.spoil(what));
        archive.put("c.mbox", 20..22);
        assert!(archive.run(run::repair).is_ok(), "a new dump is in nobody's way");
        assert_eq!(found_in(&archive), []);
    }
}

fn found_in(archive: &Archive) -> Vec<(Cure, String)> {
    let found = examine(archive.data(), &|_| ()).unwrap();
    found.into_iter().map(|finding| (finding.cure, finding.what)).collect()
}

fn commit_file() -> &'static str {
    crate::commit::META
}

#[test]
fn a_message_that_is_stored_otherwise_than_it_was_written_is_damage_whatever_the_sums_say() {
    let archive = Archive::new();
    let mut catalogue = catalogue_of(&archive.index()).unwrap();
    let (key, written) = catalogue.written.iter().next().map(|(key, written)| (*key, *written)).unwrap();
    catalogue.written.insert(key, Written { bytes: written.bytes ^ 1, ..written });
    catalogue.store(&archive.index()).unwrap();
    seal::put_on(&archive.index(), Path::new("nowhere")).unwrap();
    let found = found_in(&archive);
    assert!(matches!(&found[..], [(Cure::Rebuild, what)] if what.contains(&key.name())), "{found:?}");
}

#[test]
fn what_a_run_kept_is_not_lost_and_what_only_a_replaced_dump_held_is_named() {
    let archive = Archive::new();
    archive.put("a.mbox", 0..2);
    let kept = archive.run(run::ingest).unwrap().kept;
    assert_eq!(kept.len(), 1);
    let found = found_in(&archive);
    assert!(matches!(&found[..], [(Cure::Ingest, _)]), "the kept dump is there, if unread: {found:?}");
    fs::remove_file(archive.data().join("lists").join(&kept[0])).unwrap();
    let found = found_in(&archive);
    assert!(
        matches!(&found[..], [(Cure::PutBack, what)] if what.ends_with("lose 2: l/a.mbox as it was before")),
        "{found:?}"
    );
}

#[test]
fn while_a_run_is_at_work_nothing_is_taken_for_damage() {
    let archive = Archive::new();
    let lock = std::cell::RefCell::new(Some(store::lock(archive.data()).unwrap()));
    seal::take_off(&archive.index()).unwrap();
    let told = std::cell::Cell::new(0);
    let found = examine(archive.data(), &|holder| {
        assert!(holder.starts_with(" (process "), "{holder}");
        told.set(told.get() + 1);
        // The run ends.
        seal::put_on(&archive.index(), Path::new("nowhere")).unwrap();
        lock.borrow_mut().take();
    })
    .unwrap();
    assert_eq!((found, told.get()), (Vec::new(), 1));
}

#[test]
fn an_index_without_its_seal_is_read_by_the_sums_of_the_engine() {
    let archive = Archive::new();
    seal::take_off(&archive.index()).unwrap();
    assert_eq!(damaged_files(&archive.index()).unwrap(), Vec::<PathBuf>::new());
    archive.spoil(".store");
    let damaged = damaged_files(&archive.index());
    assert!(matches!(&damaged, Ok(files) if files[0].extension().is_some_and(|end| end == "store")), "{damaged:?}");
}

#[test]
fn what_only_helps_refuses_nobody_and_is_made_again_by_a_run() {
    let archive = Archive::new();
    for what in [".stems", ".managed.json"] {
        archive.spoil(what);
        assert!(Store::open(&archive.index()).is_ok(), "{what}");
        assert!(matches!(&found_in(&archive)[..], [(Cure::Ingest, name)] if name.contains(what)), "{what}");
        archive.run(run::ingest).unwrap();
        assert_eq!(found_in(&archive), [], "{what}");
    }
}

#[test]
fn what_was_taken_down_is_not_missed() {
    let archive = Archive::new();
    let ids = ["0@example.org", "1@example.org", "2@example.org", "3@example.org"];
    archive.run(|settings, watch| run::remove(settings, watch, &ids[..3], "asked for")).unwrap();
    fs::remove_file(archive.data().join("lists/l/a.mbox")).unwrap();
    assert!(matches!(&found_in(&archive)[..], [(Cure::PutBack, what)] if what.contains("would lose 1: l/a.mbox")));
    archive.run(|settings, watch| run::remove(settings, watch, &ids[3..], "asked for")).unwrap();
    // Only the index held this one, so it was written into a dump.
    assert!(matches!(&found_in(&archive)[..], [(Cure::Ingest, what)] if what.contains("kept-")));
    archive.run(run::ingest).unwrap();
    assert_eq!(found_in(&archive), []);
}
