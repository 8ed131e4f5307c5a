//! `resources`: the ARNs that a record names, for what its parameters do not say.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::spelling::is_hidden;
use crate::catalog::{Operation, Scalar, Type};
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

/// Puts what the ARNs say in the place of members that the record lacks: S3's bucket and key, KMS's keys; else an ARN in the place of the
/// only member that must be there, where there is one ARN.
pub(super) fn fill(
    operation: Operation,
    named: &[(String, String)],
    taken: &mut Map<String, Value>,
) {
    match operation.service().name() {
        "s3" => return fill_s3(named, taken),
        "kms" => return fill_kms(operation, named, taken),
        _ => {}
    }
    let [(arn, _)] = named else { return };
    let Some(input) = operation.input() else { return };
    let is_text = |kind: Type| matches!(kind, Type::Scalar(Scalar::String));
    let mut required = input.members().filter(|it| it.is_required() && is_text(it.kind));
    let (Some(only), None) = (required.next(), required.next()) else { return };
    let wanted = || {
        let plan = plans::plan(operation);
        plan.paths(true).iter().any(|path| path == only.name)
    };
    if !taken.contains_key(only.name) && wanted() {
        taken.insert(only.name.to_owned(), Value::String(arn.clone()));
    }
}

/// A record names the keys that were used, also where the request need not (docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html,
/// docs.aws.amazon.com/kms/latest/developerguide/ct-reencrypt.html).
fn fill_kms(operation: Operation, named: &[(String, String)], taken: &mut Map<String, Value>) {
    let Some(input) = operation.input() else { return };
    let is_said = |arn: &str| {
        let mut said = taken.values().filter_map(Value::as_str);
        said.any(|it| it == arn || arn.ends_with(&format!("/{it}")))
    };
    let mut keys = named.iter().map(|(arn, _)| arn).filter(|arn| arn.contains(":key/"));
    let Some(key) = keys.find(|arn| !is_said(arn)).cloned() else { return };
    let absent = ["KeyId", "SourceKeyId"]
        .into_iter()
        .find(|name| input.member(name).is_some() && !taken.contains_key(*name));
    if let Some(name) = absent {
        taken.insert(name.to_owned(), Value::String(key));
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
