//! Finding dumps and reading what they are packed in.

use std::io::{Read, Write};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::*;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dump");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// What a dump gives: `message BYTES`, `stray: reason`, `refused: reason`, in order; then its format and notes.
fn outline_of(path: &Path, limits: &Limits) -> Result<Vec<String>, Error> {
    let mut pieces = read(path, limits)?;
    let mut lines = Vec::new();
    let mut places: Vec<(u64, u64)> = Vec::new();
    for found in pieces.by_ref() {
        lines.push(match found? {
            Found::Message(raw) => {
                places.push((raw.offset, raw.bytes.len() as u64));
                format!("message {}", raw.bytes.len())
            }
            Found::Stray(stray) => format!("stray: {}", stray.reason),
            Found::Refused(refused) => format!("refused: {}", refused.reason),
        });
    }
    assert!(
        places.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0),
        "no two messages share a byte: {places:?}"
    );
    lines.push(pieces.format());
    lines.extend(pieces.notes());
    assert_eq!(pieces.digest().unwrap(), digest(path).unwrap(), "both ways to the digest agree");
    Ok(lines)
}

#[track_caller]
fn check_outline(path: &Path, expected: &[&str]) {
    let lines = outline_of(path, &Limits::default()).unwrap();
    assert_eq!(lines, expected, "{}", path.display());
}

/// A mailbox of so many messages of 59 bytes.
fn mailbox(count: usize) -> Vec<u8> {
    b"From ann@example.org Thu Jan  1 00:00:00 2015\nA: b\n\ntext\n\n\n".repeat(count)
}

#[track_caller]
fn check(stored: &[u8], packing: &str, expected: &[u8]) {
    let (_folder, path) = written(stored);
    let account = Account::new(&Limits::default());
    let handle = Handle::open(&path, &account).unwrap();
    let mut unpacked = packing::unpack(Box::new(handle.clone())).unwrap();
    let mut expanded = Vec::new();
    unpacked.bytes.read_to_end(&mut expanded).unwrap();
    assert_eq!(unpacked.packing, packing);
    assert!(expanded == expected, "{packing}: {} bytes for {}", expanded.len(), expected.len());
    handle.drain().unwrap();
    assert_eq!(account.digest(), *blake3::hash(stored).as_bytes());
    assert_eq!(digest_of_file(&path).unwrap(), *blake3::hash(stored).as_bytes());
}

/// What the error says when `stored` is read to its end.
#[track_caller]
fn check_refused(stored: &[u8], limits: Limits, reason: &str) {
    let (_folder, path) = written(stored);
    let error = outline_of(&path, &limits).unwrap_err();
    let mut said = error.to_string();
    if let Some(source) = std::error::Error::source(&error) {
        said.push_str(&source.to_string());
    }
    assert!(said.contains(reason), "{said}");
}

#[test]
fn every_packing_is_known_by_its_first_bytes() {
    let text = b"From ann@example.org Thu Jan  1 00:00:00 2015\nA: b\n".repeat(9000);
    check(&text, "plain", &text);
    check(b"", "plain", b"");
    check(&gzip(&text), "gzip", &text);
    check(&bzip2(&text), "bzip2", &text);
    check(&zstd::encode_all(&text[..], 3).unwrap(), "zstd", &text);
}

#[test]
fn an_xz_file_is_unpacked() {
    // `printf 'A: b\n' | xz`, for the decoder comes without an encoder. Its sum at the end is left out here.
    let stored = b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4F\x02\0!\x01\x16\0\0\0t/\xe5\xa3\x01\0\x04A: b\n\0\0\0";
    let mut unpacked = packing::unpack(Box::new(&stored[..])).unwrap();
    let mut start = [0; 5];
    assert_eq!(unpacked.packing, "xz");
    unpacked.bytes.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"A: b\n");
}

#[test]
fn members_in_a_row_are_one_dump() {
    check(&[gzip(b"one"), gzip(b""), gzip(b"two")].concat(), "gzip", b"onetwo");
    check(&[bzip2(b"one"), bzip2(b"two")].concat(), "bzip2", b"onetwo");
}

#[test]
fn bytes_after_the_last_member_end_the_dump_and_are_told_of() {
    for (tail, told) in [(&b"garbage"[..], true), (b"\0\0\0\0", false), (b"", false)] {
        let (_folder, path) = written(&[&gzip(&mailbox(1))[..], tail].concat());
        let lines = outline_of(&path, &Limits::default()).unwrap();
        assert_eq!(lines.iter().any(|line| line.starts_with("stray: bytes after the end")), told, "{lines:?}");
    }
}

