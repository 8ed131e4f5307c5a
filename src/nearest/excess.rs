//! What policies allow beyond what is needed.

use std::collections::BTreeMap;

use crate::catalog::AccessLevel;
use crate::nearest::actions::Actions;
use crate::nearest::bits::Bits;

/// The actions that are allowed and that nothing needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excess {
    /// Their names, sorted.
    pub actions: Vec<String>,
    /// How many of each kind there are, by service.
    pub services: BTreeMap<String, BTreeMap<AccessLevel, usize>>,
}

impl Excess {
    pub(super) fn of(actions: &Actions, numbers: &Bits) -> Excess {
        let mut excess = Excess::default();
        for (name, level) in numbers.numbers().filter_map(|number| actions.of(number)) {
            let service = name.split(':').next().unwrap_or_default().to_owned();
            *excess.services.entry(service).or_default().entry(level).or_default() += 1;
            excess.actions.push(name.to_owned());
        }
        excess
    }

    /// How many do this.
    pub fn count(&self, level: AccessLevel) -> usize {
        self.services.values().filter_map(|kinds| kinds.get(&level)).sum()
    }
}
