//! Which files are no mail by their names alone: the pages and pictures of a mirrored archive, and other programs' notes.

/// Endings of files that stand beside mail and hold none. Pipermail makes a page of every message, and the same message is
/// in its monthly text; `.pck` is its database.
const ENDINGS: [&str; 13] =
    ["html", "htm", "json", "toml", "yaml", "css", "js", "png", "gif", "jpg", "jpeg", "ico", "pck"];

/// Folders whose files are no mail of their own: what Pipermail cut out of messages, and what macOS adds to archives.
const FOLDERS: [&str; 2] = ["attachments", "__MACOSX"];

/// How many names a sentence gives as examples.
const EXAMPLES: usize = 3;

/// Whether a file, named by its path, is left out. Archives made on Windows part folders with `\`.
pub(super) fn holds_no_mail(path: &str) -> bool {
    let mut parts = path.split(['/', '\\']).filter(|part| !part.is_empty()).rev();
    let file = parts.next().unwrap_or("");
    is_hidden(file)
        || is_readme(file)
        || file.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.iter().any(|one| ending.eq_ignore_ascii_case(one)))
        || parts.any(|folder| FOLDERS.contains(&folder) || is_hidden(folder))
}

fn is_readme(file: &str) -> bool {
    file.starts_with("README")
}

/// Whether a file belongs to another program. `..` is a way out, and no hidden folder.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && name != "." && name != ".."
}

/// Files that were left out, as one sentence.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    count: u64,
    examples: Vec<String>,
}

impl LeftOut {
    pub(super) fn add(&mut self, name: &str) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(name.to_owned());
        }
    }

    /// The sentence, when there is something to say. `what` is `files` or `members`, `file` or `member` for one.
    pub(super) fn sentence(&self, one: &str, many: &str) -> Option<String> {
        let more = if self.count > self.examples.len() as u64 { " ..." } else { "" };
        let examples = self.examples.join(", ");
        match self.count {
            0 => None,
            1 => Some(format!("1 {one} that is no mail is left out: {examples}")),
            count => Some(format!("{count} {many} that are no mail are left out: {examples}{more}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, left_out: bool) {
        assert_eq!(holds_no_mail(path), left_out, "{path}");
    }

    #[test]
    fn pages_pictures_and_notes_are_no_mail() {
        for path in ["index.html", "l/2016-July/000123.HTML", "README.md", "README", "l/list.json", ".DS_Store"] {
            check(path, true);
        }
        for path in ["l/attachments/20160701/1234/attachment.mbox", "__MACOSX/._a.mbox", ".git/config", "a/.git/x"] {
            check(path, true);
        }
    }

    #[test]
    fn mail_is_known_by_its_content_whatever_its_name() {
        for path in ["2016-July.txt", "2016-July.txt.gz", "1", "cur/1050314226.9981_1.host:2,S", "a.eml", "html", ""] {
            check(path, false);
        }
        for path in ["../../tmp/a.mbox", "/tmp/a.mbox", "./a.mbox", "attachments", "..\\..\\a.mbox"] {
            check(path, false);
        }
    }

    #[test]
    fn what_was_left_out_is_one_sentence() {
        let mut out = LeftOut::default();
        assert_eq!(out.sentence("file", "files"), None);
        out.add("a.html");
        assert_eq!(out.sentence("file", "files").unwrap(), "1 file that is no mail is left out: a.html");
        ["b", "c", "d"].into_iter().for_each(|name| out.add(name));
        assert_eq!(out.sentence("file", "files").unwrap(), "4 files that are no mail are left out: a.html, b, c ...");
    }
}
