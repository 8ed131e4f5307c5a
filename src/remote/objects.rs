//! Objects of a bucket, read like files, in their order: while one is read the next ones are on their way.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use crate::aws::{Bucket, Object};
use crate::recording::trail::Stored;
use crate::remote::reading::{Pieces, pipe};

/// Objects that are on their way, beside those that are read.
const AHEAD: usize = 8;

/// Objects in their order.
#[derive(Debug)]
pub(super) struct Shelf {
    handle: Handle,
    bucket: Bucket,
    objects: Vec<Object>,
    begun: Mutex<Begun>,
}

/// What is on its way.
#[derive(Debug, Default)]
struct Begun {
    /// By their places in the order.
    waiting: HashMap<usize, Pieces>,
    /// All before this place were begun.
    before: usize,
}

/// One of them.
#[derive(Debug)]
pub(super) struct StoredObject {
    shelf: Arc<Shelf>,
    place: usize,
}

impl Shelf {
    pub(super) fn new(handle: Handle, bucket: Bucket, objects: Vec<Object>) -> Arc<Shelf> {
        Arc::new(Shelf { handle, bucket, objects, begun: Mutex::default() })
    }

    /// Each object, with its key.
    pub(super) fn each(self: &Arc<Shelf>) -> impl Iterator<Item = (&str, StoredObject)> {
        let each = self.objects.iter().enumerate();
        each.map(|(place, it)| (it.key.as_str(), StoredObject { shelf: Arc::clone(self), place }))
    }

    /// Opens an object, and begins with the next ones.
    fn open(&self, place: usize) -> Pieces {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = begun.waiting.remove(&place);
        if opened.is_none() {
            // It is read out of its turn, or again.
            begun.before = place + 1;
        }
        let end = (place + 1 + AHEAD).min(self.objects.len());
        for next in begun.before.max(place + 1)..end {
            begun.waiting.insert(next, self.begin(next));
            begun.before = next + 1;
        }
        opened.unwrap_or_else(|| self.begin(place))
    }

    fn begin(&self, place: usize) -> Pieces {
        let (sender, pieces) = pipe();
        let Some(object) = self.objects.get(place).cloned() else { return pieces };
        let bucket = self.bucket.clone();
        self.handle.spawn(async move {
            let mut body = match bucket.get(&object).await {
                Ok(body) => body,
                // Who does not read any more need not be told.
                Err(error) => return drop(sender.send(Err(error)).await),
            };
            while let Some(piece) = body.next().await.transpose() {
                let is_over = piece.is_err();
                if sender.send(piece).await.is_err() || is_over {
                    break;
                }
            }
        });
        pieces
    }
}

impl Stored for StoredObject {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.shelf.open(self.place)))
    }

    fn size(&self) -> u64 {
        self.shelf.objects.get(self.place).map_or(0, |it| it.size)
    }
}
