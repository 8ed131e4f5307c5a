//! S3's access points, which requests name in a bucket's place: by an ARN or by an alias.

use serde_json::Value;

use super::arn::{self, Place, literal};

use crate::call::Call;
use crate::catalog::{Action, Operation};

/// What the name in an alias is cut to at most, behind which it may go on
/// (docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html): `my-access-point-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias`.
const LONGEST: usize = 20;
/// The same of an access point on an Outpost, whose alias has the Outpost's id as well
/// (docs.aws.amazon.com/AmazonS3/latest/s3-outposts/s3-outposts-access-points-alias.html).
const LONGEST_ON_OUTPOST: usize = 10;

/// The resources of an action in a call that names an access point in a bucket's place: objects through it, or the access
/// point itself (docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html). `None`: it names none.
pub(super) fn resources(
    action: Action,
    operation: Operation,
    place: Place<'_>,
    call: &Call,
) -> Option<Vec<String>> {
    if operation.service().name() != "s3" {
        return None;
    }
    let point = named(call.parameters.get("Bucket")?.as_str()?, place)?;
    if arn::service(&point) != action.prefix() {
        return None;
    }
    let formats = action.resources().flat_map(|it| it.resource_type.arn_formats());
    let is_on_objects = formats.into_iter().any(|format| format.contains("${ObjectName}"));
    match call.parameters.get("Key") {
        _ if !is_on_objects => Some(vec![point]),
        None => Some(vec![object(&point, "*")]),
        Some(Value::String(key)) => Some(vec![object(&point, &literal(key))]),
        Some(_) => None,
    }
}

/// The ARN of an object through an access point, whose ARN that is.
pub(super) fn object(point: &str, key: &str) -> String {
    format!("{point}/object/{key}")
}

/// The ARN of the access point that stands in a bucket's place, as policies write it; none when it is a bucket.
pub(super) fn named(bucket: &str, place: Place<'_>) -> Option<String> {
    if bucket.starts_with("arn:") {
        let account = place.account.unwrap_or("*");
        // A host of several Regions does not say whose the access point is.
        return arn::is_access_point(bucket).then(|| match bucket.split_once("::*:") {
            Some((before, rest)) => format!("{}::{account}:{}", literal(before), literal(rest)),
            None => literal(bucket).into_owned(),
        });
    }
    let of_service = |service: &str| {
        let (region, account) = (place.region.unwrap_or("*"), place.account.unwrap_or("*"));
        format!("arn:{}:{service}:{region}:{account}:", place.partition)
    };
    if let Some(alias) = bucket.strip_suffix("-s3alias") {
        let name = name_of(alias, LONGEST)?.0;
        return Some(format!("{}accesspoint/{name}", of_service("s3")));
    }
    if let Some(alias) = bucket.strip_suffix("--ol-s3") {
        let name = name_of(alias, LONGEST)?.0;
        return Some(format!("{}accesspoint/{name}", of_service("s3-object-lambda")));
    }
    let (name, metadata) = name_of(bucket.strip_suffix("--op-s3")?, LONGEST_ON_OUTPOST)?;
    // `o` and the 17 digits of the Outpost's id (`op-01ac5d28a6a232904`).
    let outpost = metadata.strip_prefix('o')?.get(..17)?;
    Some(format!("{}outpost/op-{outpost}/accesspoint/{name}", of_service("s3-outposts")))
}

/// The access point's name in an alias, with `*` where it may be cut, and what stands behind it.
fn name_of(alias: &str, longest: usize) -> Option<(String, &str)> {
    let (name, metadata) = alias.rsplit_once('-').filter(|(name, _)| !name.is_empty())?;
    let end = if name.len() < longest { "" } else { "*" };
    Some((format!("{}{end}", literal(name)), metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_have_the_name_of_their_access_point() {
        let place =
            Place { partition: "aws", region: Some("eu-west-1"), account: Some("111122223333") };
        for (bucket, arn) in [
            (
                "my-access-point-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias",
                Some("arn:aws:s3:eu-west-1:111122223333:accesspoint/my-access-point"),
            ),
            (
                "a-name-that-was-cut0-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias",
                Some("arn:aws:s3:eu-west-1:111122223333:accesspoint/a-name-that-was-cut0*"),
            ),
            (
                "redact-1a4n8yjrb3kda96f67zwrwiiuse1a--ol-s3",
                Some("arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/redact"),
            ),
            (
                "notes-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3",
                Some(
                    "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-01ac5d28a6a232904/accesspoint/notes",
                ),
            ),
            (
                "arn:aws:s3::*:accesspoint/mfzwi23gnjvgw.mrap",
                Some("arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap"),
            ),
            ("-s3alias", None),
            ("x--op-s3", None),
            ("notes", None),
            ("arn:aws:s3:::notes", None),
        ] {
            assert_eq!(named(bucket, place).as_deref(), arn, "{bucket}");
        }
    }
}
