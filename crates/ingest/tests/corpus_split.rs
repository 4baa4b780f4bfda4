//! Splits real archives and compares the number of messages with a count made by hand.
//!
//! The archives are other people's mail and not part of the repository: `PLENARY_CORPUS` names the folder they are unpacked in.

#![allow(clippy::unwrap_used, reason = "a test, which stops where something is amiss")]

mod corpus;

use std::{
    fs,
    path::{Path, PathBuf},
};

use plenary_ingest::{
    Framing,
    mbox::{Piece, split},
    source::{Limits, expand},
};

/// What a folder or file came apart into.
#[derive(Default)]
struct Sum {
    messages: usize,
    ambiguous: usize,
    strays: usize,
    failures: usize,
}

fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn count(path: &Path) -> Sum {
    assert!(path.exists(), "{} is part of the corpus", path.display());
    let mut sum = Sum::default();
    for file in files(path) {
        add(&file, &mut sum);
    }
    sum
}

fn add(path: &Path, sum: &mut Sum) {
    let limits = Limits::default();
    let mut splitter = split(expand(path, &limits).unwrap(), &limits);
    let mut total = 0;
    for piece in splitter.by_ref() {
        let (offset, length) = match piece {
            Ok(Piece::Message(raw)) => {
                sum.messages += 1;
                sum.ambiguous += usize::from(raw.framing == Framing::Ambiguous);
                (raw.offset, raw.bytes.len())
            }
            Ok(Piece::Stray(stray)) => {
                sum.strays += 1;
                (stray.offset, stray.bytes.len())
            }
            Err(_) => {
                sum.failures += 1;
                continue;
            }
        };
        assert_eq!(offset, total, "{} has no gap and no overlap", path.display());
        total += length as u64;
    }
    assert_eq!(splitter.total(), total);
}

