//! Chance that can be had again.
#![cfg_attr(not(unix), allow(dead_code, reason = "what is killed at random is killed on Unix"))]

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// A generator with a seed (SplitMix64): the same numbers on every machine.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Chance {
        Chance(seed)
    }

    /// Other numbers each time, or those of the seed in `LEASTWISE_SEED`. The seed is printed, and so it is shown of a test that fails.
    pub(crate) fn new() -> Chance {
        let seed = match std::env::var("LEASTWISE_SEED") {
            Ok(seed) => seed.parse().expect("LEASTWISE_SEED is a whole number"),
            Err(_) => RandomState::new().hash_one(()),
        };
        println!("LEASTWISE_SEED={seed}");
        Chance(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// How many rounds a test of chance has: ten times as many as usual under `LEASTWISE_LOAD`.
pub(crate) fn rounds(usual: u64) -> u64 {
    if std::env::var_os("LEASTWISE_LOAD").is_some() { usual * 10 } else { usual }
}
