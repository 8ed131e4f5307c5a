//! What answers told, for the rest of the run: the path that a name of IAM's is under, which requests do not say; which key
//! encrypts a resource; and which keys are AWS's.

use std::collections::{HashMap, HashSet};

use super::look::{self, Seen};
use super::plan::{Plan, TellsKeys};
use super::requirement::Requirement;
use crate::call::{Answered, Call};
use crate::catalog::rule::{ENCRYPTION_KEY, Value};

/// Facts of one kind that are remembered; past that no more are.
const MOST: usize = 10_000;

/// The aliases of the keys that AWS manages begin so
/// (docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html: no other alias can).
pub(super) const OF_AWS: &str = "alias/aws/";

/// What was told.
#[derive(Default)]
pub(super) struct Told {
    /// ARNs of IAM's, by what they are without their path: `arn:aws:iam::111122223333:role/app` for `…:role/service/app`.
    arns: HashMap<String, String>,
    /// The ARN of the key that encrypts a resource, or of its alias, by the resource's ARN.
    keys: HashMap<String, String>,
    /// The ids of keys that AWS manages.
    keys_of_aws: HashSet<String>,
}

impl Told {
    /// Takes what a call's answer tells; whether decisions that were made before may be others now.
    pub(super) fn learn(&mut self, call: &Call, plan: &Plan) -> bool {
        if let Some(tells) = &plan.tells {
            return self.learn_keys(call, tells);
        }
        let mut any = false;
        if call.service != "iam" {
            return any;
        }
        for told in call.evidence.answered.iter().filter(|it| it.path.ends_with("Arn")) {
            let Some(plain) = without_path(&told.text) else { continue };
            if self.arns.len() < MOST && self.arns.get(&plain) != Some(&told.text) {
                self.arns.insert(plain, told.text.clone());
                any = true;
            }
        }
        any
    }

    /// Takes what a call and its answer tell of keys: what stands in one structure belongs together.
    fn learn_keys(&mut self, call: &Call, tells: &TellsKeys) -> bool {
        let keys = seen(&tells.key, call);
        let by_place: HashMap<&[usize], &str> =
            keys.iter().map(|key| (&*key.items, &*key.text)).collect();
        let mut any = false;
        for of in seen(&tells.of, call) {
            // The request's key, of what the answer names, stands in none.
            let key = by_place.get(&*of.items).or_else(|| by_place.get(&[][..]));
            let Some(key) = key else { continue };
            match id_of_key(&of.text) {
                Some(id) => {
                    let is_new = key.starts_with(OF_AWS) && self.keys_of_aws.len() < MOST;
                    any |= is_new && self.keys_of_aws.insert(id.to_owned());
                }
                None => self.learn_key(&of.text, key),
            }
        }
        any
    }

    fn learn_key(&mut self, resource: &str, key: &str) {
        let Some(key) = key_beside(resource, key) else { return };
        if self.keys.len() < MOST || self.keys.contains_key(resource) {
            self.keys.insert(resource.to_owned(), key);
        }
    }

