//! The pages that a long answer is cut into: which of them are linked, and what is said of one after the last.

use crate::wording;

/// The pages around this one.
#[derive(Default)]
pub(crate) struct Pager {
    /// Number and address of each; the address is empty for this page, the number 0 for a gap.
    pub(crate) pages: Vec<(usize, String)>,
    /// The page before.
    pub(crate) previous: Option<String>,
    /// The page after.
    pub(crate) next: Option<String>,
    /// How many can be paged to, where more remain.
    pub(crate) cut: Option<String>,
}

/// A page that was asked for after the last one.
pub(crate) struct Beyond {
    /// Its number.
    pub(crate) page: String,
    /// The last page's.
    pub(crate) last: String,
    /// The last page.
    pub(crate) address: String,
    /// Whether more is left than can be paged to.
    pub(crate) more: bool,
}

/// The first pages, the last reachable one, and those around this one. Of all `units`, `depth` can be reached.
pub(crate) fn pager(page: usize, size: usize, units: usize, depth: usize, address: impl Fn(usize) -> String) -> Pager {
    let reachable = depth / size;
    let last = units.div_ceil(size).min(reachable);
    let mut pages = Vec::new();
    let mut shown = 0;
    for number in (1..=last).filter(|&number| number == 1 || number == last || number.abs_diff(page) <= 2) {
        if number > shown + 1 {
            pages.push((0, String::new()));
        }
        pages.push((number, if number == page { String::new() } else { address(number) }));
        shown = number;
    }
    let within = reachable.saturating_mul(size);
    Pager {
        previous: (page > 1 && last > 0).then(|| address((page - 1).min(last))),
        next: (page < last).then(|| address(page + 1)),
        // Pages are whole: with thirty on each, the last ends at 9,990.
        cut: (page >= last && units > within).then(|| wording::count(within)),
        pages: if last > 1 { pages } else { Vec::new() },
    }
}

/// What to say of a page after the last one; nothing where no page has anything.
pub(crate) fn beyond(
    page: usize,
    size: usize,
    units: usize,
    depth: usize,
    address: impl Fn(usize) -> String,
) -> Option<Beyond> {
    let all = units.div_ceil(size);
    let last = all.min(depth / size);
    (last > 0 && page > last).then(|| Beyond {
        page: wording::count(page),
        last: wording::count(last),
        address: address(last),
        more: all > last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPTH: usize = 10_000;

    #[test]
    fn a_page_after_the_last_leads_to_the_last() {
        let at = |page: usize| page.to_string();
        let said = |page, units| beyond(page, 20, units, DEPTH, at).map(|it| (it.page, it.last, it.address, it.more));
        assert_eq!(said(99, 39), Some(("99".into(), "2".into(), "2".into(), false)));
        assert_eq!(said(501, 50_000), Some(("501".into(), "500".into(), "500".into(), true)));
        assert_eq!(said(501, 10_000), Some(("501".into(), "500".into(), "500".into(), false)));
        assert_eq!((said(2, 39), said(99, 0)), (None, None));
    }

    #[test]
    fn pages_end_where_the_index_ends() {
        let far = pager(500, 20, 50_000, DEPTH, |page| page.to_string());
        assert_eq!((far.next, far.pages.last().map(|page| page.0)), (None, Some(500)));
        let near = pager(1, 20, 41, DEPTH, |page| page.to_string());
        assert_eq!(near.pages.iter().map(|page| page.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(near.cut.is_none() && near.previous.is_none() && near.next.is_some());
        assert!(pager(1, 20, 20, DEPTH, |page| page.to_string()).pages.is_empty());
        assert_eq!(pager(90, 20, 41, DEPTH, |page| page.to_string()).previous.as_deref(), Some("3"));
        let all = pager(1, 20, 50_000, usize::MAX, |page| page.to_string());
        assert_eq!((all.cut, all.pages.last().map(|page| page.0)), (None, Some(2_500)));
    }

    #[test]
    fn the_last_page_says_how_many_can_be_paged_to() {
        for (page, size, units, cut) in [
            (500, 20, 50_000, Some("10,000")),
            (333, 30, 50_000, Some("9,990")),
            (333, 30, 9_990, None),
            (333, 30, 9_991, Some("9,990")),
            (332, 30, 50_000, None),
        ] {
            let made = pager(page, size, units, DEPTH, |page| page.to_string());
            assert_eq!(made.cut.as_deref(), cut, "page {page} of {units} by {size}");
        }
    }
}
