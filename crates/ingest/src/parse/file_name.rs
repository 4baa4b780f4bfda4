//! The names of attached files.

use crate::Problem;

/// Longest file name kept, in bytes: what file systems take. No configuration, for it is part of an attachment's address.
pub(super) const MAX_FILE_NAME: usize = 255;

/// The bare file name: no folders, no control characters, no leading dots, at most [`MAX_FILE_NAME`] bytes.
pub(super) fn file_name(name: &str, problems: &mut Vec<Problem>) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let clean: String = base.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.trim().trim_start_matches('.');
    let kept = &clean[..clean.floor_char_boundary(MAX_FILE_NAME)];
    if kept.len() < clean.len() {
        problems.push(Problem::new("file-name", format!("a file's name of {} bytes is cut: {kept}", clean.len())));
    }
    (!kept.is_empty()).then(|| kept.to_owned())
}
