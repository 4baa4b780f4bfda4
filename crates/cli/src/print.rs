//! What is said on the terminal, and the exit codes. Data goes to standard output, everything else to standard error.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use plenary_index::Error;

use crate::args::Global;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Ran, and the answer is no: nothing matches, something is wrong.
    No,
    /// Done, but something was set aside.
    SetAside,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::SetAside => 3,
        })
    }
}

/// A mistake of the one who typed or configured: exit code 2.
#[derive(Debug)]
struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Marks an error as one of usage or configuration.
pub(crate) fn usage(error: impl fmt::Display + fmt::Debug) -> anyhow::Error {
    anyhow::Error::new(Usage(format!("{error:#}")))
}

/// Says something for people. Where it cannot be said, as in a log on a disk that is full, work goes on all the same.
fn tell(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints an error with its causes and gives the exit code for it.
pub(crate) fn failure(error: &anyhow::Error) -> ExitCode {
    let io_error = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    if io_error.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe) {
        // Whoever was reading has seen enough; that is no failure.
        return ExitCode::SUCCESS;
    }
    tell(format_args!("plenary: {error:#}"));
    let other = match error.downcast_ref::<Error>() {
        Some(Error::Lists { .. } | Error::Io { .. } | Error::Disk { .. }) => Some(OTHER),
        _ => None,
    };
    if let Some(remedy) = io_error.and_then(remedy).or(other) {
        tell(format_args!("  help: {remedy}"));
    }
    let code = match error.downcast_ref::<Error>() {
        Some(Error::Busy { .. }) => 6,
        Some(Error::Interrupted) => 130,
        Some(_) => 4,
        None if error.is::<Usage>() => 2,
        None => 4,
    };
    ExitCode::from(code)
}

/// What to do where no more is known than what the system said.
const OTHER: &str = "put right what is said there, then run it again; what was committed stands";

/// What to do about what the system refused; what was committed stands in any case.
fn remedy(error: &io::Error) -> Option<&'static str> {
    // Numbers that have a kind of their own in no stable form: too many files for the process, and for the system.
    const TOO_MANY_FILES: [i32; 2] = [24, 23];
    /// The disk could not be read or written.
    const IO: i32 = 5;
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => {
            Some("make room on the disk and run it again; what was committed stands")
        }
        (io::ErrorKind::ReadOnlyFilesystem, _) => {
            Some("the data folder is read-only: it can be served and searched; make it writable to change it")
        }
        (io::ErrorKind::PermissionDenied, _) => Some("let the user who runs Plenary read and write there"),
        (io::ErrorKind::OutOfMemory, _) => Some("give it more memory, or set less in config.toml, and run it again"),
        (_, Some(IO)) => Some("check the disk, then run it again, and after that `plenary doctor`"),
        (_, Some(code)) if TOO_MANY_FILES.contains(&code) => {
            Some("allow more open files (`ulimit -n`) and run it again")
        }
        _ => None,
    }
}

/// How much is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    /// Nothing but errors.
    pub(crate) quiet: bool,
    /// Each file and each repair.
    pub(crate) verbose: bool,
}

impl Voice {
    /// As asked for on the command line.
    pub(crate) fn new(global: &Global) -> Voice {
        Voice { quiet: global.quiet, verbose: global.verbose }
    }

    /// Says something for people, unless told to be quiet.
    pub(crate) fn say(&self, text: impl fmt::Display) {
        if !self.quiet {
            tell(text);
        }
    }
}

/// Prints a line of data.
pub(crate) fn line(text: impl fmt::Display) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

/// Prints bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    Ok(io::stdout().lock().write_all(bytes)?)
}

/// Whether standard output takes colour: it is a terminal, and NO_COLOR is not set.
pub(crate) fn coloured() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Text from mail, made safe for a terminal: control characters, which could move the cursor or worse, are shown as `�`.
pub(crate) fn safe(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{FFFD}' } else { c }).collect()
}

/// A number with its thousands apart: `62,992`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 message`, `62,992 messages`.
pub(crate) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

/// A date and time in UTC: `2016-07-14 20:05`.
pub(crate) fn moment(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map_or_else(String::new, |date| date.format("%Y-%m-%d %H:%M").to_string())
}

/// A day in UTC: `2016-07-14`.
pub(crate) fn day(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0).map_or_else(String::new, |date| date.format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_apart() {
        assert_eq!(
            ["0", "999", "1,000", "62,992"],
            [0, 999, 1000, 62992].map(thousands).each_ref().map(String::as_str)
        );
    }

    #[test]
    fn escape_sequences_from_mail_do_not_reach_the_terminal() {
        assert_eq!(safe("a\u{1b}[2Jb\u{202e}c\n"), "a\u{fffd}[2Jb\u{fffd}c\n");
    }
}
