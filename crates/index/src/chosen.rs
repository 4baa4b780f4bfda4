//! The filters of a query that are facets, tested message by message beside the rest of it.

use crate::columns::Rows;

/// The facets, in the order of their bits in a mask of failed filters.
pub(crate) const FACETS: [&str; 7] = ["list", "person", "year", "month", "has", "is", "lang"];

/// The filters of a query that are facets: `None` lets everything through.
#[derive(Default)]
pub(crate) struct Chosen {
    /// By set of lists.
    pub(crate) lists: Option<Vec<bool>>,
    pub(crate) people: Option<Vec<bool>>,
    /// Spans of months.
    pub(crate) years: Option<Vec<(u16, u16)>>,
    pub(crate) months: Option<Vec<(u16, u16)>>,
    /// Flags of which one must be set.
    pub(crate) has: Option<u32>,
    pub(crate) is: Option<u32>,
    pub(crate) languages: Option<Vec<bool>>,
}

impl Chosen {
    /// Whether everything passes.
    pub(crate) fn is_nothing(&self) -> bool {
        self.lists.is_none()
            && self.people.is_none()
            && self.years.is_none()
            && self.months.is_none()
            && self.has.is_none()
            && self.is.is_none()
            && self.languages.is_none()
    }

    /// Which filters a message fails: a bit per facet.
    pub(crate) fn failed(&self, rows: &Rows, row: usize) -> u8 {
        let inside =
            |spans: &[(u16, u16)]| spans.iter().any(|(first, last)| (*first..=*last).contains(&rows.month[row]));
        let mut failed = 0;
        let mut test = |bit: u8, passes: bool| failed |= u8::from(!passes) << bit;
        if let Some(chosen) = &self.lists {
            test(0, chosen[rows.lists[row] as usize]);
        }
        if let Some(chosen) = &self.people {
            test(1, chosen[rows.person[row] as usize]);
        }
        if let Some(spans) = &self.years {
            test(2, inside(spans));
        }
        if let Some(spans) = &self.months {
            test(3, inside(spans));
        }
        if let Some(mask) = self.has {
            test(4, rows.flags[row] & mask != 0);
        }
        if let Some(mask) = self.is {
            test(5, rows.flags[row] & mask != 0);
        }
        if let Some(chosen) = &self.languages {
            test(6, chosen[rows.language[row] as usize]);
        }
        failed
    }
}
