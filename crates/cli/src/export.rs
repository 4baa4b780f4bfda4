//! `plenary export`: the bytes that the site gives for the same query in the same form.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use plenary_index::Archive;
use plenary_web::{Export, Form, feed};

use crate::{
    args,
    config::Config,
    print::{self, Exit, Voice, plural, safe},
    search::parsed,
    serve,
};

/// Writes what a query finds.
pub(crate) fn export(config: &Config, voice: Voice, args: &args::Export) -> Result<Exit> {
    let archive = Archive::open(&config.index(), config.prefixes())?;
    let query = parsed(&args.query.join(" "), config)?;
    let web = Arc::new(serve::site(config));
    let mut target = Target::open(args.output.as_deref())?;
    let messages = match Export::new(&archive, web.clone(), query.clone(), form(args.to), args.newest) {
        Some(mut export) => {
            while let Some(chunk) = export.chunk()? {
                target.write(&chunk)?;
            }
            export.messages()
        }
        None => {
            let feed = feed(&archive, &web, query)?;
            target.write(feed.text.as_bytes())?;
            if feed.more {
                voice.say(format_args!(
                    "note: a feed holds the {} newest messages; the other forms hold all",
                    feed.entries
                ));
            }
            feed.entries
        }
    };
    target.finish()?;
    if args.output.is_some() || messages == 0 {
        voice.say(plural(messages, "message", "messages"));
    }
    Ok(if messages == 0 { Exit::No } else { Exit::Done })
}

fn form(asked: args::Form) -> Form {
    match asked {
        args::Form::Csv => Form::Csv,
        args::Form::Jsonl => Form::Jsonl,
        args::Form::Mbox => Form::Mbox,
        args::Form::Txt => Form::Txt,
        args::Form::Md => Form::Md,
        args::Form::Bib => Form::Bib,
        args::Form::Ris => Form::Ris,
        args::Form::Csl => Form::Csl,
        args::Form::Atom => Form::Atom,
    }
}

/// Where the bytes go. A file has its name only when it is whole: an export that broke off must not be taken for one that did not.
enum Target {
    Out,
    File { file: File, part: PathBuf, path: PathBuf },
}

impl Target {
    fn open(path: Option<&Path>) -> Result<Target> {
        let Some(path) = path else { return Ok(Target::Out) };
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).with_context(|| format!("cannot create `{}`", safe(&part.to_string_lossy())))?;
        Ok(Target::File { file, part, path: path.to_owned() })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Target::Out => print::bytes(bytes),
            Target::File { file, part, .. } => {
                file.write_all(bytes).with_context(|| format!("cannot write `{}`", safe(&part.to_string_lossy())))
            }
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Target::Out => Ok(io::stdout().flush()?),
            Target::File { file, part, path } => {
                file.sync_all()?;
                fs::rename(&part, &path).with_context(|| format!("cannot write `{}`", safe(&path.to_string_lossy())))
            }
        }
    }
}
