//! How the way to a text in the body of an answer is written: the names of the members on the way to it, as they are on the
//! wire, with dots between them (`instancesSet.instanceId`).

/// What stands behind the name of a list whose items are the texts (`flowLogIdSet[]`).
pub const ITEMS: &str = "[]";

/// Whether a name on the way is left out: what wraps an answer (`CreateVpcResponse`, `CreateQueueResult`) and the items of
/// a list in XML (`member`, EC2's `item`), and a list's items in JSON, which have no name.
pub fn is_wrapper(name: &str) -> bool {
    matches!(name, "" | "member" | "item") || name.ends_with("Response") || name.ends_with("Result")
}
