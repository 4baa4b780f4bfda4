//! What the system does not let us look at is not gone.

use std::path::Path;

use plenary_ingest::source::Discovered;

use crate::{Error, ledger::History};

/// Passes on what was found, unless the system did not let us look at a dump that was ingested, or at a folder with one: it would
/// be taken for one that is gone, and a rebuild would lose its messages.
pub(crate) fn all_shown(lists: &Path, mut found: Discovered, history: &History) -> Result<Discovered, Error> {
    let known = history.dumps();
    let is_at =
        |name: &str, place: &str| name.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match found.refused.iter().position(|(place, _)| known.iter().any(|name| is_at(name, place))) {
        Some(at) => {
            let (place, source) = found.refused.swap_remove(at);
            Err(Error::Io { what: "look at", path: lists.join(place), source })
        }
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use std::{io, path::PathBuf};

    use plenary_ingest::source::Dump;

    use super::*;
    use crate::{
        ledger::Ledger,
        run::{FileReport, Report},
    };

    #[test]
    fn a_run_stops_where_dumps_that_were_ingested_cannot_be_looked_at_and_at_nothing_else() {
        let data = tempfile::tempdir().unwrap();
        let dump = Dump {
            list: "harbour".into(),
            name: "harbour/2016/May.mbox".into(),
            path: PathBuf::new(),
            size: 1,
            modified: 1,
        };
        let mut file = FileReport::new(&dump);
        file.digest = Some("00".into());
        let report = Report { files: vec![file], ..Report::new(0, 0, Vec::new()) };
        Ledger::open(data.path()).unwrap().append(&report).unwrap();
        let history = History::read(data.path()).unwrap();
        assert_eq!(history.dumps().len(), 1);
        for (place, stops) in [
            ("harbour", true),
            ("harbour/2016", true),
            ("harbour/2016/May.mbox", true),
            ("harbour/2016/May", false),
            ("harbour/2017", false),
            ("lost+found", false),
        ] {
            let refused = vec![(place.to_owned(), io::Error::from(io::ErrorKind::PermissionDenied))];
            let found = Discovered { refused, ..Discovered::default() };
            let shown = all_shown(Path::new("lists"), found, &history);
            assert_eq!(shown.is_err(), stops, "{place}");
            if let Err(error) = shown {
                assert_eq!(error.to_string(), format!("cannot look at `lists/{place}`"));
            }
        }
    }
}
