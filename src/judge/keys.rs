//! AWS's global condition keys, and what their values are
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    Text,
    Number,
    Date,
    Bool,
    Ip,
    Arn,
}

use KeyType::{Arn, Bool, Date, Ip, Number, Text};

/// Each in lower case, with its type and whether it has several values.
const GLOBAL: &[(&str, KeyType, bool)] = &[
    ("aws:assumedroot", Text, false),
    ("aws:calledvia", Text, true),
    ("aws:calledviaawsmcp", Text, false),
    ("aws:calledviafirst", Text, false),
    ("aws:calledvialast", Text, false),
    ("aws:chatbotsourcearn", Arn, false),
    ("aws:currenttime", Date, false),
    ("aws:ec2instancesourceprivateipv4", Ip, false),
    ("aws:ec2instancesourcevpc", Text, false),
    ("aws:epochtime", Date, false),
    ("aws:federatedprovider", Text, false),
    ("aws:ismcpserviceaction", Bool, false),
    ("aws:multifactorauthage", Number, false),
    ("aws:multifactorauthpresent", Bool, false),
    ("aws:principalaccount", Text, false),
    ("aws:principalarn", Arn, false),
    ("aws:principalisawsservice", Bool, false),
    ("aws:principalorgid", Text, false),
    ("aws:principalorgpaths", Text, true),
    ("aws:principalservicename", Text, false),
    ("aws:principalservicenameslist", Text, true),
    ("aws:principaltype", Text, false),
    ("aws:referer", Text, false),
    ("aws:requestedregion", Text, false),
    ("aws:resourceaccount", Text, false),
    ("aws:resourceorgid", Text, false),
    ("aws:resourceorgpaths", Text, true),
    ("aws:securetransport", Bool, false),
    ("aws:sourceaccount", Text, false),
    ("aws:sourcearn", Arn, false),
    ("aws:sourceidentity", Text, false),
    ("aws:sourceip", Ip, false),
    ("aws:sourceorgid", Text, false),
    ("aws:sourceorgpaths", Text, true),
    ("aws:sourcevpc", Text, false),
    ("aws:sourcevpcarn", Arn, false),
    ("aws:sourcevpce", Text, false),
    ("aws:tagkeys", Text, true),
    ("aws:tokenissuetime", Date, false),
    ("aws:useragent", Text, false),
    ("aws:userid", Text, false),
    ("aws:username", Text, false),
    ("aws:viaawsmcpservice", Bool, false),
    ("aws:viaawsservice", Bool, false),
    ("aws:vpceaccount", Text, false),
    ("aws:vpceorgid", Text, false),
    ("aws:vpceorgpaths", Text, true),
    ("aws:vpcsourceip", Ip, false),
];
/// What global keys begin with that end in the name of a tag.
const TAGS: [&str; 3] = ["aws:principaltag/", "aws:requesttag/", "aws:resourcetag/"];
/// Keys of a service that requests to others have, too: AWS's "other cross-service condition keys".
const EVERYWHERE: [&str; 8] = [
    "codebuild:buildarn",
    "ec2:roledelivery",
    "ec2:sourceinstancearn",
    "glue:credentialissuingservice",
    "glue:roleassumedby",
    "identitystore:userid",
    "lambda:sourcefunctionarn",
    "ssm:sourceinstancearn",
];

/// The type of a global key, and whether it has several values; `None` when it is not one.
pub(super) fn global(key: &str) -> Option<(KeyType, bool)> {
    let key = key.to_ascii_lowercase();
    if TAGS.iter().any(|beginning| key.starts_with(beginning)) {
        return Some((Text, false));
    }
    let found = GLOBAL.iter().find(|(name, _, _)| *name == key);
    found.map(|(_, kind, is_list)| (*kind, *is_list))
}

/// Whether a service's key may be in the requests to others.
pub(super) fn is_everywhere(key: &str) -> bool {
    EVERYWHERE.iter().any(|it| key.eq_ignore_ascii_case(it))
}
