//! How much is kept of a member.

/// What is kept of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::recognize) enum Keep {
    /// All of it.
    Whole,
    /// That it is there: `true`.
    Presence,
    /// A tag's value: it is taken out of the parameters again, with its key, and what stays is that it is there.
    Tag,
    /// The names of an encoded `name=value&…`, without the values.
    Names,
    /// A statement of a query language, without its literals.
    Statement,
    /// A URL without what is behind its `?`, which may be a signature.
    Url,
    /// All of it, when it is an ARN.
    Arn,
    /// All of it, when it is a whole ARN: of what the model calls sensitive, that is no secret.
    Reference,
    /// The same, or a key of KMS by its id or alias.
    Key,
    /// The types of the resources in a CloudFormation template, as a list.
    Types,
    /// The fields at the top of a GraphQL document, as a list.
    Fields,
}