    /// The call with the keys that were told of the resources in its answer, once for each different key, and once with what
    /// no key was told of. None where nothing was told.
    pub(super) fn with_keys(&self, call: &Call, plan: &Plan) -> Vec<Call> {
        if !plan.looks_at_keys || self.keys.is_empty() {
            return Vec::new();
        }
        let answered = &call.evidence.answered;
        let told: HashMap<usize, &str> = answered
            .iter()
            .filter_map(|it| Some((it.within, self.keys.get(&it.text)?.as_str())))
            .collect();
        if told.is_empty() {
            return Vec::new();
        }
        let mut keys: Vec<Option<&str>> =
            answered.iter().map(|it| told.get(&it.within).copied()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().map(|key| part(call, &told, key)).collect()
    }

    /// Takes out the keys that AWS manages, of what a service needs of them with the caller's rights: their policies let everyone
    /// in the account use them so
    /// (docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html).
    pub(super) fn pass_over_keys_of_aws(&self, requirement: &mut Requirement) {
        let is_via = || requirement.conditions.values().any(|it| it.contains_key("kms:ViaService"));
        if self.keys_of_aws.is_empty() || !is_via() {
            return;
        }
        let is_of_aws = |arn: &str| id_of_key(arn).is_some_and(|id| self.keys_of_aws.contains(id));
        requirement.resources.retain(|arn| !is_of_aws(arn));
    }

    /// Puts the ARN in the place of the two that a name can have (`role/app`, `role/*/app`), where it was told.
    pub(super) fn settle(&self, arns: &mut Vec<String>) {
        if self.arns.is_empty() {
            return;
        }
        let opens = |arn: &String| {
            arn.split_once("/*/").map(|(before, name)| (format!("{before}/{name}"), arn.clone()))
        };
        let open: Vec<(String, String)> = arns.iter().filter_map(opens).collect();
        for (plain, any_path) in open {
            let Some(told) = self.arns.get(&plain) else { continue };
            let told = super::arn::literal(told).into_owned();
            arns.retain(|arn| *arn != any_path && *arn != told);
            match arns.iter_mut().find(|arn| **arn == plain) {
                Some(arn) => *arn = told,
                None => arns.push(told),
            }
        }
    }
}

fn seen<'a>(values: &'a [Value], call: &'a Call) -> Vec<Seen<'a>> {
    values.iter().flat_map(|value| look::values(value, call)).collect()
}

/// What a call's answer says of the resources with this key, or of those of which none was told; the key stands beside them.
fn part(call: &Call, told: &HashMap<usize, &str>, key: Option<&str>) -> Call {
    let mut part = call.clone();
    let answered = &mut part.evidence.answered;
    answered.retain(|it| told.get(&it.within).copied() == key);
    let Some(key) = key else { return part };
    let mut beside: Vec<Answered> = Vec::new();
    for it in answered.iter() {
        if beside.iter().all(|known| known.within != it.within) {
            let parent = it.path.rsplit_once('.').map_or("", |(parent, _)| parent);
            let dot = if parent.is_empty() { "" } else { "." };
            let path = format!("{parent}{dot}{ENCRYPTION_KEY}");
            beside.push(Answered { path, within: it.within, text: key.to_owned() });
        }
    }
    answered.extend(beside);
    part
}

/// The id in the ARN of a key, or what is an id by itself.
fn id_of_key(text: &str) -> Option<&str> {
    match text.strip_prefix("arn:") {
        Some(rest) => {
            let (before, id) = rest.split_once(":key/")?;
            (before.split(':').nth(1) == Some("kms")).then_some(id)
        }
        None => (!text.contains([':', '/'])).then_some(text),
    }
}

/// The ARN of a key, or of an alias, that a resource's description names: it is in the resource's region and account, where the
/// name does not say it.
fn key_beside(resource: &str, key: &str) -> Option<String> {
    if key.starts_with("arn:") {
        return Some(key.to_owned());
    }
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    let ["arn", partition, _, region, account, _] = fields[..] else { return None };
    let kind = if key.starts_with("alias/") { "" } else { "key/" };
    Some(format!("arn:{partition}:kms:{region}:{account}:{kind}{key}"))
}

/// An ARN of IAM's without its path.
fn without_path(arn: &str) -> Option<String> {
    let (before, resource) = arn.rsplit_once(':')?;
    let is_whole = before.starts_with("arn:") && before.contains(":iam::");
    let (kind, named) = resource.split_once('/').filter(|_| is_whole)?;
    let name = named.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(format!("{before}:{kind}/{name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{heard, with};
    use super::*;
    use crate::authorize::{Authorizer, Possible, Settings};
    use crate::call::{Answered, Source};

    fn get_role(name: &str, told: Option<&str>) -> Call {
        let mut call = with(heard("iam", "GetRole"), json!({ "RoleName": name }));
        call.source = Source::Proxy;
        call.evidence.answered = told
            .map(|arn| Answered { path: "Role.Arn".to_owned(), within: 3, text: arn.to_owned() })
            .into_iter()
            .collect();
        call
    }

    fn resources(authorizer: &mut Authorizer, call: &Call) -> Vec<String> {
        authorizer.decide(call).requirements.iter().flat_map(|it| it.resources.clone()).collect()
    }

    #[test]
    fn an_arn_that_was_told_settles_the_path_for_the_rest_of_the_run() {
        let mut authorizer = Authorizer::new(Settings::default());
        let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
        let open = [role("app"), role("*/app")];
        assert_eq!(resources(&mut authorizer, &get_role("app", None)), open);
        let told = role("service/app");
        assert_eq!(
            resources(&mut authorizer, &get_role("app", Some(&told))),
            std::slice::from_ref(&told)
        );
        // What was decided before is decided anew.
        assert_eq!(resources(&mut authorizer, &get_role("app", None)), std::slice::from_ref(&told));
        let mut deletes = get_role("app", None);
        deletes.operation = Some("DeleteRole".into());
        assert_eq!(resources(&mut authorizer, &deletes), [told]);
        let other = [role("other"), role("*/other")];
        assert_eq!(resources(&mut authorizer, &get_role("other", None)), other);
    }

    #[test]
    fn what_is_no_arn_of_iam_settles_nothing() {
        for arn in ["arn:aws:iam::111122223333:role", "arn:aws:s3:::role/app", "role/app", ""] {
            assert_eq!(without_path(arn), None, "{arn}");
        }
    }

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn call(
        service: &'static str,
        operation: &'static str,
        parameters: serde_json::Value,
        answered: &[(&str, usize, &str)],
    ) -> Call {
        let mut call = with(heard(service, operation), parameters);
        call.source = Source::Proxy;
        call.outcome.status = Some(200);
        call.evidence.answered = answered
            .iter()
            .map(|(path, within, text)| Answered {
                path: (*path).to_owned(),
                within: *within,
                text: (*text).to_owned(),
            })
            .collect();
        call
    }

    fn parameter(name: &str) -> String {
        format!("arn:aws:ssm:eu-west-1:111122223333:parameter/{name}")
    }

    fn describe_parameters(keys: &[(&str, &str)]) -> Call {
        let arns: Vec<String> = keys.iter().map(|(name, _)| parameter(name)).collect();
        let answered: Vec<_> = (1..)
            .zip(&arns)
            .zip(keys)
            .flat_map(|((within, arn), (_, key))| {
                [("Parameters.ARN", within, arn.as_str()), ("Parameters.KeyId", within, *key)]
            })
            .collect();
        call("ssm", "DescribeParameters", json!({}), &answered)
    }

    fn get_parameter(name: &str) -> Call {
        let arn = parameter(name);
        let answered = [("Parameter.ARN", 2, &*arn), ("Parameter.Type", 2, "SecureString")];
        let parameters = json!({ "Name": name, "WithDecryption": true });
        call("ssm", "GetParameter", parameters, &answered)
    }

    /// What a call needs of KMS: resources, and conditions without their operators.
    fn of_kms(authorizer: &mut Authorizer, call: &Call) -> Vec<String> {
        let decision = authorizer.decide(call);
        let of_kms = decision.requirements.iter().filter(|it| it.action.starts_with("kms:"));
        let mut lines: Vec<String> = of_kms
            .map(|it| {
                let conditions = it.conditions.values().flatten();
                let conditions: Vec<String> =
                    conditions.map(|(key, values)| format!("{key}={}", values.join("|"))).collect();
                let resources = it.resources.join(" ");
                format!("{} on {resources} if {}", it.action, conditions.join(" "))
            })
            .collect();
        lines.sort();
        lines
    }

    fn decrypt(resource: &str, parameters: &str, alias: &str) -> String {
        format!(
            "kms:Decrypt on {resource} if {alias}kms:EncryptionContext:PARAMETER_ARN={parameters} \
             kms:ViaService=ssm.eu-west-1.amazonaws.com"
        )
    }

    #[test]
    fn which_key_encrypts_a_parameter_is_known_for_the_rest_of_the_run() {
        let mut authorizer = Authorizer::new(Settings::default());
        let token = get_parameter("token");
        assert_eq!(of_kms(&mut authorizer, &token), [""; 0]);
        assert_eq!(authorizer.decide(&token).left_out, ["kms:Decrypt"]);
        let id = KEY.rsplit('/').next().unwrap();
        authorizer.decide(&describe_parameters(&[("token", id), ("theirs", "alias/aws/ssm")]));
        let needed = [decrypt(KEY, &parameter("token"), "")];
        assert_eq!(of_kms(&mut authorizer, &token), needed);
        // The key of AWS needs no permission, and is not said to be left out.
        let theirs = authorizer.decide(&get_parameter("theirs"));
        assert_eq!((theirs.requirements.len(), theirs.left_out.len()), (1, 0));
        assert_eq!(authorizer.decide(&get_parameter("other")).left_out, ["kms:Decrypt"]);
        // Without an answer nothing is known of it.
        let mut failed = token.clone();
        failed.evidence.answered.clear();
        assert_eq!(of_kms(&mut authorizer, &failed), [""; 0]);
        // It has another key now.
        authorizer.decide(&describe_parameters(&[("token", "alias/aws/ssm")]));
        assert_eq!(of_kms(&mut authorizer, &token), [""; 0]);
    }

    #[test]
    fn each_of_several_parameters_goes_with_its_own_key() {
        let mut authorizer =
            Authorizer::new(Settings { possible: Possible::Include, account_id: None });
        let described = [("a", KEY), ("b", "alias/app"), ("c", "alias/aws/ssm"), ("d", KEY)];
        authorizer.decide(&describe_parameters(&described));
        let arns = ["a", "b", "c", "d", "e"].map(parameter);
        let answered: Vec<_> = (3..)
            .zip(&arns)
            .flat_map(|(within, arn)| {
                [
                    ("Parameters.ARN", within, arn.as_str()),
                    ("Parameters.Type", within, "SecureString"),
                ]
            })
            .collect();
        let names = json!({ "Names": ["a", "b", "c", "d", "e"], "WithDecryption": true });
        let several = call("ssm", "GetParameters", names, &answered);
        let any = "arn:aws:kms:eu-west-1:111122223333:key/*";
        let both = format!("{}|{}", arns[0], arns[3]);
        let mut needed = [
            decrypt(KEY, &both, ""),
            decrypt(any, &arns[1], "kms:ResourceAliases=alias/app "),
            decrypt(any, &arns[4], ""),
        ];
        needed.sort();
        assert_eq!(of_kms(&mut authorizer, &several), needed);
        let decision = authorizer.decide(&several);
        let own = decision.requirements.iter().find(|it| it.action == "ssm:GetParameters");
        assert_eq!(own.map(|it| it.resources.len()), Some(5));
    }

    #[test]
    fn the_key_of_a_secret_is_told_by_who_makes_lists_or_describes_it() {
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app-AbCdEf";
        let key = json!({ "Name": "app", "KmsKeyId": KEY });
        let id = json!({ "SecretId": "app" });
        let tellers = [
            call("secretsmanager", "CreateSecret", key.clone(), &[("ARN", 1, arn)]),
            call("secretsmanager", "UpdateSecret", key, &[("ARN", 1, arn)]),
            call(
                "secretsmanager",
                "DescribeSecret",
                id.clone(),
                &[("KmsKeyId", 1, KEY), ("ARN", 1, arn)],
            ),
            call(
                "secretsmanager",
                "ListSecrets",
                json!({}),
                &[("SecretList.KmsKeyId", 3, KEY), ("SecretList.ARN", 3, arn)],
            ),
        ];
        let get = call("secretsmanager", "GetSecretValue", id, &[("ARN", 1, arn)]);
        for teller in tellers {
            let mut authorizer = Authorizer::new(Settings::default());
            assert_eq!(of_kms(&mut authorizer, &get), [""; 0]);
            authorizer.decide(&teller);
            let via = "kms:ViaService=secretsmanager.eu-west-1.amazonaws.com";
            let needed = format!("kms:Decrypt on {KEY} if {via}");
            assert_eq!(of_kms(&mut authorizer, &get), [needed], "{:?}", teller.operation);
        }
    }

    #[test]
    fn keys_that_aws_manages_need_no_permission_where_a_service_uses_them() {
        let get_object = || {
            let parameters = json!({ "Bucket": "notes", "Key": "a" });
            let mut call = call("s3", "GetObject", parameters, &[]);
            call.evidence.response = vec![
                ("x-amz-server-side-encryption".into(), "aws:kms".to_owned()),
                ("x-amz-server-side-encryption-aws-kms-key-id".into(), KEY.to_owned()),
            ];
            call
        };
        let id = KEY.rsplit('/').next().unwrap();
        let describe = |manager: &str| {
            let answered = [("KeyMetadata.KeyManager", 2, manager), ("KeyMetadata.Arn", 2, KEY)];
            call("kms", "DescribeKey", json!({ "KeyId": KEY }), &answered)
        };
        let list = |alias: &str| {
            let answered = [("Aliases.AliasName", 3, alias), ("Aliases.TargetKeyId", 3, id)];
            call("kms", "ListAliases", json!({}), &answered)
        };
        for (teller, is_of_aws) in [
            (describe("AWS"), true),
            (describe("CUSTOMER"), false),
            (list("alias/aws/s3"), true),
            (list("alias/app"), false),
        ] {
            let mut authorizer = Authorizer::new(Settings::default());
            assert_eq!(of_kms(&mut authorizer, &get_object()).len(), 1);
            authorizer.decide(&teller);
            let needed = of_kms(&mut authorizer, &get_object());
            assert_eq!(needed.is_empty(), is_of_aws, "{teller:?}");
            // Who asks KMS itself needs it all the same.
            let direct = call("kms", "Decrypt", json!({ "KeyId": KEY }), &[]);
            assert_eq!(of_kms(&mut authorizer, &direct).len(), 1);
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut told = Told::default();
        let plan = |operation| {
            let service = crate::catalog::Catalog::embedded().service("ssm").unwrap();
            Plan::of(service.operation(operation).unwrap())
        };
        let plan = plan("DescribeParameters");
        for number in 0..MOST + 10 {
            told.learn(&describe_parameters(&[(&number.to_string(), KEY)]), &plan);
        }
        assert_eq!(told.keys.len(), MOST);
        // What is known may still change.
        told.learn(&describe_parameters(&[("0", "alias/app")]), &plan);
        assert!(told.keys[&parameter("0")].ends_with(":alias/app"));
    }

    /// An answer names a key, and never many: `*` in it is no wildcard.
    #[test]
    fn no_answer_makes_a_key_a_pattern() {
        for key in
            ["*", "arn:aws:kms:*:*:key/*", "arn:aws:kms:eu-west-1:111122223333:key/?", "alias/*"]
        {
            let mut authorizer = Authorizer::new(Settings::default());
            authorizer.decide(&describe_parameters(&[("token", key)]));
            let decision = authorizer.decide(&get_parameter("token"));
            let of_kms = decision.requirements.iter().filter(|it| it.action == "kms:Decrypt");
            for resource in of_kms.clone().flat_map(|it| &it.resources) {
                // An alias stands for a key that is not named, and is a condition.
                let is_any_by_alias = resource.ends_with(":key/*")
                    && of_kms
                        .clone()
                        .all(|it| it.conditions.contains_key("ForAnyValue:StringEquals"));
                let literal = resource.replace("${*}", "").replace("${?}", "");
                assert!(is_any_by_alias || !literal.contains(['*', '?']), "{key}: {resource}");
                assert!(
                    resource.starts_with("arn:aws:kms:eu-west-1:111122223333:"),
                    "{key}: {resource}"
                );
            }
        }
    }

    #[test]
    fn what_names_no_key_tells_none() {
        for (text, id) in [
            (KEY, Some("1234abcd-12ab-34cd-56ef-1234567890ab")),
            ("1234abcd", Some("1234abcd")),
            ("alias/aws/s3", None),
            ("arn:aws:kms:eu-west-1:111122223333:alias/aws/s3", None),
            ("arn:aws:ssm:eu-west-1:111122223333:parameter/x:key/y", None),
            ("arn:", None),
        ] {
            assert_eq!(id_of_key(text), id, "{text}");
        }
        for resource in ["", "token", "arn:aws:ssm", "arn:aws:ssm:eu-west-1:111122223333"] {
            assert_eq!(key_beside(resource, "alias/app"), None, "{resource}");
        }
    }
}
