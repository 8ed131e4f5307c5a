//! What rules are checked against: the packed catalogue.

use crate::catalog::action::{AccessLevel, Action};
use crate::catalog::embedded::Catalog;
use crate::catalog::rule::Step;
use crate::catalog::rule::facts::{Facts, Led};
use crate::catalog::service::{Operation, Service};
use crate::catalog::shape::{Kind, Member, Shape, Type};

impl Facts for Catalog {
    type Service = Service;
    type Operation = Operation;
    type Shape = Shape;

    fn operation(&self, service: Service, name: &str) -> Option<Operation> {
        service.operation(name)
    }

    fn operations(&self, service: Service) -> Vec<Operation> {
        service.operations().collect()
    }

    fn lists(&self, operation: Operation, id: &str) -> bool {
        operation.authorized().any(|it| it.action().to_string() == id)
    }

    fn has_prefix(&self, prefix: &str) -> bool {
        self.prefixes().any(|it| it == prefix)
    }

    fn has_action(&self, prefix: &str, name: &str) -> bool {
        action(*self, prefix, name).is_some()
    }

    fn is_tagging(&self, prefix: &str, name: &str) -> bool {
        action(*self, prefix, name).is_some_and(|it| it.access_level() == AccessLevel::Tagging)
    }

    fn has_type(&self, prefix: &str, name: &str, kind: &str) -> bool {
        action(*self, prefix, name)
            .is_some_and(|it| it.resources().any(|it| it.resource_type.name() == kind))
    }

    fn fills(&self, prefix: &str, name: &str, kind: Option<&str>, placeholder: &str) -> bool {
        let types = action(*self, prefix, name).into_iter().flat_map(Action::resources);
        types.map(|it| it.resource_type).any(|it| {
            kind.is_none_or(|kind| kind == it.name())
                && it.arn_formats().any(|format| format.contains(placeholder))
        })
    }

    fn has_placeholder(&self, kind: Option<&str>, placeholder: &str) -> bool {
        Action::resource_types().any(|it| {
            kind.is_none_or(|kind| kind == it.name())
                && it.arn_formats().any(|format| format.contains(placeholder))
        })
    }

    fn input(&self, operation: Operation) -> Option<Shape> {
        operation.input()
    }

    fn step(&self, shape: Shape, step: &Step) -> Option<Led<Shape>> {
        let (kind, sensitive) = match (step, shape.kind()) {
            (Step::Member(name), Kind::Structure { .. }) => {
                let member = shape.member(name)?;
                (member.kind, member.sensitive)
            }
            (Step::Items, Kind::List { item, sensitive, .. }) => (item, sensitive),
            (Step::Values, Kind::Map { value, sensitive, .. }) => (value, sensitive),
            (Step::Keys, Kind::Map { .. }) => return Some(Led { to: None, sensitive: false }),
            _ => return None,
        };
        let to = match kind {
            Type::Shape(shape) => Some(shape),
            Type::Scalar(_) => None,
        };
        Some(Led { to, sensitive })
    }

    fn plain_members(&self, shape: Shape) -> Vec<String> {
        let plain = |it: &Member| !it.sensitive && matches!(it.kind, Type::Scalar(_));
        shape.members().filter(plain).map(|it| it.name.to_owned()).collect()
    }
}

/// The action of this very name; IAM takes any case, a file of rules is to have AWS's.
fn action(catalog: Catalog, prefix: &str, name: &str) -> Option<Action> {
    catalog.action(prefix, name).filter(|it| it.name() == name)
}
