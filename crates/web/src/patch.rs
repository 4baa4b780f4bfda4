//! Patches among a message's words: from the line that begins one to the last of its lines, blank ones included, so that it is shown as
//! it was sent. A hunk says how many lines it has, which tells its context from the words that follow.

use std::ops::Range;

/// Lines that stand between the hunks of a patch.
const HEADERS: [&str; 16] = [
    "diff ",
    "index ",
    "Index: ",
    "====",
    "--- ",
    "+++ ",
    "@@ ",
    "new file mode",
    "deleted file mode",
    "old mode",
    "new mode",
    "similarity index",
    "rename ",
    "copy ",
    "Binary files",
    "\\ No newline",
];

/// A line: where it begins, and what it says.
type Line<'a> = (usize, &'a str);

/// Where the patches in a text are, in its order; the end of the last line is left out.
pub(crate) fn patches(text: &str) -> Vec<Range<usize>> {
    if !text.contains("@@ -") && !text.contains("diff ") {
        return Vec::new();
    }
    let mut at = 0;
    let lines: Vec<Line<'_>> = text
        .split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            (start, line.trim_end_matches(['\n', '\r']))
        })
        .collect();
    let mut out = Vec::new();
    let mut n = 0;
    while n < lines.len() {
        if begins(&lines, n) {
            let last = last(&lines, n);
            out.push(lines[n].0..lines[last].0 + lines[last].1.len());
            n = last;
        }
        n += 1;
    }
    out
}

fn begins(lines: &[Line<'_>], n: usize) -> bool {
    let next = lines.get(n + 1).map_or("", |line| line.1);
    let line = lines[n].1;
    line.starts_with("diff --git ")
        || (line.starts_with("Index: ") && next.starts_with("===="))
        || (line.starts_with("--- ") && next.starts_with("+++ "))
        || hunk(line).is_some()
}

/// The last line of the patch that begins at line `n`.
fn last(lines: &[Line<'_>], mut n: usize) -> usize {
    let mut last = n;
    let (mut old, mut new) = (0_u32, 0_u32);
    while let Some(&(_, line)) = lines.get(n) {
        if old == 0 && new == 0 {
            if line.trim().is_empty() {
                // A blank line between two parts of a patch, or behind it.
                match lines[n..].iter().position(|(_, line)| !line.trim().is_empty()) {
                    Some(blank) if begins(lines, n + blank) => n += blank,
                    _ => break,
                }
                continue;
            }
            if !HEADERS.iter().any(|header| line.starts_with(header)) {
                break;
            }
            (old, new) = hunk(line).unwrap_or((0, 0));
        } else {
            match line.as_bytes().first() {
                None | Some(b' ' | b'\t') => (old, new) = (old.saturating_sub(1), new.saturating_sub(1)),
                Some(b'-') => old = old.saturating_sub(1),
                Some(b'+') => new = new.saturating_sub(1),
                Some(b'\\') => {}
                // A mail program may have broken a line: its end belongs here if the hunk goes on behind it.
                _ if lines.get(n + 1).is_some_and(|(_, next)| next.starts_with(['+', '-', ' ', '@'])) => {}
                _ => break,
            }
        }
        if !line.is_empty() {
            last = n;
        }
        n += 1;
    }
    last
}

/// How many lines the hunk has on either side: `@@ -1,5 +1,7 @@`.
fn hunk(line: &str) -> Option<(u32, u32)> {
    let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let count = |side: &str| match side.split_once(',') {
        Some((start, count)) => start.parse::<u32>().ok().and(count.parse().ok()),
        None => side.parse::<u32>().ok().and(Some(1)),
    };
    Some((count(old)?, count(new)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = patches(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected, "{text}");
    }

    const PATCH: &str = "diff --git a/lamp.c b/lamp.c\nindex 1..2 100644\n--- a/lamp.c\n+++ b/lamp.c\n@@ -1,4 +1,5 @@ light\n int oil;\n\n-dark();\n+light();\n+wait();\n }";

    #[test]
    fn a_patch_is_whole_with_the_blank_lines_in_it() {
        check(&format!("Please look.\n\n{PATCH}\n\nBest,\nAnn\n"), &[PATCH]);
        let two = format!("{PATCH}\n@@ -9 +10 @@\n-a\n+b\n\n{PATCH}");
        check(&two, &[&two]);
        check(&format!("{PATCH}\n-- \n2.1.0\n"), &[PATCH]);
        let added = "--- /dev/null\n+++ b/new\n@@ -0,0 +1,2 @@\n+one\n+two";
        check(&format!("As said:\n{added}\n+ and this is no line of it\n"), &[added]);
    }

    #[test]
    fn a_line_that_a_mail_program_broke_stays_in_its_patch() {
        let broken = "@@ -1,2 +1,2 @@\n-a very long line\nthat went on\n+short\n context";
        check(broken, &[broken]);
    }

    #[test]
    fn a_patch_cut_short_ends_where_words_begin() {
        check("@@ -1,90 +1,90 @@\n-old\n+new\n\nThanks,\nAnn", &["@@ -1,90 +1,90 @@\n-old\n+new"]);
    }

    #[test]
    fn words_are_no_patch() {
        for text in ["- one\n- two\n+ three", "--- Ann wrote\nhello", "the diff is small @@ -x", "diff of opinion", ""]
        {
            check(text, &[]);
        }
    }
}
