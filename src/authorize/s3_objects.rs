//! The objects that S3 calls name otherwise than by `Bucket` and `Key`: the source of a copy, and the
//! many of a batch delete.

use serde_json::Value;

use super::arn::literal;
use super::resources::Place;
use crate::call::Call;
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
    if (operation.service().name(), action.prefix()) != ("s3", "s3") {
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

/// The objects that this action is needed on, where they are not the request's `Bucket` and `Key`.
pub(super) fn of(
    action: Action,
    operation: Operation,
    place: Place<'_>,
    call: &Call,
) -> Option<Vec<String>> {
    match objects(action, operation)? {
        Objects::Copied => {
            let source = call.parameters.get("CopySource").and_then(Value::as_str);
            Some(vec![source.map_or_else(|| any_object(place), |it| copied(it, place))])
        }
        Objects::Listed => {
            let bucket = call.parameters.get("Bucket").and_then(Value::as_str)?;
            let objects = call.parameters.get("Delete")?.get("Objects")?.as_array()?;
            let keys = objects.iter().filter_map(|object| object.get("Key")?.as_str());
            let arns: Vec<String> = keys.map(|key| object(bucket, key, place)).collect();
            if arns.is_empty() { None } else { Some(arns) }
        }
    }
}

/// `bucket/key?versionId=…`, also with a slash before it; or an access point's ARN with `/object/key`.
/// What was percent-encoded on the wire is decoded already.
fn copied(source: &str, place: Place<'_>) -> String {
    let path = source.rsplit_once("?versionId=").map_or(source, |(path, _)| path);
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.starts_with("arn:") {
        return literal(path).into_owned();
    }
    match path.split_once('/') {
        Some((bucket, key)) => object(bucket, key, place),
        None => any_object(place),
    }
}

fn object(bucket: &str, key: &str, place: Place<'_>) -> String {
    if bucket.starts_with("arn:") {
        return format!("{bucket}/object/{}", literal(key));
    }
    format!("arn:{}:s3:::{bucket}/{}", place.partition, literal(key))
}

fn any_object(place: Place<'_>) -> String {
    format!("arn:{}:s3:::*/*", place.partition)
}