/// Messages in a folder or file of the corpus. Folders whose count differs from that of the corpus's own table are those whose
/// From_ lines carry a date as in a Date header, which that table does not count: every line there that begins `From ` is one.
const EXPECTED: &[(&str, usize)] = &[
    ("r-devel", 80180),
    ("open/pipermail-arin-issued/arin-issued", 6256),
    ("open/pipermail-berlios/alricg-developer", 6),
    ("open/pipermail-berlios/canorus-devel", 996),
    ("open/pipermail-berlios/cdrecord-support", 972),
    ("open/pipermail-berlios/cuon-user-de", 21),
    ("open/pipermail-berlios/deepamehta-users", 430),
    ("open/pipermail-berlios/festlang-gvc", 80),
    ("open/pipermail-berlios/fetchmail-users", 3504),
    ("open/pipermail-berlios/genaro-somos-todos", 402),
    ("open/pipermail-berlios/gpsd-users", 5565),
    ("open/pipermail-berlios/gpt-usuarios", 858),
    ("open/pipermail-berlios/hatari-devel", 4282),
    ("open/pipermail-berlios/ion-general", 1954),
    ("open/pipermail-berlios/jelix-public", 854),
    ("open/pipermail-berlios/jverein-mailliste", 114),
    ("open/pipermail-berlios/klog-users", 96),
    ("open/pipermail-berlios/ledmac-users", 134),
    ("open/pipermail-berlios/los-angeles-devel-ru", 32),
    ("open/pipermail-berlios/mapnik-devel", 1516),
    ("open/pipermail-berlios/midgard-general", 308),
    ("open/pipermail-berlios/mirageiv-translations", 14),
    ("open/pipermail-berlios/mutt-ng-devel", 112),
    ("open/pipermail-berlios/mutt-ng-users", 323),
    ("open/pipermail-berlios/nikud-general", 237),
    ("open/pipermail-berlios/openthesaurus-discuss", 71),
    ("open/pipermail-berlios/pclos-il8n-dev", 419),
    ("open/pipermail-berlios/reportasistent-list", 174),
    ("open/pipermail-berlios/sonata-users", 1281),
    ("open/pipermail-berlios/swaml-devel", 149),
    ("open/pipermail-berlios/teamfound-development", 156),
    ("open/pipermail-berlios/x2go-i18n", 243),
    ("open/pipermail-berlios/xepersian-development", 140),
    ("open/pipermail-berlios/xfce-goodies-dev", 981),
    ("open/pipermail-python-committers/python-committers", 6819),
    ("open/pipermail-supertux-devel/supertux-devel", 758),
    ("open/pipermail-twisted/divunal-author", 266),
    ("open/pipermail-twisted/divunal-devel", 107),
    ("open/pipermail-twisted/reality", 231),
    ("open/public-inbox/b.a.t.m.a.n.lists.open-mesh.org.mbox", 3072),
    ("open/public-inbox/ksummit-discuss.lists.linuxfoundation.org.mbox", 759),
    ("open/public-inbox/mjpeg-users.lists.sourceforge.net.mbox", 395),
    ("open/public-inbox/samba-technical.lists.samba.org.mbox", 7117),
    ("open/public-inbox/tomoyo-users-en.lists.osdn.me.mbox", 66),
    ("open/mbox-robots-nexor", 198),
    ("open/mbox-bigbang-3gpp/3GPP_mbox", 109),
    ("open/mbox-bigbang-3gpp/2001-November.txt", 164),
    ("open/torture-perl-mail-box/mbox.src", 45),
    ("open/torture-perl-email-folder/mboxes/mboxcl2", 3),
    ("open/torture-perl-email-folder/mboxes/mboxcl2.lies", 3),
    ("hostile/attachments/filenames.mbox", 39),
    ("hostile/attachments/types.mbox.gz", 50),
    ("hostile/containers/gzip-bad-crc.mbox.gz", 1),
    ("hostile/containers/gzip-multimember.mbox.gz", 2),
    ("hostile/containers/gzip-trailing-garbage.mbox.gz", 1),
    ("hostile/containers/gzip-truncated.mbox.gz", 1),
    ("hostile/dates/dates.mbox", 32),
    ("hostile/ids/collision-across-lists-A.mbox", 1),
    ("hostile/ids/collision-across-lists-B.mbox", 1),
    ("hostile/ids/collision-attacker-first.mbox", 2),
    ("hostile/ids/collision-original-first.mbox", 5),
    ("hostile/ids/hostile-message-ids.mbox", 36),
    ("hostile/ids/missing-and-odd-ids.mbox", 18),
    ("hostile/logs/log-injection.mbox", 10),
    ("hostile/mbox/100k-tiny.mbox.gz", 100000),
    ("hostile/mbox/bom.mbox", 2),
    ("hostile/mbox/content-length-lies.mbox", 3),
    ("hostile/mbox/cr-only.mbox", 2),
    ("hostile/mbox/crlf.mbox", 2),
    ("hostile/mbox/empty.mbox", 0),
    ("hostile/mbox/from-forgery-mboxo.mbox", 3),
    ("hostile/mbox/from-prose.mbox", 2),
    ("hostile/mbox/html-error-page.mbox", 0),
    ("hostile/mbox/mixed-eol.mbox", 3),
    ("hostile/mbox/no-blank-line-before-from.mbox", 3),
    ("hostile/mbox/no-final-newline.mbox", 2),
    ("hostile/mbox/nul-filled.mbox.gz", 2),
    ("hostile/mbox/one-64MiB-line.mbox.gz", 2),
    ("hostile/mbox/only-from-lines.mbox", 1000),
    ("hostile/mbox/only-newlines.mbox", 0),
    ("hostile/mbox/pipermail-at-obfuscated.mbox", 1),
    ("hostile/mbox/preamble-garbage.mbox", 1),
    ("hostile/mbox/separator-variants.mbox", 11),
    ("hostile/mbox/truncated-in-base64.mbox", 1),
    ("hostile/mbox/truncated-in-header.mbox", 2),
    ("hostile/mime/header-bombs.mbox.gz", 127),
    ("hostile/mime/header-count-bomb.mbox.gz", 3),
    ("hostile/mime/nest-b64-rfc822-1000.mbox.gz", 2),
    ("hostile/mime/nest-b64-rfc822-16000.mbox.gz", 2),
    ("hostile/mime/nest-b64-rfc822-4000.mbox.gz", 2),
    ("hostile/mime/nest-multipart-1000.mbox.gz", 3),
    ("hostile/mime/nest-multipart-10000.mbox.gz", 3),
    ("hostile/mime/nest-multipart-100000.mbox.gz", 3),
    ("hostile/mime/nest-rfc822-1000.mbox.gz", 2),
    ("hostile/mime/nest-rfc822-10000.mbox.gz", 2),
    ("hostile/mime/nest-rfc822-100000.mbox.gz", 2),
    ("hostile/mime/nest-rfc822-40000.mbox.gz", 2),
    ("hostile/mime/nest-small.mbox", 40),
    ("hostile/mime/parser-crashers.mbox", 21),
    ("hostile/mime/rfc2047-abuse.mbox.gz", 19),
    ("hostile/mime/rfc2231-abuse.mbox.gz", 14),
    ("hostile/mime/structure-oddities.mbox.gz", 44),
    ("hostile/mime/wide-1000-parts.mbox.gz", 2),
    ("hostile/mime/wide-10000-parts.mbox.gz", 2),
    ("hostile/mime/wide-100000-parts.mbox.gz", 2),
    ("hostile/seo/spam-and-harvest.mbox", 2),
    ("hostile/spoof/authors.mbox", 26),
    ("hostile/spoof/sender-header-mix.mbox", 1),
    ("hostile/thirdparty/cpython-test_email.mbox.gz", 48),
    ("hostile/thirdparty/enmime.mbox.gz", 87),
    ("hostile/thirdparty/flanker.mbox.gz", 162),
    ("hostile/thirdparty/mail-parser-legacy.mbox.gz", 54),
    ("hostile/thirdparty/mail-parser-malformed.mbox.gz", 23),
    ("hostile/thirdparty/mail-parser-rfc-thirdparty.mbox.gz", 30),
    ("hostile/thirdparty/mailparse-files.mbox.gz", 3),
    ("hostile/thirdparty/mikel-mail.mbox.gz", 103),
    ("hostile/thirdparty/mime4j-testmsgs.mbox.gz", 80),
    ("hostile/thirdparty/mimekit-messages.mbox.gz", 37),
    ("hostile/thirdparty/nodemailer-mailparser.mbox.gz", 10),
    ("hostile/thirdparty/notmuch-corpora.mbox.gz", 56),
    ("hostile/thirdparty/public-inbox-t.mbox.gz", 17),
    ("hostile/thirdparty/roundcube-rendering.mbox.gz", 21),
    ("hostile/thirdparty/rspamd-functional.mbox.gz", 211),
    ("hostile/thirdparty/spamassassin-ham-2405.mbox.gz", 2405),
    ("hostile/threads/chain-10000.mbox.gz", 10000),
    ("hostile/threads/cycles-and-oddities.mbox", 1019),
    ("hostile/threads/fullrefs-1500.mbox.gz", 1500),
    ("hostile/threads/star-20000.mbox.gz", 20001),
    ("hostile/xss/firing-subset.mbox.gz", 3181),
    ("hostile/xss/header-and-filename.mbox.gz", 1750),
    ("hostile/xss/html-body.mbox.gz", 10585),
    ("hostile/xss/plain-body.mbox.gz", 10585),
    ("hostile/xss/remote-content.mbox", 170),
];

