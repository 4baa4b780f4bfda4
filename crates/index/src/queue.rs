//! Documents on their way into the engine. Its queue holds ten thousand of them, whatever their size; here it is counted in
//! bytes, so that mail with large attachments does not fill the memory.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tantivy::TantivyDocument;

/// Most bytes that wait: enough for the engine never to run dry, little beside what it works with.
const MOST: usize = 32 << 20;

/// A document that waits to be written.
pub(crate) struct Queued {
    document: TantivyDocument,
    _room: Arc<Taken>,
}

/// How much may wait, shared by all who write.
#[derive(Default)]
pub(crate) struct Room {
    waiting: Mutex<usize>,
    freed: Condvar,
}

/// Room that is taken, until this is dropped.
struct Taken {
    room: Arc<Room>,
    bytes: usize,
}

impl Room {
    /// Waits until there is room for documents of about so many bytes together, which are given back when the last of them is written;
    /// more than all the room waits until it is alone.
    pub(crate) fn queue(self: &Arc<Room>, documents: Vec<TantivyDocument>, bytes: usize) -> Vec<Queued> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |waiting: &mut usize| *waiting > 0 && *waiting + bytes > MOST;
        let mut waiting = self.freed.wait_while(waiting, full).unwrap_or_else(PoisonError::into_inner);
        *waiting += bytes;
        drop(waiting);
        let taken = Arc::new(Taken { room: Arc::clone(self), bytes });
        documents.into_iter().map(|document| Queued { document, _room: Arc::clone(&taken) }).collect()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        *self.room.waiting.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.room.freed.notify_all();
    }
}

impl tantivy::Document for Queued {
    type Value<'a> = <TantivyDocument as tantivy::Document>::Value<'a>;
    type FieldsValuesIter<'a> = <TantivyDocument as tantivy::Document>::FieldsValuesIter<'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        tantivy::Document::iter_fields_and_values(&self.document)
    }

    /// The engine takes it off the queue.
    fn into_tantivy_document(self) -> TantivyDocument {
        self.document
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
        time::Duration,
    };

    use super::*;

    #[test]
    fn what_waits_is_counted_in_bytes_and_goes_on_when_room_is_freed() {
        let room = Arc::new(Room::default());
        let one = || vec![TantivyDocument::new()];
        let mut first = room.queue(vec![TantivyDocument::new(), TantivyDocument::new()], MOST);
        let passed = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                let second = room.queue(one(), 1);
                passed.store(1, Ordering::SeqCst);
                second.into_iter().for_each(|it| drop(tantivy::Document::into_tantivy_document(it)));
                // Larger than all the room: it goes alone, and does not wait for ever.
                drop(room.queue(one(), MOST + 1));
                passed.store(2, Ordering::SeqCst);
            });
            thread::sleep(Duration::from_millis(50));
            drop(first.pop());
            thread::sleep(Duration::from_millis(20));
            assert_eq!(passed.load(Ordering::SeqCst), 0, "there is no room for one byte more while one of them waits");
            drop(first);
        });
        assert_eq!((passed.load(Ordering::SeqCst), *room.waiting.lock().unwrap()), (2, 0));
    }
}
