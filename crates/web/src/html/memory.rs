//! HTML cleaned lately: the page and its frame ask for the same within a second.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// How many are remembered.
const REMEMBERED: usize = 16;

/// Of which commit, and which message.
type Key = (u64, String);

/// What came of the last few.
#[derive(Debug)]
pub(crate) struct Memory<T>(Mutex<VecDeque<(Key, Arc<T>)>>);

impl<T> Default for Memory<T> {
    fn default() -> Memory<T> {
        Memory(Mutex::default())
    }
}

impl<T> Memory<T> {
    pub(super) fn recall(&self, key: &Key) -> Option<Arc<T>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(of, _)| of == key).map(|(_, result)| Arc::clone(result))
    }

    pub(super) fn learn(&self, key: Key, result: &Arc<T>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(of, _)| *of != key);
        known.truncate(REMEMBERED - 1);
        known.push_front((key, Arc::clone(result)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_few_are_remembered_and_the_one_before_them_is_not() {
        let memory = Memory::default();
        for n in 0..=REMEMBERED as u64 {
            memory.learn((n, "a".into()), &Arc::new(n));
        }
        assert_eq!(memory.recall(&(0, "a".into())), None);
        assert_eq!(memory.recall(&(1, "a".into())).as_deref(), Some(&1));
        memory.learn((1, "a".into()), &Arc::new(9));
        assert_eq!(memory.recall(&(1, "a".into())).as_deref(), Some(&9));
    }
}
