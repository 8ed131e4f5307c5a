//! The objects that S3 calls name otherwise than by `Bucket` and `Key`: the source of a copy, and the
//! many of a batch delete.

use std::sync::LazyLock;

use serde_json::Value;

use super::access_points;
use super::arn::{self, Place, literal};
use super::look::Origin;
use super::refusal::{Refusal, Wrong};
use crate::call::Call;
use crate::catalog::rule::{Source, Step, Value as Looked};
use crate::catalog::{Action, Operation};

/// How a request names the objects of an action, where it is not by `Bucket` and `Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objects {
    /// One, in `CopySource`: the source is read, the destination written
    /// (docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
    Copied,
    /// Many, in `Delete.Objects[].Key`, of the request's bucket.
    Listed,
}

/// How requests of an operation name the objects of an action.
pub fn objects(action: Action, operation: Operation) -> Option<Objects> {
    if operation.service().name() != "s3" || !matches!(action.prefix(), "s3" | "s3-outposts") {
        return None;
    }
    match operation.name() {
        "CopyObject" | "UploadPartCopy" if action.name().starts_with("GetObject") => {
            Some(Objects::Copied)
        }
        "DeleteObjects" => Some(Objects::Listed),
        _ => None,
    }
}

/// Where a batch names its objects.
static KEYS: LazyLock<Looked> = LazyLock::new(|| {
    let member = |name: &str| Step::Member(name.to_owned());
    let steps = vec![member("Delete"), member("Objects"), Step::Items, member("Key")];
    Looked { source: Source::Path(steps), functions: Vec::new() }
});

/// The objects that this action is needed on, where they are not the request's `Bucket` and `Key`; and what of the request
/// names none. `is_meant` says whether the object in a place of the request is one of those that are asked for.
pub(super) fn of(
    action: Action,
    operation: Operation,
    place: Place<'_>,
    call: &Call,
    is_meant: &mut dyn FnMut(&Origin<'_>) -> bool,
) -> Option<(Vec<String>, Option<Wrong>)> {
    match objects(action, operation)? {
        Objects::Copied => {
            let wrong = |refusal| (Vec::new(), Some(("CopySource".to_owned(), refusal)));
            Some(match call.parameters.get("CopySource") {
                None => (vec![any_object(place)], None),
                Some(source) => match source.as_str().map(|source| copied(source, place)) {
                    Some(Some(object)) => (vec![object], None),
                    Some(None) => wrong(Refusal::OtherKind),
                    None => wrong(Refusal::Unreadable),
                },
            })
        }
        Objects::Listed => {
            let bucket = call.parameters.get("Bucket").and_then(Value::as_str)?;
            let objects = call.parameters.get("Delete")?.get("Objects")?.as_array()?;
            let mut origin: Origin<'_> = (&KEYS, vec![0]);
            let mut arns = Vec::new();
            let mut any = false;
            for (number, named) in objects.iter().enumerate() {
                let Some(key) = named.get("Key").and_then(Value::as_str) else { continue };
                any = true;
                origin.1[0] = number;
                if is_meant(&origin) {
                    arns.push(object(bucket, key, place));
                }
            }
            // What was too long, or more than is kept of a request.
            let is_lost = |object: &Value| object.is_null() || object["Key"].is_null();
            let lost = objects.iter().any(is_lost);
            let wrong = lost.then(|| ("Delete".to_owned(), Refusal::Unreadable));
            any.then_some((arns, wrong))
        }
    }
}

/// `bucket/key?versionId=…`, also with a slash before it; or an access point's ARN with `/object/key`.
/// What was percent-encoded on the wire is decoded already. `None`: it is neither.
fn copied(source: &str, place: Place<'_>) -> Option<String> {
    let path = source.rsplit_once("?versionId=").map_or(source, |(path, _)| path);
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.starts_with("arn:") {
        return arn::is_access_point(path).then(|| literal(path).into_owned());
    }
    let (bucket, key) = path.split_once('/')?;
    Some(object(bucket, key, place))
}

fn object(bucket: &str, key: &str, place: Place<'_>) -> String {
    if let Some(point) = access_points::named(bucket, place) {
        return access_points::object(&point, &literal(key));
    }
    format!("arn:{}:s3:::{}/{}", place.partition, literal(bucket), literal(key))
}

fn any_object(place: Place<'_>) -> String {
    format!("arn:{}:s3:::*/*", place.partition)
}