#[test]
fn damage_and_truncation_are_errors() {
    let mut stored = gzip(b"some text that was once whole");
    let last = stored.len() - 6;
    stored[last] ^= 1;
    check_refused(&stored, Limits::default(), "checksum");
    stored.truncate(20);
    check_refused(&stored, Limits::default(), "deflate");
}

#[test]
fn a_dump_may_expand_up_to_its_limit_and_no_further() {
    let limits = Limits { expanded: 1000, ..Limits::default() };
    let (_folder, path) = written(&gzip(&[b'x'; 1000]));
    assert!(outline_of(&path, &limits).is_ok());
    check_refused(&gzip(&[b'x'; 1001]), limits, "limit of 1000 bytes");
}

#[test]
fn a_bomb_is_refused_once_it_is_past_the_grace() {
    let bomb = gzip(&vec![0; 4 << 20]);
    check_refused(&bomb, Limits { ratio_from: 1 << 20, ..Limits::default() }, "as a bomb would");
    check(&bomb, "gzip", &vec![0; 4 << 20]);
}

#[test]
fn a_missing_file_names_itself() {
    let error = read(Path::new("/nowhere/at/all"), &Limits::default()).err().unwrap();
    assert_eq!(error.to_string(), "cannot open `/nowhere/at/all`");
    assert!(discover(Path::new("/nowhere/at/all"), &[]).is_err());
}

fn tree(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }
    folder
}

/// `list:name` of each dump, then `!name: reason` of what was left out.
fn outline(folder: &Path) -> Vec<String> {
    let Discovered { dumps, skipped, .. } = discover(folder, &[]).unwrap();
    let root = fs::canonicalize(folder).unwrap();
    let dumps = dumps.into_iter().map(|dump| {
        assert!(dump.path.is_absolute() && dump.size == 1 && dump.modified > 1_000_000_000);
        format!("{}:{}", dump.list, dump.name)
    });
    let skipped =
        skipped.into_iter().map(|(path, reason)| format!("!{}: {reason}", path.strip_prefix(&root).unwrap().display()));
    dumps.chain(skipped).collect()
}

#[test]
fn dumps_are_the_files_in_folders_of_lists() {
    let folder =
        tree(&["b/2016.mbox", "a/new/2015.mbox.gz", "a/.hidden", "a/README.md", "a/list.toml", ".git/x", "loose"]);
    let loose = "!loose: in no list's folder; move it into a folder named after its list";
    assert_eq!(outline(folder.path()), ["a:a/new/2015.mbox.gz", "b:b/2016.mbox", loose]);
}

