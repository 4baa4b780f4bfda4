//! The command line: what can be typed, and the help for it.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use plenary_index::fields::{FIELDS, SYNTAX};

/// Reads the dumps of mailing lists and serves them: to search, read, cite and export.
///
/// Without a command, Plenary ingests what is new under data/lists and then serves it.
#[derive(Debug, Parser)]
#[command(
    name = "plenary",
    version,
    arg_required_else_help = false,
    after_help = "\
Examples:
  plenary                                      ingest what is new, then serve it at http://127.0.0.1:8080
  plenary ingest 2016.mbox.gz --list bp_ipv6   add a dump to a list
  plenary search 'ipv6 cost list:bp_ipv6'      search from the terminal"
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Options that every command takes.
    #[command(flatten)]
    pub(crate) global: Global,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file [default: config.toml in the current folder, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data folder, with the dumps in its folder `lists` [default: `data` beside the configuration file]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more: each file, each kind of repair with an example
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ingest dumps: those named, copied into data/lists first, or all that are new there
    Ingest(Ingest),
    /// Serve the archive as a web site
    Serve(Serve),
    /// Search; exit code 1 when nothing matches
    Search(Search),
    /// Show one message
    Show(Show),
    /// Show a thread
    Thread(Thread),
    /// Write all messages that a query finds, in one of many forms; exit code 1 when nothing matches
    Export(Export),
    /// Print the citation of a message, or of a paragraph of it
    Cite(Cite),
    /// List the runs: what each brought, latest first; or show the whole report of one
    Runs(Runs),
    /// Take back what only one run brought; its dumps stay where they are and are left unread
    Undo(Undo),
    /// Take messages down: out of every page, search and export, whatever is ingested later; or bring them back
    Remove(Remove),
    /// List the messages that are taken down
    Removed(Output),
    /// Build the index anew from the dumps
    Rebuild(Output),
    /// Check the index against the dumps and the ledger; exit code 1 when something is wrong
    Doctor(Doctor),
    /// Count what the archive holds
    Stats(Output),
    /// What the program starts of itself for work that may be lost
    #[command(hide = true)]
    Worker(Worker),
    /// Print what a shell needs to complete commands and options
    Completions(Completions),
}

/// `plenary ingest`
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// Dumps, or folders of them, to copy into data/lists/SLUG; `-` reads standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The list they belong to: the name of its folder under data/lists
    #[arg(long, value_name = "SLUG")]
    pub(crate) list: Option<String>,
    /// Print the report that an ingest would give, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Read again the dumps of which something was set aside, after a limit was raised or the program renewed
    #[arg(long)]
    pub(crate) retry: bool,
    /// Stay, and ingest whatever appears under data/lists, until stopped
    #[arg(long, conflicts_with_all = ["dry_run", "retry"])]
    pub(crate) watch: bool,
    /// Print the report as one JSON object; with --watch one line for each run
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plenary doctor`
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Rebuild or ingest where that puts it right; never where a rebuild would lose messages
    #[arg(long)]
    pub(crate) repair: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plenary runs`
#[derive(Debug, Args)]
pub(crate) struct Runs {
    /// Show the report of this run, as the list names it
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Print JSON: one object for each run
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plenary undo`
#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The run, as `plenary runs` names it
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Bring back what was taken back
    #[arg(long)]
    pub(crate) back: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plenary remove`
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The messages: their ids, their addresses on the site, or their Message-IDs
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Why, in words that everybody may read at the address of the message
    #[arg(long, value_name = "TEXT", required_unless_present = "back")]
    pub(crate) reason: Option<String>,
    /// Bring back what was taken down
    #[arg(long, conflicts_with = "reason")]
    pub(crate) back: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plenary serve`
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on, like 127.0.0.1:8081 or 0.0.0.0:80 [default: as configured, else 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// How to write what happens while it serves: lines of text, or one JSON object a line
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Log each request: how it was asked, the pattern of its address, status, time and size; never the address or who asked
    #[arg(long)]
    pub(crate) log_requests: bool,
}

/// Forms of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// `plenary search`
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The query; several words are put together with spaces. One that begins with `-` goes after `--`, or in quotes with the rest
    #[arg(required = true, value_name = "QUERY")]
    pub(crate) query: Vec<String>,
    /// Most messages to print
    #[arg(short = 'n', long, default_value_t = 20, value_name = "N", value_parser = at_least_one)]
    pub(crate) limit: usize,
    /// Order of the messages [default: relevance where the query has words, else newest]
    #[arg(long, value_enum)]
    pub(crate) sort: Option<Order>,
    /// Say what each part of the query finds alone, and what the others find without it
    #[arg(long)]
    pub(crate) explain: bool,
    /// Print one JSON object per message, as the API gives them; with --explain one for the query first
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plenary export`
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The query; without one, all messages. One that begins with `-` goes after `--`
    #[arg(value_name = "QUERY")]
    pub(crate) query: Vec<String>,
    /// The form
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) to: Form,
    /// Write to this file, which appears when it is whole [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Begin with the latest message rather than the earliest
    #[arg(long)]
    pub(crate) newest: bool,
}

/// Forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A table, one row a message
    Csv,
    /// One JSON object a line, one line a message
    Jsonl,
    /// A mailbox (mboxrd), addresses masked
    Mbox,
    /// Plain text
    Txt,
    /// Markdown
    Md,
    /// BibTeX
    Bib,
    /// RIS
    Ris,
    /// CSL-JSON
    Csl,
    /// A feed of the newest messages
    Atom,
}

/// `plenary cite`
#[derive(Debug, Args)]
pub(crate) struct Cite {
    /// The message: its id, its address on the site, or its Message-ID; with a paragraph, or several: `ID#p4`, `ID#p4-6`
    #[arg(value_name = "ID[#p4]")]
    pub(crate) id: String,
    /// How
    #[arg(long, value_enum, default_value_t = Style::Plain)]
    pub(crate) style: Style,
}

/// Styles of citations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Style {
    /// The line that the site shows
    Plain,
    /// A footnote
    Footnote,
    /// Chicago, as in a bibliography
    Chicago,
    /// APA
    Apa,
    /// BibTeX
    Bibtex,
    /// RIS
    Ris,
    /// CSL-JSON
    Csl,
}

/// `plenary completions`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

impl Cli {
    /// The command line with the language of queries below the help of `search`, from the one table of what can be asked.
    pub(crate) fn described() -> clap::Command {
        Cli::command().mut_subcommand("search", |search| search.after_long_help(language()))
    }

    /// Reads the command line, or prints help or what is wrong and exits.
    pub(crate) fn read() -> Cli {
        // What was declared is what is read; the error is for a program that contradicts itself.
        Cli::from_arg_matches(&Cli::described().get_matches()).unwrap_or_else(|error| error.exit())
    }
}

/// The language of queries as text: words first, then fields.
fn language() -> String {
    let mut text = String::from("Words:\n");
    for (example, help) in SYNTAX {
        text.push_str(&format!("  {example:28} {help}\n"));
    }
    text.push_str("\nFields:\n");
    for field in FIELDS {
        text.push_str(&format!("  {:28} {}\n", field.example, field.help));
        if !field.aliases.is_empty() {
            let aliases: Vec<String> = field.aliases.iter().map(|alias| format!("{alias}:")).collect();
            text.push_str(&format!("  {:28} also {}\n", "", aliases.join(" ")));
        }
        if !field.values.is_empty() {
            text.push_str(&format!("  {:28} one of {}\n", "", field.values.join(", ")));
        }
    }
    text.push_str("\nWithout `in:everything` only what people wrote themselves is searched: subjects and own words.\n");
    text
}

/// The order of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// Best first
    Relevance,
    /// Latest first
    Newest,
    /// Earliest first
    Oldest,
    /// Longest threads first
    Longest,
}

/// `plenary show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The message: its id, its address on the site, or its Message-ID
    #[arg(value_name = "ID|MESSAGE-ID")]
    pub(crate) id: String,
    /// The bytes as they came
    #[arg(long, conflicts_with_all = ["own", "json"])]
    pub(crate) raw: bool,
    /// Only what the author wrote, by numbered paragraph
    #[arg(long, conflicts_with = "json")]
    pub(crate) own: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plenary thread`
#[derive(Debug, Args)]
pub(crate) struct Thread {
    /// Any message of the thread: its id, its address on the site, or its Message-ID
    #[arg(value_name = "ID|MESSAGE-ID")]
    pub(crate) id: String,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Commands that only choose a form.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plenary worker`
#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// Bytes of memory it may have
    pub(crate) memory: u64,
    /// Seconds of the processor for each job
    pub(crate) processor: u64,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".into()),
        Ok(number) => Ok(number),
        Err(_) => Err("it must be a whole number".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::described().debug_assert();
    }
}
