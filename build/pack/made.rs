//! What calls make and answers tell: one table for each service.

use std::collections::BTreeMap;

use super::{Packer, size, varint, word};
use crate::format::WORD;
use crate::text::{Made, Name, Service};

impl Packer<'_> {
    /// The table of a service, or which name in it AWS does not have.
    pub(super) fn made(&self, service: &Service) -> Result<Vec<u8>, String> {
        let indexes: BTreeMap<&str, u32> =
            service.operations.keys().map(String::as_str).zip(0..).collect();
        let is_something = |made: &Made| !(made.makes.is_empty() && made.tells.is_empty());
        let made: Vec<(&String, &Made)> =
            service.made.iter().filter(|(_, made)| is_something(made)).collect();
        let start = (1 + made.len() * 2) * WORD;
        let (mut table, mut records) = (Vec::new(), Vec::new());
        word(&mut table, size(made.len()));
        for (operation, made) in made {
            word(&mut table, indexes[operation.as_str()]);
            word(&mut table, size(start + records.len()));
            let located = |problem: String| format!("{operation}: {problem}");
            varint(&mut records, size(made.makes.len()));
            for name in &made.makes {
                self.name(&mut records, name).map_err(located)?;
            }
            varint(&mut records, size(made.tells.len()));
            for name in made.tells.iter().flat_map(|(child, parent)| [child, parent]) {
                self.name(&mut records, name).map_err(located)?;
            }
        }
        table.extend(records);
        Ok(table)
    }

    fn name(&self, record: &mut Vec<u8>, name: &Name) -> Result<(), String> {
        let Name { path, variable, prefix, kind, flags } = name;
        let prefixes = &self.catalog.prefixes;
        let missing = || format!("AWS has no resource type {prefix}:{kind}");
        let types = &prefixes.get(prefix).ok_or_else(missing)?.resources;
        let formats = &types.get(kind).ok_or_else(missing)?.formats;
        if !formats.iter().any(|format| format.contains(&format!("${{{variable}}}"))) {
            return Err(format!("no ARN of {prefix}:{kind} has a variable {variable}"));
        }
        varint(record, self.string(path));
        varint(record, size(prefixes.keys().position(|it| it == prefix).unwrap_or_default()));
        varint(record, size(types.keys().position(|it| it == kind).unwrap_or_default()));
        varint(record, self.string(variable));
        varint(record, *flags);
        Ok(())
    }
}
