//! What rules are checked against: `data/catalog`, as it was read.

use crate::rule::Step;
use crate::rule::facts::{Facts, Led};
use crate::text::{Action, Catalog, Kind, KindOf, Operation, Service, Shape};

const TAGGING: u32 = 4;

impl<'a> Facts for &'a Catalog {
    type Service = &'a Service;
    type Operation = (&'a Service, &'a Operation);
    type Shape = (&'a Service, &'a Shape);

    fn operation(&self, service: Self::Service, name: &str) -> Option<Self::Operation> {
        service.operations.get(name).map(|it| (service, it))
    }

    fn operations(&self, service: Self::Service) -> Vec<Self::Operation> {
        service.operations.values().map(|it| (service, it)).collect()
    }

    fn lists(&self, (_, operation): Self::Operation, id: &str) -> bool {
        operation.actions.iter().any(|action| action.id() == id)
    }

    fn has_prefix(&self, prefix: &str) -> bool {
        self.prefixes.contains_key(prefix)
    }

    fn has_action(&self, prefix: &str, name: &str) -> bool {
        action(self, prefix, name).is_some()
    }

    fn is_tagging(&self, prefix: &str, name: &str) -> bool {
        action(self, prefix, name).is_some_and(|it| it.access_level == TAGGING)
    }

    fn has_type(&self, prefix: &str, name: &str, kind: &str) -> bool {
        action(self, prefix, name)
            .is_some_and(|action| action.resources.iter().any(|it| it.kind == kind))
    }

    fn fills(&self, prefix: &str, name: &str, kind: Option<&str>, placeholder: &str) -> bool {
        let Some(action) = action(self, prefix, name) else { return false };
        let formats = |kind: &str| {
            self.prefixes[prefix].resources.get(kind).into_iter().flat_map(|it| &it.formats)
        };
        let mut types = action.resources.iter().map(|it| &it.kind);
        types.any(|it| {
            kind.is_none_or(|kind| kind == it)
                && formats(it).any(|format| format.contains(placeholder))
        })
    }

    fn has_placeholder(&self, kind: Option<&str>, placeholder: &str) -> bool {
        self.prefixes.values().flat_map(|it| &it.resources).any(|(it, known)| {
            kind.is_none_or(|kind| kind == it)
                && known.formats.iter().any(|format| format.contains(placeholder))
        })
    }

    fn input(&self, (service, operation): Self::Operation) -> Option<Self::Shape> {
        let shape = service.shapes.get(operation.wire.input.as_ref()?)?;
        Some((service, shape))
    }

    fn step(&self, (service, shape): Self::Shape, step: &Step) -> Option<Led<Self::Shape>> {
        let kind: &Kind = match (step, shape) {
            (Step::Member(name), Shape::Structure { members, .. }) => {
                &members.iter().find(|it| it.name == *name)?.kind
            }
            (Step::Items, Shape::List { kind, .. }) | (Step::Values, Shape::Map { kind, .. }) => {
                kind
            }
            (Step::Keys, Shape::Map { .. }) => return Some(Led { to: None, sensitive: false }),
            _ => return None,
        };
        let to = match &kind.of {
            KindOf::Shape(name) => Some((service, service.shapes.get(name)?)),
            KindOf::Scalar(_) => None,
        };
        Some(Led { to, sensitive: kind.sensitive })
    }

    fn plain_members(&self, (_, shape): Self::Shape) -> Vec<String> {
        let Shape::Structure { members, .. } = shape else { return Vec::new() };
        let plain = members
            .iter()
            .filter(|it| !it.kind.sensitive && matches!(it.kind.of, KindOf::Scalar(_)));
        plain.map(|it| it.name.clone()).collect()
    }
}

fn action<'a>(catalog: &'a Catalog, prefix: &str, name: &str) -> Option<&'a Action> {
    catalog.prefixes.get(prefix)?.actions.get(name)
}
