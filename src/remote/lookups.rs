//! What CloudTrail looks up, read like a file: its pages, one after the other.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::runtime::Handle;

use crate::aws::{AskError, Lookup};
use crate::recording::trail::{Found, FoundAll, Stored};
use crate::remote::reading::pipe;

/// What a region's CloudTrail looks up.
#[derive(Debug)]
struct LookedUp {
    handle: Handle,
    /// What begins again.
    anew: Lookup,
    /// The first page, with what asks for the others.
    first: Mutex<Option<(Option<Bytes>, Lookup)>>,
}

/// Looks up the first page.
pub(super) async fn begin(handle: Handle, lookup: Lookup) -> Result<FoundAll, AskError> {
    let (anew, mut lookup) = (lookup.clone(), lookup);
    let page = lookup.page().await?;
    let name = format!("CloudTrail in {}", lookup.region());
    let first = Mutex::new(Some((page, lookup)));
    let stored = Arc::new(LookedUp { handle, anew, first });
    Ok(FoundAll { found: vec![Found { name, stored, is_of_events: true }], others: 0 })
}

impl Stored for LookedUp {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        let (sender, pieces) = pipe();
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (first, mut lookup) = first.unwrap_or_else(|| (None, self.anew.clone()));
        self.handle.spawn(async move {
            if let Some(page) = first
                && sender.send(Ok(page)).await.is_err()
            {
                return;
            }
            while let Some(page) = lookup.page().await.transpose() {
                let is_over = page.is_err();
                if sender.send(page).await.is_err() || is_over {
                    break;
                }
            }
        });
        Ok(Box::new(pieces))
    }

    /// Nobody knows.
    fn size(&self) -> u64 {
        0
    }
}
