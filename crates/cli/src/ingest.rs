//! `plenary ingest`, `plenary undo` and `plenary rebuild`: runs, watched on the terminal and reported as a sum that balances.

use anyhow::{Result, bail};
use plenary_index::run::{self, Report, Settings, Watch};

use crate::{
    address_space, args,
    config::Config,
    copy::Plan,
    interrupt,
    print::{self, Exit, Voice},
    progress::Progress,
    report, watch,
};

/// `plenary ingest`
pub(crate) fn ingest(config: &Config, voice: Voice, args: &args::Ingest) -> Result<Exit> {
    let mut planned = Vec::new();
    if !args.paths.is_empty() {
        let plan = Plan::new(&run::lists_folder(config.data()), args.list.as_deref(), &args.paths)?;
        if args.dry_run {
            planned = plan.planned()?;
            voice.say(plan.intent());
        } else {
            voice.say(plan.carry_out()?);
        }
    } else if args.list.is_some() {
        return Err(print::usage("--list says where named dumps go; name the dumps too"));
    }
    if args.watch {
        return watch::watch(config, voice, args.json);
    }
    let retry = args.retry;
    let ingest =
        |settings: &Settings, watch: &Watch<'_>| run::ingest(&Settings { retry, planned, ..settings.clone() }, watch);
    let report = run(config, voice, args.dry_run, ingest)?;
    tell(config, voice, &report, args.json, args.dry_run)
}

/// `plenary undo`
pub(crate) fn undo(config: &Config, voice: Voice, args: &args::Undo) -> Result<Exit> {
    let report = run(config, voice, false, |settings, watch| run::undo(settings, watch, &args.run, args.back))?;
    tell(config, voice, &report, args.json, false)
}

/// `plenary rebuild`
pub(crate) fn rebuild(config: &Config, voice: Voice, json: bool) -> Result<Exit> {
    let report = run(config, voice, false, run::rebuild)?;
    tell(config, voice, &report, json, false)
}

/// Runs, showing how far it is, and stops at Ctrl-C with the index as it was.
pub(crate) fn run(
    config: &Config,
    voice: Voice,
    dry_run: bool,
    what: impl FnOnce(&Settings, &Watch<'_>) -> Result<Report, plenary_index::Error>,
) -> Result<Report> {
    address_space::check()?;
    interrupt::listen();
    let shown = Progress::new(voice);
    let progress = |step| shown.show(&step);
    let watch = Watch { progress: &progress, stop: &interrupt::STOP };
    let report = what(&config.settings(chrono::Utc::now().timestamp(), dry_run), &watch);
    shown.end();
    Ok(report?)
}

/// Prints a report and says how the run ended.
pub(crate) fn tell(config: &Config, voice: Voice, report: &Report, json: bool, dry_run: bool) -> Result<Exit> {
    if json {
        print::line(serde_json::to_string(report)?)?;
    } else {
        report::words(voice, report, config.data(), dry_run).into_iter().for_each(|line| voice.say(line));
    }
    if !report.balances() {
        bail!(
            "the sum does not balance; this is an error of the program: please report it with the files that were read"
        );
    }
    Ok(if report.has_remarks() { Exit::SetAside } else { Exit::Done })
}
