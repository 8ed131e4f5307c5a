//! What a file of rules is checked against: the catalogue, as far as rules name it.

use super::language::Step;

/// The catalogue, as text (in `build/`) or packed (at run time).
pub(crate) trait Facts {
    /// A service.
    type Service: Copy;
    /// An operation of a service.
    type Operation: Copy;
    /// A structure, list or map of an operation's input.
    type Shape: Copy;

    /// The operation of this name.
    fn operation(&self, service: Self::Service, name: &str) -> Option<Self::Operation>;
    /// All operations.
    fn operations(&self, service: Self::Service) -> Vec<Self::Operation>;
    /// Whether the operation is known to use the action (`s3:PutObject`).
    fn lists(&self, operation: Self::Operation, id: &str) -> bool;

    /// Whether there are actions with this prefix.
    fn has_prefix(&self, prefix: &str) -> bool;
    /// Whether there is the action `prefix:name`, letter for letter.
    fn has_action(&self, prefix: &str, name: &str) -> bool;
    /// Whether it is an action that puts or takes off tags.
    fn is_tagging(&self, prefix: &str, name: &str) -> bool;
    /// Whether the action has a resource type of this name.
    fn has_type(&self, prefix: &str, name: &str, kind: &str) -> bool;
    /// Whether one of the action's resource types (the one called `kind`, where it is given) has an ARN format with
    /// this placeholder (`${BucketName}`).
    fn fills(&self, prefix: &str, name: &str, kind: Option<&str>, placeholder: &str) -> bool;
    /// The same of any resource type at all.
    fn has_placeholder(&self, kind: Option<&str>, placeholder: &str) -> bool;

    /// The structure of an operation's input.
    fn input(&self, operation: Self::Operation) -> Option<Self::Shape>;
    /// Where a step leads, `None` when nowhere.
    fn step(&self, shape: Self::Shape, step: &Step) -> Option<Led<Self::Shape>>;
    /// The names of a structure's members that are scalars and not sensitive.
    fn plain_members(&self, shape: Self::Shape) -> Vec<String>;
}

/// Where a step of a path leads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Led<S> {
    /// What is there; `None`: a scalar.
    pub(crate) to: Option<S>,
    /// Whether that is sensitive.
    pub(crate) sensitive: bool,
}
