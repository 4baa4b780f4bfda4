//! `plenary doctor`: checks the index against the dumps and says what to do.

use anyhow::Result;
use plenary_index::doctor::{self, Finding};

use crate::{
    config::Config,
    print::{self, Exit},
};

/// Prints what is wrong, or that nothing is.
pub(crate) fn doctor(config: &Config, json: bool) -> Result<Exit> {
    let findings = doctor::examine(config.data())?;
    if json {
        let list: Vec<_> = findings
            .iter()
            .map(|Finding { what, remedy }| serde_json::json!({ "what": what, "remedy": remedy }))
            .collect();
        print::line(serde_json::json!({ "ok": findings.is_empty(), "findings": list }))?;
    } else if findings.is_empty() {
        print::line("all is well: every file of the index is sound and agrees with the dumps")?;
    } else {
        for Finding { what, remedy } in &findings {
            print::line(format_args!("{}\n  help: {remedy}", print::safe(what)))?;
        }
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::No })
}
