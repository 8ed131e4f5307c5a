//! `resources`: the ARNs that a record names, for what its parameters do not say.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::spelling::is_hidden;
use crate::catalog::{Kind, Operation, Scalar, Type};
use crate::recognize::http::keep::Keep;
use crate::recognize::http::plans;
use crate::recognize::http::take::LONGEST;

/// Resources of one record that are looked at.
const MOST: usize = 100;

/// One entry of `resources`.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "ARN", alias = "arn", default)]
    arn: Option<String>,
    #[serde(rename = "type", default)]
    kind: Option<String>,
}

/// The ARNs of a record, with their types (`AWS::S3::Object`).
pub(super) fn named(text: &str) -> Vec<(String, String)> {
    let list: Vec<Named> = serde_json::from_str(text).unwrap_or_default();
    let named = list.into_iter().take(MOST).filter_map(|it| {
        let arn = it.arn.filter(|arn| arn.starts_with("arn:") && arn.len() <= LONGEST)?;
        (!is_hidden(&arn)).then(|| (arn, it.kind.unwrap_or_default()))
    });
    named.collect()
}

/// Puts what the ARNs say in the place of members that the record lacks: S3's bucket and key by their ARNs; else an ARN in the place of
/// the only required member that can name something, where there is one ARN.
pub(super) fn fill(
    operation: Operation,
    named: &[(String, String)],
    taken: &mut Map<String, Value>,
) {
    if operation.service().name() == "s3" {
        fill_s3(named, taken);
        return;
    }
    let [(arn, _)] = named else { return };
    let Some(input) = operation.input() else { return };
    let plan = plans::plan(operation);
    let wanted = |name: &str| {
        let outside = plan.outside.iter().any(|it| it.name == name && it.keep == Keep::Whole);
        outside || plan.paths(true).iter().any(|path| path == name)
    };
    let is_text = |kind: Type| match kind {
        Type::Scalar(scalar) => scalar == Scalar::String,
        Type::Shape(shape) => !matches!(shape.kind(), Kind::Structure { .. }) && false,
    };
    let mut required = input.members().filter(|it| it.is_required() && is_text(it.kind));
    let (Some(only), None) = (required.next(), required.next()) else { return };
    if wanted(only.name) && !taken.contains_key(only.name) {
        taken.insert(only.name.to_owned(), Value::String(arn.clone()));
    }
}

/// docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
fn fill_s3(named: &[(String, String)], taken: &mut Map<String, Value>) {
    let of = |wanted: &str| {
        let found = named.iter().find(|(_, kind)| kind == wanted);
        found.and_then(|(arn, _)| arn.splitn(6, ':').nth(5))
    };
    let (object, bucket) = (of("AWS::S3::Object"), of("AWS::S3::Bucket"));
    let (of_object, key) = object.and_then(|it| it.split_once('/')).unzip();
    for (name, value) in [("Bucket", bucket.or(of_object)), ("Key", key)] {
        if let Some(value) = value.filter(|it| !it.is_empty())
            && !taken.contains_key(name)
        {
            taken.insert(name.to_owned(), value.into());
        }
    }
}
