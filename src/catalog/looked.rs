//! What rules look at beside the input.

/// What rules look at beside members of the operation's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// Headers of the request.
    Headers,
    /// Keys of its query string.
    Query,
    /// Headers of the answer.
    Response,
}