#[cfg(unix)]
#[test]
fn links_lead_to_files_of_the_lists_folder_only() {
    use std::os::unix::fs::symlink;
    let folder = tree(&["a/one"]);
    let outside = tree(&["secret"]);
    symlink(outside.path().join("secret"), folder.path().join("a/out")).unwrap();
    symlink(folder.path().join("a"), folder.path().join("a/round")).unwrap();
    symlink(folder.path().join("a/one"), folder.path().join("a/two")).unwrap();
    let expected = ["a:a/one", "a:a/two", "!a/out: a link out of the lists' folder", "!a/round: a link to a folder"];
    assert_eq!(outline(folder.path()), expected);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_looked_at_is_refused_and_not_taken_for_what_is_not_there() {
    use std::os::unix::fs::symlink;
    let folder = tree(&["a/one"]);
    // No name is so long; that is all the system says.
    symlink("x".repeat(300), folder.path().join("a/far")).unwrap();
    symlink("nothing", folder.path().join("a/gone")).unwrap();
    symlink("round", folder.path().join("a/round")).unwrap();
    let found = discover(folder.path(), &[]).unwrap();
    assert_eq!(found.refused.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a/far"]);
    assert_eq!(found.skipped.len(), 3, "{:?}", found.skipped);

    let inbox = tree(&["git/0.git/HEAD", "git/0.git/objects/x", "git/0.git/refs/x"]);
    assert!(matches!(Folder::of(inbox.path()), Ok(Folder::Inbox(epochs)) if epochs.len() == 1));
    symlink("packed-refs", inbox.path().join("git/0.git/packed-refs")).unwrap();
    assert!(digest(inbox.path()).is_err(), "refs that cannot be read are not refs that are not there");
    symlink("1.git", inbox.path().join("git/1.git")).unwrap();
    assert!(Folder::of(inbox.path()).is_err(), "nor is an epoch");
    assert!(Folder::of(&inbox.path().join("git/1.git")).is_err(), "nor a Maildir");
}

/// A tar of these members, as `tar` writes it.
fn tape(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Not through `set_path`, which refuses names that lead out.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn a_tar_gives_the_messages_of_its_members_and_says_what_it_leaves_out() {
    let packed = gzip(&mailbox(2));
    let members = [
        ("l/2016-July.txt", mailbox(3)),
        ("../../out.mbox", mailbox(1)),
        ("l/2016-June.txt.gz", packed),
        ("l/index.html", b"<html>".to_vec()),
        ("l/nothing", b"no mail at all\n".to_vec()),
        ("inner.tar", tape(&[("x", &mailbox(1))])),
    ];
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    for stored in [tape(&members), gzip(&tape(&members))] {
        let (_folder, path) = written(&stored);
        let lines = outline_of(&path, &Limits::default()).unwrap();
        let messages = lines.iter().filter(|line| line.starts_with("message")).count();
        assert_eq!(messages, 6, "{lines:?}");
        let refused: Vec<&String> = lines.iter().filter(|line| line.starts_with("refused")).collect();
        assert!(
            refused.len() == 2 && refused[0].contains("l/nothing") && refused[1].contains("inner.tar"),
            "{refused:?}"
        );
        assert!(lines.last().unwrap().contains("1 member that is no mail is left out: l/index.html"), "{lines:?}");
    }
}

#[test]
fn a_tar_that_is_cut_short_is_refused_whole_when_packed_and_told_when_plain() {
    let whole = tape(&[("a.mbox", &mailbox(40)), ("b.mbox", &mailbox(40))]);
    let (_folder, path) = written(&whole[..4000]);
    let lines = outline_of(&path, &Limits::default()).unwrap();
    assert!(lines.iter().any(|line| line.contains("cut short")), "{lines:?}");
    let packed = gzip(&whole);
    check_refused(&packed[..packed.len() / 2], Limits::default(), "fetch it again");
}

#[test]
fn an_archive_may_have_so_many_members_and_no_more() {
    let members: Vec<(&str, &[u8])> = vec![("empty", b"".as_slice()); 3];
    let (_folder, path) = written(&tape(&members));
    assert!(outline_of(&path, &Limits { members: 3, ..Limits::default() }).is_ok());
    check_refused(&tape(&members), Limits { members: 2, ..Limits::default() }, "limit of 2 members");
}

/// A zip of these members: name, bytes, whether deflated. As APPNOTE 6.3 draws it, with nothing optional.
fn zipped(members: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, deflated) in members {
        let stored = if *deflated {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        } else {
            bytes.to_vec()
        };
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut common = vec![20, 0, 0, 0, if *deflated { 8 } else { 0 }, 0, 0, 0, 0, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend((stored.len() as u32).to_le_bytes());
        common.extend((bytes.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend([b"PK\x01\x02\x14\0".as_slice(), &common, &[0; 10]].concat());
        directory.extend((file.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend([b"PK\x03\x04".as_slice(), &common, name.as_bytes(), &stored].concat());
    }
    let (count, start) = (members.len() as u16, file.len() as u32);
    file.extend_from_slice(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

#[test]
fn a_zip_gives_the_messages_of_its_members_in_their_order() {
    let (two, one) = (mailbox(2), mailbox(1));
    let stored =
        zipped(&[("a.mbox", &two, true), ("/etc/b.mbox", &one, false), ("c.png", b"x", false), ("a.mbox", &one, true)]);
    let (_folder, path) = written(&stored);
    let lines = outline_of(&path, &Limits::default()).unwrap();
    assert_eq!(
        lines.iter().filter(|line| line.starts_with("message")).count(),
        4,
        "two of one name are two: {lines:?}"
    );
    assert!(lines.contains(&"zip: 4 members, mboxo".to_owned()), "{lines:?}");
}

#[test]
fn a_damaged_member_of_a_zip_does_not_cost_the_others() {
    let (two, one) = (mailbox(2), mailbox(1));
    let mut stored = zipped(&[("a.mbox", &two, false), ("b.mbox", &one, false)]);
    let at = stored.windows(4).position(|window| window == b"text").unwrap();
    stored[at] = b'T';
    let (_folder, path) = written(&stored);
    let lines = outline_of(&path, &Limits::default()).unwrap();
    assert!(lines.iter().any(|line| line.starts_with("refused: a.mbox: it is damaged")), "{lines:?}");
    assert_eq!(
        lines.iter().rfind(|line| line.starts_with("message")).unwrap(),
        "message 59",
        "b.mbox is read: {lines:?}"
    );
}

#[test]
fn a_zip_without_its_directory_is_refused() {
    let stored = zipped(&[("a.mbox", &mailbox(2), true)]);
    check_refused(&stored[..stored.len() - 10], Limits::default(), "no directory");
}

#[test]
fn a_maildir_is_one_dump_and_flags_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = folder.path().join("l/mail");
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(part)).unwrap();
    }
    let mail = |id: &str| {
        format!("Message-ID: <{id}>\nSubject: x\n\nFrom here on.\nFrom ann@x.org Thu Jan  1 00:00:00 2015\nA: b\n")
    };
    fs::write(maildir.join("cur/1.host:2,S"), mail("a@x.org")).unwrap();
    fs::write(maildir.join("new/2.host"), mail("b@x.org")).unwrap();
    fs::write(maildir.join("tmp/3.host"), "half").unwrap();
    check_outline(&maildir, &["message 93", "message 93", "maildir: 2 members, single"]);
    let Discovered { dumps, skipped, .. } = discover(folder.path(), &[]).unwrap();
    assert_eq!((dumps.len(), dumps[0].name.as_str()), (1, "l/mail"));
    assert!(skipped[0].1.contains("1 in tmp/"), "{skipped:?}");
    let before = digest(&maildir).unwrap();
    fs::rename(maildir.join("new/2.host"), maildir.join("cur/2.host:2,RS")).unwrap();
    assert_eq!(digest(&maildir).unwrap(), before, "a message that was read is the same message");
    let again = discover(folder.path(), &[]).unwrap().dumps;
    assert_eq!((again[0].size, again[0].modified), (dumps[0].size, dumps[0].modified), "and nothing looks changed");
    fs::write(maildir.join("new/4.host"), mail("c@x.org")).unwrap();
    assert_ne!(discover(folder.path(), &[]).unwrap().dumps[0].modified, dumps[0].modified, "a new one shows");
}

#[test]
fn loose_messages_and_folders_beside_a_maildir_s_own_are_dumps_and_notes_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = folder.path().join("l/mail");
    for part in ["cur", "new", "inner/cur", "inner/new", "plain"] {
        fs::create_dir_all(maildir.join(part)).unwrap();
    }
    for name in [
        "loose.eml",
        "inner/07:2,",
        "plain/a.mbox",
        "dovecot-uidlist",
        "maildirfolder",
        "subscriptions",
        ".uidvalidity",
    ] {
        fs::write(maildir.join(name), "Subject: x\n\ny\n").unwrap();
    }
    let names: Vec<String> = discover(folder.path(), &[]).unwrap().dumps.into_iter().map(|dump| dump.name).collect();
    assert_eq!(names, ["l/mail", "l/mail/inner", "l/mail/inner/07:2,", "l/mail/loose.eml", "l/mail/plain/a.mbox"]);
}

/// Runs git in a folder; `false` where there is no git.
fn git(folder: &Path, args: &[&str]) -> bool {
    let identity = ["-c", "user.name=ci", "-c", "user.email=ci@example.org", "-c", "commit.gpgsign=false"];
    let run = std::process::Command::new("git").args(identity).args(args).current_dir(folder).output();
    run.is_ok_and(|output| {
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        true
    })
}

#[test]
fn a_public_inbox_gives_what_came_and_was_not_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("l/inbox");
    let epoch = root.join("git/0.git");
    let work = folder.path().join("work");
    fs::create_dir_all(&work).unwrap();
    fs::create_dir_all(epoch.parent().unwrap()).unwrap();
    if !git(&work, &["init", "--quiet", "--initial-branch=master"]) {
        println!("left out: there is no git");
        return;
    }
    let commit = |file: &str, text: &str| {
        let _ = fs::remove_file(work.join("m"));
        let _ = fs::remove_file(work.join("d"));
        fs::write(work.join(file), text).unwrap();
        git(&work, &["add", "--all"]);
        git(&work, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
    };
    let mail = |id: &str| format!("Message-ID: <{id}>\nSubject: x\n\ntext\n");
    commit("m", &mail("a@x.org"));
    commit("m", &mail("spam@x.org"));
    commit("d", &mail("spam@x.org"));
    commit("m", &mail("b@x.org"));
    git(&work, &["clone", "--quiet", "--bare", ".", epoch.to_str().unwrap()]);
    let dumps = discover(folder.path().join("l").parent().unwrap(), &[]).unwrap().dumps;
    assert!(dumps.iter().any(|dump| dump.name == "l/inbox"), "{dumps:?}");
    let lines = outline_of(&root, &Limits::default()).unwrap();
    assert_eq!(lines[..2], ["message 39", "message 39"], "{lines:?}");
    assert!(lines[2].starts_with("public-inbox: 2 members") && lines[3].contains("taken away"), "{lines:?}");
}
