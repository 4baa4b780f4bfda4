//! `plenary doctor`: checks the index against the dumps and the ledger, says what to do, and does it if asked to.

use anyhow::Result;
use plenary_index::{
    doctor::{self, Cure, Finding},
    run,
};

use crate::{
    args,
    config::Config,
    ingest,
    print::{self, Exit, Voice},
};

/// Prints what is wrong, or that nothing is; with `--repair` puts right what a run can put right, and looks again.
pub(crate) fn doctor(config: &Config, voice: Voice, args: &args::Doctor) -> Result<Exit> {
    let mut findings = examine(config, voice)?;
    if args.repair && repair(config, voice, &findings)? {
        findings = examine(config, voice)?;
    }
    if args.json {
        let list: Vec<_> = findings
            .iter()
            .map(|Finding { what, remedy, .. }| serde_json::json!({ "what": what, "remedy": remedy }))
            .collect();
        print::line(serde_json::json!({ "ok": findings.is_empty(), "findings": list }))?;
    } else if findings.is_empty() {
        print::line("all is well: every file of the index is sound and agrees with the dumps and the ledger")?;
    } else {
        for finding in &findings {
            print::line(words(finding))?;
        }
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::No })
}

fn examine(config: &Config, voice: Voice) -> Result<Vec<Finding>> {
    let busy = |holder: &str| voice.say(format_args!("another run is at work{holder}: looking when it has ended"));
    Ok(doctor::examine(config.data(), &busy)?)
}

fn words(finding: &Finding) -> String {
    format!("{}\n  help: {}", print::safe(&finding.what), finding.remedy)
}

/// Runs what puts the findings right, and says whether it did. The run adds its line to the ledger, and to the dumps what no dump holds any
/// more, as any run does; what is there is not changed.
fn repair(config: &Config, voice: Voice, findings: &[Finding]) -> Result<bool> {
    let is_needed = |cure| findings.iter().any(|finding| finding.cure == cure);
    let (rebuild, ingest) = (is_needed(Cure::Rebuild), is_needed(Cure::Ingest));
    if !rebuild && !ingest {
        return Ok(false);
    }
    findings.iter().for_each(|finding| voice.say(words(finding)));
    if rebuild && is_needed(Cure::PutBack) {
        voice.say("nothing was repaired: a rebuild could lose messages that only the index holds");
        return Ok(false);
    }
    voice.say(match rebuild {
        true => "rebuilding the index from the dumps and the ledger",
        false => "ingesting",
    });
    let report = match rebuild {
        true => ingest::run(config, voice, false, run::repair)?,
        false => ingest::run(config, voice, false, run::ingest)?,
    };
    ingest::tell(config, voice, &report, false, false)?;
    Ok(true)
}
