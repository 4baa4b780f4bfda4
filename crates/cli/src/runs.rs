//! `plenary runs`: what each run brought, from the ledger.

use anyhow::Result;
use plenary_index::ledger;

use crate::{
    config::Config,
    print::{self, Exit, thousands},
};

/// Lists the runs, latest first; exit code 1 when there are none.
pub(crate) fn runs(config: &Config, json: bool) -> Result<Exit> {
    let runs = ledger::reports(config.data())?;
    for (report, undone) in &runs {
        if json {
            let mut value = serde_json::to_value(report)?;
            value["undone"] = (*undone).into();
            print::line(value)?;
            continue;
        }
        let tally = &report.tally;
        print::line(format!(
            "{}  read {} = {} new + {} known + {} richer + {} conflict + {} set aside, from {} {}{}",
            report.run,
            thousands(tally.read),
            thousands(tally.new),
            thousands(tally.known),
            thousands(tally.richer),
            thousands(tally.conflict),
            thousands(tally.set_aside),
            report.files.len(),
            if report.files.len() == 1 { "dump" } else { "dumps" },
            if *undone { "; taken back" } else { "" },
        ))?;
    }
    Ok(if runs.is_empty() { Exit::No } else { Exit::Done })
}
