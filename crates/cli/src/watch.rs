//! `plenary ingest --watch`: ingests what appears under data/lists, until it is stopped.

use std::time::{Duration, Instant};

use anyhow::Result;
use plenary_index::{Error, ingest::source::Dump, run};

use crate::{
    config::Config,
    ingest, interrupt,
    print::{Exit, Voice},
};

/// How long after one look the next one comes, at least. A folder is looked at, not listened to: that works on every file system,
/// those over the network too.
const LOOK: Duration = Duration::from_secs(2);
/// A look that takes long comes seldom: it may take at most one part in so many of the time.
const SHARE: u32 = 20;
/// What goes on changing is ingested after so long all the same; what then comes is read by the next run.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ingests what is there, then whatever comes. Ends only when it is stopped or a run fails.
pub(crate) fn watch(config: &Config, voice: Voice, json: bool) -> Result<Exit> {
    interrupt::listen();
    let lists = run::lists_folder(config.data());
    let mut ingested: Option<Vec<Dump>> = None;
    let mut last: Option<Vec<Dump>> = None;
    let mut changing_since: Option<Instant> = None;
    let mut told_busy = false;
    loop {
        let began = Instant::now();
        let dumps = run::dumps(config.data(), &[])?.dumps;
        let pause = LOOK.max(began.elapsed() * SHARE);
        if ingested.as_ref() == Some(&dumps) {
            changing_since = None;
        } else {
            let since = *changing_since.get_or_insert(began);
            if last.as_ref() == Some(&dumps) || since.elapsed() >= PATIENCE {
                match ingest::run(config, voice, false, run::ingest) {
                    Ok(report) => {
                        // Nothing new is worth a word only at the beginning.
                        if ingested.is_none() || !report.files.is_empty() {
                            ingest::tell(config, voice, &report, json, false)?;
                            voice.say(format_args!("watching {} (stop with Ctrl-C)", lists.display()));
                        }
                        (ingested, changing_since, told_busy) = (Some(dumps.clone()), None, false);
                    }
                    Err(error) if matches!(error.downcast_ref(), Some(Error::Busy { .. } | Error::Changed)) => {
                        if !told_busy {
                            voice.say(format_args!("{error}; trying again"));
                            told_busy = true;
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        last = Some(dumps);
        if !interrupt::sleep(pause) {
            return Err(Error::Interrupted.into());
        }
    }
}
