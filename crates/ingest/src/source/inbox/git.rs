//! The `git` program, run on a repository that nobody vouches for.

use std::{
    io::{self, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use super::history::Blob;
use crate::{
    Error,
    source::{
        account::Account,
        packing::Bytes,
        section::{Section, Stream},
    },
};

/// How many objects are asked for ahead: their names, of 65 bytes at most, must fit into a pipe of 4 KiB, so that asking
/// never waits for an answer to be read.
const AHEAD: usize = 32;

/// Longest line with which git answers: a name, a type and a size.
const ANSWER: u64 = 256;

/// Refuses what would make git read outside of the repository: then objects of other repositories on this machine could be
/// published by whoever made this one.
pub(super) fn check(repository: &Path) -> Result<(), Error> {
    for (file, what) in [("objects/info/alternates", "objects"), ("commondir", "parts")] {
        if is_there(repository, file)? {
            return Err(Error::refused(format!(
                "its {what} lie in another repository ({file}); clone it whole, with `git clone --mirror`"
            )));
        }
    }
    if is_there(repository, "shallow")? {
        let reason = "it is a shallow clone, which lacks the older messages; run `git fetch --unshallow` in it";
        return Err(Error::refused(reason));
    }
    Ok(())
}

/// Whether a repository has a file; what cannot be looked at might be there.
fn is_there(repository: &Path, file: &str) -> Result<bool, Error> {
    let path = repository.join(file);
    path.try_exists().map_err(|source| Error::Open { path, source })
}

/// A git command on a repository: no hooks, no settings but these, nothing fetched, nothing asked, nothing written. No
/// argument comes from the repository.
pub(super) fn command(repository: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command
        .envs([
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" }),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C"),
        ])
        // The repository's own settings are read all the same; these win over those that could run a program.
        .args(["--no-pager", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(["-c", "log.showSignature=false", "-c", "log.mailmap=false", "-c", "log.showRoot=true"])
        .args(["-c", "protocol.allow=never"])
        .arg("--git-dir")
        .arg(repository)
        .args(arguments)
        .stderr(Stdio::null());
    command
}

/// Starts a command.
pub(super) fn start(command: &mut Command) -> Result<Child, Error> {
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::refused(
            "it is a git repository, and the program `git` is not there to read it; install git and ingest again",
        ),
        _ => Error::refused(format!("the program `git` cannot be run: {error}")),
    })
}

/// Why nothing of a repository is taken when git gives up on it.
pub(super) fn gave_up() -> Error {
    Error::refused("git cannot read it to the end; run `git fsck` in it, and clone it again if that finds damage")
}

/// The objects of one repository, in the order asked for.
pub(super) struct Objects {
    child: Child,
    asked: ChildStdin,
    answers: Stream,
    /// How many were asked for and not answered yet.
    waiting: usize,
    opened: bool,
}

impl Objects {
    pub(super) fn open(repository: &Path, account: &Arc<Account>) -> Result<Objects, Error> {
        let mut command = command(repository, &["cat-file", "--batch"]);
        let mut child = start(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let (Some(asked), Some(answers)) = (child.stdin.take(), child.stdout.take()) else { return Err(gave_up()) };
        let answers: Bytes = Box::new(BufReader::new(Counted { answers, account: Arc::clone(account) }));
        Ok(Objects { child, asked, answers: Stream::new(answers), waiting: 0, opened: false })
    }

    /// The next object, which must be `blob`, with its length; `after` are those that will be asked for next. `None` when the
    /// repository lacks it.
    pub(super) fn next(&mut self, blob: &Blob, after: &[Blob]) -> Result<Option<(u64, Section)>, Error> {
        // A line end follows each object.
        if std::mem::take(&mut self.opened) && !self.answers.skip(1).is_ok_and(|whole| whole) {
            return Err(gave_up());
        }
        if self.waiting == 0 {
            let ahead = std::iter::once(blob).chain(after).take(AHEAD);
            let names: Vec<String> = ahead.map(|blob| format!("{}\n", blob.id)).collect();
            self.waiting = names.len();
            let asked = self.asked.write_all(names.concat().as_bytes()).and_then(|()| self.asked.flush());
            asked.map_err(|_| gave_up())?;
        }
        self.waiting -= 1;
        let answer = self.answer().map_err(|_| gave_up())?;
        let mut words = answer.split_ascii_whitespace();
        let named = words.next().is_some_and(|name| name == blob.id.to_string());
        match (words.next(), words.next().and_then(|size| size.parse().ok())) {
            (Some("blob"), Some(size)) if named => {
                self.opened = true;
                Ok(Some((size, self.answers.section(size))))
            }
            (Some("missing"), _) if named => Ok(None),
            _ => Err(gave_up()),
        }
    }

    fn answer(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        while line.len() < ANSWER as usize && self.answers.read(&mut byte)? == 1 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// What went wrong with git itself. It ends its answers where it gives up.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.answers.failure()
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It would wait for more names; nothing it could still say is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Git's answers. Its objects are packed, so their bytes say nothing of a bomb; they are counted as if they were not.
struct Counted {
    answers: ChildStdout,
    account: Arc<Account>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.answers.read(buffer)?;
        self.account.count(count);
        Ok(count)
    }
}
