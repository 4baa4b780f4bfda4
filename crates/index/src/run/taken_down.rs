//! Taking messages down, and bringing them back.

use super::{Report, Settings, Watch, dumps, entered, lost, recover, report, run};
use crate::{
    Error,
    archive::key_of,
    catalogue::Catalogue,
    ledger::removals::Removals,
    store::{self, Store},
    swap,
};

/// Takes messages out of every answer, for good: no ingest and no rebuild brings them back, and their addresses say since when they are
/// gone and why. The dumps keep them; what only the index holds is written into one first. Then ingests what is new, as ever.
///
/// # Errors
///
/// One of them is not in the archive; then none is taken down.
pub fn remove(settings: &Settings, watch: &Watch<'_>, ids: &[&str], reason: &str) -> Result<Report, Error> {
    decide(settings, watch, ids, Some(reason))
}

/// Brings back what was taken down; the dumps that hold it are read again.
///
/// # Errors
///
/// One of them was not taken down, or nobody has its bytes any more; then none is brought back.
pub fn restore(settings: &Settings, watch: &Watch<'_>, ids: &[&str]) -> Result<Report, Error> {
    decide(settings, watch, ids, None)
}

/// Takes down with a reason, or brings back; looks at all of them before it says a word of one, and commits what follows.
fn decide(settings: &Settings, watch: &Watch<'_>, ids: &[&str], reason: Option<&str>) -> Result<Report, Error> {
    let _lock = store::lock(&settings.data)?;
    let index = settings.data.join("index");
    recover(settings, &index)?;
    let catalogue = Store::open(&index)?.catalogue()?;
    let removals = Removals::read(&settings.data)?;
    let mut keys = Vec::with_capacity(ids.len());
    for id in ids {
        let key = key_of(id).ok_or_else(|| Error::NoMessage(format!("`{id}` is neither an id nor a Message-ID")))?;
        let is_down = removals.of(&key).is_some();
        let wrong = match reason {
            Some(_) if is_down => Some(format!("the message `{id}` is taken down already")),
            Some(_) if !catalogue.written.contains_key(&key) => {
                Some(format!("there is no message `{id}` in the archive"))
            }
            None if !is_down => {
                Some(format!("the message `{id}` was not taken down; `plenary removed` lists those that were"))
            }
            _ => None,
        };
        if let Some(wrong) = wrong {
            return Err(Error::NoMessage(wrong));
        }
        keys.push(key);
    }
    if reason.is_none() {
        let after = keys.iter().fold(removals, |removals, key| removals.without(key));
        lost::check_twice(settings, watch, &index, || {
            let catalogue = Store::open(&index)?.catalogue()?;
            let dumps = dumps(&settings.data, &[])?.dumps;
            lost::check(&catalogue, &after, &dumps, |id| keys.iter().any(|key| key.id == *id))
        })?;
    }
    let at = report::name_of(settings.now);
    match reason {
        Some(reason) => Removals::add(&settings.data, &at, &keys, reason, &catalogue)?,
        None => Removals::restore(&settings.data, &at, &keys)?,
    }
    let report = entered(settings, &index, run(settings, watch, &index, Catalogue::default()))?;
    // The index before still has what was taken down, and a server might fall back on it.
    swap::remove(&swap::previous(&index))?;
    Ok(report)
}