#[test]
fn every_archive_has_as_many_messages_as_were_counted() {
    let Some(root) = corpus::folder() else { return };
    let wrong: Vec<String> = EXPECTED
        .iter()
        .filter_map(|&(name, expected)| {
            let sum = count(&root.join(name));
            (sum.messages != expected).then(|| format!("{name}: {} for {expected}", sum.messages))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn genuine_archives_are_hardly_ever_ambiguous() {
    let Some(root) = corpus::folder() else { return };
    for name in ["r-devel", "open/pipermail-berlios", "open/pipermail-python-committers", "open/public-inbox"] {
        let sum = count(&root.join(name));
        assert!(sum.ambiguous * 5000 <= sum.messages, "{name}: {} of {}", sum.ambiguous, sum.messages);
        assert_eq!(sum.strays, 0, "{name} is mail from end to end");
    }
}

#[test]
fn a_forgery_is_marked_and_damaged_dumps_fail() {
    let Some(root) = corpus::folder() else { return };
    assert_eq!(count(&root.join("hostile/mbox/from-forgery-mboxo.mbox")).ambiguous, 1);
    let failing = [
        "bz2-256MiB.mbox.bz2",
        "gzip-1GiB.mbox.gz",
        "gzip-bad-crc.mbox.gz",
        "gzip-truncated.mbox.gz",
        "xz-256MiB.mbox.xz",
    ];
    for name in failing {
        assert_eq!(count(&root.join("hostile/containers").join(name)).failures, 1, "{name}");
    }
}
