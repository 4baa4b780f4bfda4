//! What took work to make, kept within a bound of bytes: what was asked for lately stays, the rest goes.

use std::{
    collections::HashMap,
    hash::Hash,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A thing larger than this part of the whole would push out too many others.
const LARGEST_PART: usize = 8;

/// Things by name, at most so many bytes of them. There are two halves: what is new or asked for again goes into the younger;
/// when that is full, the older is dropped and the younger takes its place. So nothing has to be put in order.
#[derive(Debug)]
pub struct Kept<K, V> {
    most: usize,
    halves: Mutex<Halves<K, V>>,
}

#[derive(Debug)]
struct Halves<K, V> {
    young: HashMap<K, (V, usize)>,
    bytes: usize,
    old: HashMap<K, (V, usize)>,
}

impl<K: Hash + Eq, V: Clone> Kept<K, V> {
    /// Room for so many bytes; with 0 nothing is kept.
    pub fn with_room(most: usize) -> Kept<K, V> {
        Kept { most, halves: Mutex::new(Halves { young: HashMap::new(), bytes: 0, old: HashMap::new() }) }
    }

    /// What is kept under a name.
    pub fn get(&self, name: &K) -> Option<V> {
        let mut halves = self.halves();
        if let Some((value, _)) = halves.young.get(name) {
            return Some(value.clone());
        }
        let (name, (value, bytes)) = halves.old.remove_entry(name)?;
        self.put_into(&mut halves, name, value.clone(), bytes);
        Some(value)
    }

    /// Keeps something of so many bytes, if there is room for such a thing at all.
    pub fn put(&self, name: K, value: V, bytes: usize) {
        if bytes <= self.most / LARGEST_PART && self.most > 0 {
            self.put_into(&mut self.halves(), name, value, bytes);
        }
    }

    /// Drops everything.
    pub fn clear(&self) {
        let mut halves = self.halves();
        (halves.young, halves.old, halves.bytes) = (HashMap::new(), HashMap::new(), 0);
    }

    fn put_into(&self, halves: &mut Halves<K, V>, name: K, value: V, bytes: usize) {
        if halves.bytes + bytes > self.most / 2 {
            halves.old = mem::take(&mut halves.young);
            halves.bytes = 0;
        }
        halves.bytes += bytes;
        if let Some((_, before)) = halves.young.insert(name, (value, bytes)) {
            halves.bytes -= before;
        }
    }

    fn halves(&self) -> MutexGuard<'_, Halves<K, V>> {
        // Nothing in here can be left half done.
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_goes() {
        let kept = Kept::with_room(80);
        kept.put("wanted", 1, 10);
        for number in 0..100 {
            assert_eq!(kept.get(&"wanted"), Some(1), "after {number} others");
            kept.put(["a", "b", "c", "d", "e"][number % 5], number, 10);
        }
        kept.put("forgotten", 2, 10);
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].into_iter().for_each(|name| kept.put(name, 0, 10));
        assert_eq!(kept.get(&"forgotten"), None);
    }

    #[test]
    fn never_more_than_there_is_room_for() {
        let kept = Kept::with_room(160);
        (0..1000).for_each(|number| kept.put(number, number, 20));
        let halves = kept.halves();
        assert!((halves.young.len() + halves.old.len()) * 20 <= 160);
    }

    #[test]
    fn an_eighth_of_the_room_is_kept_and_one_byte_more_is_not() {
        let kept = Kept::with_room(80);
        kept.put("fits", 1, 10);
        kept.put("too large", 2, 11);
        assert_eq!((kept.get(&"fits"), kept.get(&"too large")), (Some(1), None));
        let none = Kept::with_room(0);
        none.put("anything", 1, 0);
        assert_eq!(none.get(&"anything"), None);
    }

    #[test]
    fn what_is_put_again_is_counted_once() {
        let kept = Kept::with_room(80);
        (0..1000).for_each(|number| kept.put("same", number, 10));
        assert_eq!(kept.get(&"same"), Some(999));
        assert_eq!(kept.halves().bytes, 10);
    }
}
