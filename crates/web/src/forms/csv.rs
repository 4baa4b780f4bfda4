//! CSV (RFC 4180): the table that spreadsheets and data frames open.

use plenary_index::Step;

use crate::Config;

use super::row::{COLUMNS, Cell, row};

/// What stands between several values in one cell.
const BETWEEN: &str = "; ";

/// The line of column names.
pub(crate) fn head(out: &mut Vec<u8>) {
    record(COLUMNS.into_iter().map(str::to_owned), out);
}

/// One message, appended.
pub(crate) fn write(step: &Step, config: &Config, out: &mut Vec<u8>) {
    record(
        row(step, config).into_iter().map(|cell| match cell {
            Cell::Text(text) => text,
            Cell::Many(texts) => texts.join(BETWEEN),
            Cell::Number(number) => number.to_string(),
            Cell::Flag(flag) => u8::from(flag).to_string(),
        }),
        out,
    );
}

fn record(cells: impl Iterator<Item = String>, out: &mut Vec<u8>) {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    // Writing into memory does not fail, and every record has as many cells as the first.
    let _ = writer.write_record(cells.map(inert));
    let _ = writer.flush();
}

/// A spreadsheet takes a cell that begins so for a formula, and runs it.
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}
