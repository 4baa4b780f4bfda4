//! What parsing would cost: parsers of HTML are slow where elements nest deep, stay open through many paragraphs, or stand in a
//! table outside of its cells. Counted the way a parser opens and closes; where the rules are subtle, too much.

use super::{CHEAP_SIZE, allowed, tags::Mark};

/// Open elements at a time, 256: browsers stop at 512, and honest mail has forty.
pub(super) const MAX_DEPTH: usize = 256;
/// Copies of open elements that a parser makes for each half megabyte: twenty for each of ten thousand paragraphs.
pub(super) const MAX_COPIES: usize = 200_000;
/// Pieces in tables outside of cells, each of which is looked for a place among all pieces before the table.
pub(super) const MAX_STRAY: usize = 500;

/// Elements that the next one of their kind, or their table or list, closes: they cannot nest by themselves.
const CLOSED_BY_NEXT: &[&str] =
    &["caption", "colgroup", "dd", "dt", "li", "p", "rp", "rt", "tbody", "td", "tfoot", "th", "thead", "tr"];

/// Whether a parser will be done in a few milliseconds for each megabyte. `size` is that of the HTML, in bytes.
pub(super) fn is_cheap(marks: &[Mark], size: usize) -> bool {
    let most_copies = MAX_COPIES * size.div_ceil(CHEAP_SIZE).max(1);
    let mut open: Vec<&str> = Vec::new();
    // For each open table, whether a cell of it is.
    let mut cells: Vec<bool> = Vec::new();
    let (mut copies, mut stray, mut formatting) = (0, 0, 0);
    for mark in marks {
        let is_stray = match mark {
            Mark::Text(text) => !text.trim().is_empty(),
            Mark::Open(tag, _) => !CLOSED_BY_NEXT.contains(tag) && !matches!(*tag, "col"),
            Mark::Close(_) => false,
        };
        stray += usize::from(is_stray && cells.last() == Some(&false));
        match mark {
            Mark::Text(_) => copies += formatting,
            Mark::Open(tag, _) => {
                copies += formatting;
                if let (Some(cell), true) = (cells.last_mut(), CLOSED_BY_NEXT.contains(tag)) {
                    match *tag {
                        "td" | "th" | "caption" => *cell = true,
                        "tr" | "tbody" | "thead" | "tfoot" | "colgroup" => *cell = false,
                        _ => {}
                    }
                }
                if *tag == "table" {
                    cells.push(false);
                }
                if !CLOSED_BY_NEXT.contains(tag) && !allowed::VOID.contains(tag) {
                    formatting += usize::from(allowed::FORMATTING.contains(tag));
                    open.push(tag);
                }
            }
            Mark::Close(tag) => close(tag, &mut open, &mut cells, &mut formatting),
        }
        if open.len() > MAX_DEPTH || copies > most_copies || stray > MAX_STRAY {
            return false;
        }
    }
    true
}

/// Closes an element if it is open in its table. Those that mark words and were opened in it stay open, as for a parser.
fn close(tag: &str, open: &mut Vec<&str>, cells: &mut Vec<bool>, formatting: &mut usize) {
    if let (Some(cell), true) = (cells.last_mut(), CLOSED_BY_NEXT.contains(&tag)) {
        *cell &= matches!(tag, "p" | "li" | "dd" | "dt" | "rp" | "rt");
    }
    let inside =
        open.iter().rposition(|other| *other == "table").map_or(0, |table| table + usize::from(tag != "table"));
    let Some(at) = open[inside.min(open.len())..].iter().rposition(|other| *other == tag).map(|at| inside + at) else {
        return;
    };
    open.remove(at);
    if allowed::FORMATTING.contains(&tag) {
        *formatting -= 1;
        return;
    }
    if tag == "table" {
        cells.pop();
    }
    let mut kept = at;
    for above in at..open.len() {
        if allowed::FORMATTING.contains(&open[above]) {
            open[kept] = open[above];
            kept += 1;
        }
    }
    open.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::tags::{COMPARISONS, read};

    fn cheap(html: &str) -> bool {
        is_cheap(&read(html, &[], COMPARISONS).unwrap(), CHEAP_SIZE)
    }

    #[test]
    fn depth_at_the_limit_is_cheap_and_one_more_is_not() {
        for tag in ["<div>", "<ul><li>", "<b>", "<table><tr><td>"] {
            assert!(cheap(&tag.repeat(MAX_DEPTH)), "{tag}");
            assert!(!cheap(&tag.repeat(MAX_DEPTH + 1)), "{tag}");
        }
        assert!(cheap(&"<div><p>a</div>".repeat(20_000)), "closed again");
        assert!(cheap(&"<p>a<li>b".repeat(20_000)), "closed by the next");
        assert!(!cheap(&"<div><table></div>".repeat(MAX_DEPTH)), "a table keeps what is around it open");
    }

    #[test]
    fn words_marked_through_many_paragraphs_are_cheap_up_to_a_limit() {
        // The marks themselves count 0 + 1 + 2 + ... + 124.
        let (marks, left) = ("<b>".repeat(125), (MAX_COPIES - 7_750) / 125);
        assert_eq!(left % 2, 0);
        assert!(cheap(&"<b>a</b>".repeat(2_000)), "closed again");
        for (piece, count) in [("<p>", left), ("a<br>", left / 2)] {
            assert!(cheap(&format!("{marks}{}", piece.repeat(count))), "{piece}");
            assert!(!cheap(&format!("{marks}{}", piece.repeat(count + 1))), "{piece}");
        }
    }

    #[test]
    fn pieces_astray_in_a_table_are_cheap_up_to_a_limit() {
        let table = |count: usize| format!("<table><tr>{}", "<wbr>".repeat(count));
        assert!(cheap(&table(MAX_STRAY)));
        assert!(!cheap(&table(MAX_STRAY + 1)));
        assert!(cheap(&format!("<table><tr><td>{}", "<wbr>x".repeat(20_000))), "in a cell they are at home");
    }
}
