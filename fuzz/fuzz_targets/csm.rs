//! A CSM datagram: read, and tracked.
#![no_main]

use leastwise::{call::Timestamp, catalog::Catalog, recognize::csm};

libfuzzer_sys::fuzz_target!(|datagram: &[u8]| {
    let mut tracker = csm::Tracker::new(Catalog::embedded());
    csm::events(datagram)
        .flatten()
        .for_each(|event| tracker.event(event, Timestamp(1_760_000_000_000), &mut |_| ()));
    tracker.finish(&mut |_| ());
});
