//! The queue to the thread that writes the index, kept short: the engine's own would hold ten thousand documents, which
//! is more memory than everything else in a crawl.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tantivy::{Document, TantivyDocument};

/// Documents that wait at most.
const WAITING_MAX: usize = 64;

/// A writer that takes up no document for so long has stopped; the next call to it says so.
const PATIENCE: Duration = Duration::from_secs(5);

/// The places in the queue.
#[derive(Debug, Default)]
pub(super) struct Queue(Arc<Places>);

#[derive(Debug, Default)]
struct Places {
    taken: Mutex<usize>,
    freed: Condvar,
}

/// A document in the queue; its place is free again as soon as the writer's thread takes it up, or drops it.
pub(super) struct Queued {
    document: TantivyDocument,
    _place: Place,
}

struct Place(Arc<Places>);

impl Queue {
    /// Waits for a free place.
    pub(super) fn enter(&self, document: TantivyDocument) -> Queued {
        let taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.freed.wait_timeout_while(taken, PATIENCE, |taken| *taken >= WAITING_MAX);
        let (mut taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Queued { document, _place: Place(Arc::clone(&self.0)) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

impl Document for Queued {
    type Value<'a> = <TantivyDocument as Document>::Value<'a>;
    type FieldsValuesIter<'a> = <TantivyDocument as Document>::FieldsValuesIter<'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.document.iter_fields_and_values()
    }

    fn into_tantivy_document(self) -> TantivyDocument {
        self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_waits_until_a_document_is_taken_up() {
        let queue = Arc::new(Queue::default());
        let mut waiting: Vec<Queued> = (0..WAITING_MAX).map(|_| queue.enter(TantivyDocument::new())).collect();
        let one_more = {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || drop(queue.enter(TantivyDocument::new())))
        };
        std::thread::sleep(Duration::from_millis(50));
        assert!(!one_more.is_finished(), "it must wait");
        waiting.pop().map(Document::into_tantivy_document);
        one_more.join().expect("it enters");
        drop(waiting);
        assert_eq!(*queue.0.taken.lock().expect("whole"), 0);
    }
}
