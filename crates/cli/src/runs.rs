//! `plenary runs` and `plenary removed`: what each run brought and which messages were taken down, from the ledger.

use anyhow::Result;
use plenary_index::{Error, ledger, run::Report};

use crate::{
    args,
    config::Config,
    print::{self, Exit, Voice, plural, thousands},
    report,
};

/// Lists the runs, latest first, or shows one; exit code 1 when there are none.
pub(crate) fn runs(config: &Config, voice: Voice, args: &args::Runs) -> Result<Exit> {
    let mut runs = ledger::reports(config.data())?;
    if let Some(name) = &args.run {
        runs.retain(|(report, _)| report.run == *name);
        if runs.is_empty() {
            return Err(Error::NoRun(name.clone()).into());
        }
    }
    for (report, undone) in &runs {
        if args.json {
            let mut value = serde_json::to_value(report)?;
            value["undone"] = (*undone).into();
            print::line(value)?;
        } else if args.run.is_some() {
            for line in report::words(voice, report, config.data(), false) {
                print::line(line)?;
            }
            if *undone {
                print::line("taken back since")?;
            }
        } else {
            print::line(summary(report, *undone))?;
        }
    }
    Ok(if runs.is_empty() { Exit::No } else { Exit::Done })
}

/// Lists the messages that are taken down, the latest last; exit code 1 when there are none.
pub(crate) fn removed(config: &Config, json: bool) -> Result<Exit> {
    let removed = ledger::removed(config.data())?;
    for removal in &removed {
        match json {
            true => print::line(serde_json::to_string(removal)?)?,
            false => print::line(format_args!("{}  /m/{}  {}", removal.at, removal.id, print::safe(&removal.reason)))?,
        }
    }
    Ok(if removed.is_empty() { Exit::No } else { Exit::Done })
}

fn summary(report: &Report, undone: bool) -> String {
    let tally = &report.tally;
    format!(
        "{}  read {} = {} new + {} known + {} richer + {} conflict + {} set aside, from {}{}{}",
        report.run,
        thousands(tally.read),
        thousands(tally.new),
        thousands(tally.known),
        thousands(tally.richer),
        thousands(tally.conflict),
        thousands(tally.set_aside),
        plural(report.files.len() as u64, "dump", "dumps"),
        if report.rebuild { "; a rebuild" } else { "" },
        if undone { "; taken back" } else { "" },
    )
}
