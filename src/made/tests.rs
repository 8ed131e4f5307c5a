//! What a run made, and what the policy gets of it: the calls are written as the recogniser makes them.

use serde_json::{Value, json};

use super::hold::{Generated, Holding};
use crate::authorize::{Authorizer, Conditions, Settings};
use crate::call::{Answerer, Call, Evidence, Made, Name, Outcome, RequestTag, Source, Timestamp};
use crate::catalog::AccessLevel;

const PLACE: &str = "arn:aws:ec2:eu-west-1:111122223333:";

fn call(service: &'static str, operation: &'static str, parameters: &Value) -> Call {
    Call {
        source: Source::Proxy,
        time: Timestamp(0),
        service: service.into(),
        operation: Some(operation.into()),
        recognized: true,
        region: Some("eu-west-1".into()),
        partition: "aws".into(),
        account: Some("111122223333".to_owned()),
        principal: Some("AKIA".to_owned()),
        outcome: Outcome { status: Some(200), ..Outcome::default() },
        attempts: 1,
        host: None,
        method: None,
        path: None,
        user_agent: None,
        parameters: parameters.as_object().cloned().unwrap_or_default(),
        evidence: Evidence { answerer: Answerer::Aws, ..Evidence::default() },
    }
}

fn made(mut call: Call, kind: &str, id: &str, parent: Option<&str>) -> Call {
    call.evidence.made.push(Made {
        resource_type: Name::Owned(kind.to_owned()),
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        by_this_call: true,
    });
    call
}

fn tagged(mut call: Call, on: Option<&str>, tags: &[(&str, &str)]) -> Call {
    let tag = |(key, value): &(&str, &str)| RequestTag {
        on: on.map(str::to_owned),
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    };
    call.evidence.request_tags.extend(tags.iter().map(tag));
    call
}

/// What the policy gets of an action on resources, in words; and the call is taken in.
fn granted(
    holding: &mut Holding,
    call: &mut Call,
    action: &str,
    resources: &[&str],
) -> Vec<String> {
    let resources: Vec<String> = resources.iter().map(|it| (*it).to_owned()).collect();
    let none = Conditions::new();
    let grants = holding.grants(call, action, &resources, &none);
    let words = |grant: &super::hold::Grant<'_>| {
        let mut words = vec![grant.resources.join(" ")];
        for (operator, keys) in grant.conditions.iter() {
            words.extend(
                keys.iter().map(|(key, values)| format!("{operator} {key}={}", values.join("|"))),
            );
        }
        let held = grant.group.filter(|_| grant.held);
        let held = held.map(|group| holding.run().held_by(group)).unwrap_or_default();
        words.extend(held.into_iter().map(|(key, value)| format!("held {key}={value}")));
        words.join(", ")
    };
    let words = grants.iter().map(words).collect();
    holding.learn(call, [(action, &*resources)].into_iter());
    words
}

fn create_vpc(tags: &[(&str, &str)], id: &str) -> Call {
    let call = call("ec2", "CreateVpc", &json!({ "CidrBlock": "10.0.0.0/16" }));
    tagged(made(call, "ec2:vpc", id, None), Some("vpc"), tags)
}

#[test]
fn what_a_run_made_is_its_type_held_by_the_tags_of_its_creation() {
    let mut holding = Holding::new(Generated::Hold);
    let mut create = create_vpc(&[("env", "ci")], "vpc-0c79ac9ce9a503a97");
    let open = format!("{PLACE}vpc/*");
    assert_eq!(
        granted(&mut holding, &mut create, "ec2:CreateVpc", &[&open]),
        [format!("{open}, StringEquals aws:RequestTag/env=ci")]
    );
    let exact = format!("{PLACE}vpc/vpc-0c79ac9ce9a503a97");
    let mut delete = call("ec2", "DeleteVpc", &json!({ "VpcId": "vpc-0c79ac9ce9a503a97" }));
    assert_eq!(
        granted(&mut holding, &mut delete, "ec2:DeleteVpc", &[&exact]),
        [format!("{open}, held aws:ResourceTag/env=ci")]
    );
    // One that was there before stays.
    let other = format!("{PLACE}vpc/vpc-0123456789abcdef0");
    assert_eq!(granted(&mut holding, &mut delete, "ec2:DeleteVpc", &[&other]), [other]);
}

#[test]
fn what_is_remembered_of_a_decision_holds_until_another_id_is_known() {
    let id = "vpc-0c79ac9ce9a503a97";
    let mut authorizer = Authorizer::new(Settings::default());
    let mut holding = Holding::new(Generated::Hold);
    let mut granted = |holding: &mut Holding, call: &Call| {
        let decision = authorizer.decide(call);
        let one_by_one = decision
            .requirements
            .iter()
            .flat_map(|it| holding.grants(call, &it.action, &it.resources, &it.conditions));
        let one_by_one: Vec<_> = one_by_one.map(|it| format!("{it:?}")).collect();
        // The first is remembered, and the second recalled.
        for _ in 0..2 {
            let mut all = Vec::new();
            holding.each_grant(call, &decision, |_, grant, _| all.push(format!("{grant:?}")));
            assert_eq!(all, one_by_one);
        }
        one_by_one.join("\n")
    };
    let delete = call("ec2", "DeleteVpc", &json!({ "VpcId": id }));
    let tagging = [("env", "ci"), ("run", "8f14e45f-ceea-467f-a8d1-2f9d1c3b5a77")];
    let mut create = create_vpc(&tagging, id);
    let before = [granted(&mut holding, &delete), granted(&mut holding, &create)];
    assert!(before[0].contains(&format!("vpc/{id}")), "{}", before[0]);
    assert!(before[1].contains("aws:RequestTag/env") && !before[1].contains("aws:RequestTag/run"));
    holding.learn(&mut create, std::iter::empty());
    let after = granted(&mut holding, &delete);
    assert!(after.contains("vpc/*") && !after.contains(id), "{after}");
    assert_eq!(granted(&mut holding, &create), before[1]);
}

#[test]
fn types_without_the_key_are_never_merged_with_those_that_have_it() {
    let mut holding = Holding::new(Generated::Hold);
    let mut create = create_vpc(&[("env", "ci")], "vpc-0c79ac9ce9a503a97");
    granted(&mut holding, &mut create, "ec2:CreateVpc", &[&format!("{PLACE}vpc/*")]);
    let subnet = call("ec2", "CreateSubnet", &json!({ "VpcId": "vpc-0c79ac9ce9a503a97" }));
    let mut subnet = tagged(subnet, Some("subnet"), &[("env", "ci"), ("tier", "a")]);
    let resources = [format!("{PLACE}subnet/*"), format!("{PLACE}vpc/vpc-0c79ac9ce9a503a97")];
    let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
    assert_eq!(
        granted(&mut holding, &mut subnet, "ec2:CreateSubnet", &resources),
        [
            format!(
                "{PLACE}subnet/*, StringEquals aws:RequestTag/env=ci, StringEquals aws:RequestTag/tier=a"
            ),
            format!("{PLACE}vpc/*, held aws:ResourceTag/env=ci"),
        ]
    );
}

#[test]
fn a_tag_that_is_changed_later_holds_nothing() {
    let mut holding = Holding::new(Generated::Hold);
    let mut create = create_vpc(&[("env", "ci"), ("step", "1")], "vpc-0c79ac9ce9a503a97");
    granted(&mut holding, &mut create, "ec2:CreateVpc", &[&format!("{PLACE}vpc/*")]);
    let exact = format!("{PLACE}vpc/vpc-0c79ac9ce9a503a97");
    let retag = call("ec2", "CreateTags", &json!({ "Resources": ["vpc-0c79ac9ce9a503a97"] }));
    let mut retag = tagged(retag, None, &[("step", "2"), ("env", "ci")]);
    granted(&mut holding, &mut retag, "ec2:CreateTags", &[&exact]);
    let mut delete = call("ec2", "DeleteVpc", &json!({}));
    assert_eq!(
        granted(&mut holding, &mut delete, "ec2:DeleteVpc", &[&exact]),
        [format!("{PLACE}vpc/*, held aws:ResourceTag/env=ci")]
    );
    let tags = holding.run().tags("ec2", "VpcId", "vpc-0c79ac9ce9a503a97").unwrap();
    assert_eq!(tags["step"], "2");
}

#[test]
fn a_vpc_from_before_holds_what_was_made_in_it() {
    let mut holding = Holding::new(Generated::Hold);
    let vpc = "vpc-0123456789abcdef0";
    let create = call("ec2", "CreateSecurityGroup", &json!({ "VpcId": vpc, "GroupName": "web" }));
    let mut create = made(create, "ec2:security-group", "sg-0a1b2c3d4e5f60718", Some(vpc));
    granted(
        &mut holding,
        &mut create,
        "ec2:CreateSecurityGroup",
        &[&format!("{PLACE}security-group/*")],
    );
    let exact = format!("{PLACE}security-group/sg-0a1b2c3d4e5f60718");
    let mut delete = call("ec2", "DeleteSecurityGroup", &json!({}));
    assert_eq!(
        granted(&mut holding, &mut delete, "ec2:DeleteSecurityGroup", &[&exact]),
        [format!("{PLACE}security-group/*, ArnEquals ec2:Vpc={PLACE}vpc/{vpc}")]
    );
}

#[test]
fn what_stands_beside_a_parent_that_was_made_was_made_with_it() {
    let mut holding = Holding::new(Generated::Type);
    let mut create = create_vpc(&[], "vpc-0c79ac9ce9a503a97");
    granted(&mut holding, &mut create, "ec2:CreateVpc", &[&format!("{PLACE}vpc/*")]);
    let mut describe = call("ec2", "DescribeSecurityGroups", &json!({}));
    for (id, vpc) in [
        ("sg-0aaaaaaaaaaaaaaa1", "vpc-0c79ac9ce9a503a97"),
        ("sg-0bbbbbbbbbbbbbbb2", "vpc-0123456789abcdef0"),
    ] {
        describe = made(describe, "ec2:security-group", id, Some(vpc));
    }
    describe.evidence.made.iter_mut().for_each(|it| it.by_this_call = false);
    granted(&mut holding, &mut describe, "ec2:DescribeSecurityGroups", &["*"]);
    assert_eq!(describe.evidence.made.len(), 1, "the other is not worth a line in a recording");
    let groups = ["sg-0aaaaaaaaaaaaaaa1", "sg-0bbbbbbbbbbbbbbb2"]
        .map(|it| format!("{PLACE}security-group/{it}"));
    let mut authorize = call("ec2", "AuthorizeSecurityGroupIngress", &json!({}));
    let action = "ec2:AuthorizeSecurityGroupIngress";
    assert_eq!(
        granted(&mut holding, &mut authorize, action, &[&groups[0]]),
        [format!("{PLACE}security-group/*")]
    );
    assert_eq!(granted(&mut holding, &mut authorize, action, &[&groups[1]]), [groups[1].clone()]);
}

#[test]
fn an_id_that_the_request_gives_is_not_made_by_aws() {
    let mut holding = Holding::new(Generated::Type);
    let create = call("ec2", "CreateSubnet", &json!({ "VpcId": "vpc-0c79ac9ce9a503a97" }));
    let mut create = made(create, "ec2:subnet", "vpc-0c79ac9ce9a503a97", None);
    granted(&mut holding, &mut create, "ec2:CreateSubnet", &["*"]);
    assert!(holding.run().is_empty());
}

#[test]
fn exact_is_exact() {
    let mut holding = Holding::new(Generated::Exact);
    let mut create = create_vpc(&[("env", "ci")], "vpc-0c79ac9ce9a503a97");
    let open = format!("{PLACE}vpc/*");
    assert_eq!(granted(&mut holding, &mut create, "ec2:CreateVpc", &[&open]), [open]);
    let exact = format!("{PLACE}vpc/vpc-0c79ac9ce9a503a97");
    let mut delete = call("ec2", "DeleteVpc", &json!({}));
    assert_eq!(granted(&mut holding, &mut delete, "ec2:DeleteVpc", &[&exact]), [exact]);
}

#[test]
fn a_name_of_a_hash_is_a_pattern_in_its_place() {
    let mut holding = Holding::new(Generated::Hold);
    let hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let key = format!("arn:aws:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1/{hash}.zip");
    let mut put = call("s3", "PutObject", &json!({}));
    let marks = "?".repeat(64);
    assert_eq!(
        granted(&mut holding, &mut put, "s3:PutObject", &[&key]),
        [format!("arn:aws:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1/{marks}.zip")]
    );
    // What AWS names by a UUID was not made up by the program.
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let mut encrypt = call("kms", "Encrypt", &json!({}));
    assert_eq!(granted(&mut holding, &mut encrypt, "kms:Encrypt", &[key]), [key]);
}

#[test]
fn a_bucket_is_a_pattern_only_where_it_can_be_said_whose_it_is() {
    let bucket = "arn:aws:s3:::job-20261125-093000";
    let pattern = "arn:aws:s3:::job-????????-??????";
    let mut create = call("s3", "CreateBucket", &json!({}));
    let mut holding = Holding::new(Generated::Hold);
    assert_eq!(
        granted(&mut holding, &mut create, "s3:CreateBucket", &[bucket]),
        [format!("{pattern}, StringEquals aws:ResourceAccount=111122223333")]
    );
    create.account = None;
    let mut holding = Holding::new(Generated::Hold);
    assert_eq!(granted(&mut holding, &mut create, "s3:CreateBucket", &[bucket]), [bucket]);
    let object = format!("{bucket}/0123456789abcdef0123456789abcdef");
    let mut put = call("s3", "PutObject", &json!({}));
    put.account = None;
    assert_eq!(
        granted(&mut holding, &mut put, "s3:PutObject", &[&object]),
        [format!("{bucket}/{}", "?".repeat(32))]
    );
    let mut holding = Holding::new(Generated::Type);
    assert_eq!(granted(&mut holding, &mut create, "s3:CreateBucket", &[bucket]), [pattern]);
}

#[test]
fn who_may_tag_what_is_not_his_gets_round_what_tags_hold() {
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:payment-??????";
    let api = "arn:aws:apigateway:eu-west-1::/tags/*";
    for (service, operation, action, resource, kind) in [
        (
            "secretsmanager",
            "CreateSecret",
            "secretsmanager:TagResource",
            secret,
            "secretsmanager:Secret",
        ),
        ("apigatewayv2", "CreateApi", "apigateway:PUT", api, "apigateway:Api"),
        ("ec2", "CreateVpc", "ec2:DeleteVpc", &*format!("{PLACE}vpc/*"), "ec2:vpc"),
    ] {
        let mut holding = Holding::new(Generated::Hold);
        let mut create = tagged(call(service, operation, &json!({})), None, &[("env", "ci")]);
        granted(&mut holding, &mut create, action, &[resource]);
        let expected = Some(action).filter(|_| service != "ec2");
        assert_eq!(holding.got_round_by(kind), expected, "{action}");
    }
}

#[test]
fn tags_that_are_put_on_for_ever_take_no_more_room() {
    let mut holding = Holding::new(Generated::Hold);
    let id = "vpc-0c79ac9ce9a503a97";
    let mut create = create_vpc(&[("env", "ci")], id);
    granted(&mut holding, &mut create, "ec2:CreateVpc", &[&format!("{PLACE}vpc/*")]);
    for number in 0..200 {
        let retag = call("ec2", "CreateTags", &json!({ "Resources": [id] }));
        let mut retag = tagged(retag, None, &[(&format!("tag{number}"), "x")]);
        granted(&mut holding, &mut retag, "ec2:CreateTags", &[&format!("{PLACE}vpc/{id}")]);
        let tags = holding.run().tags("ec2", "VpcId", id);
        assert_eq!(tags.map(|tags| tags.len()), Some(number + 2).filter(|count| *count <= 50));
    }
    // What it was made with still holds it.
    let mut delete = call("ec2", "DeleteVpc", &json!({}));
    assert_eq!(
        granted(&mut holding, &mut delete, "ec2:DeleteVpc", &[&format!("{PLACE}vpc/{id}")]),
        [format!("{PLACE}vpc/*, held aws:ResourceTag/env=ci")]
    );
}

#[test]
fn a_million_ids_take_no_more_room_than_there_is() {
    let mut holding = Holding::new(Generated::Hold);
    for number in 0..1_000_000_u64 {
        let id = format!("vpc-{number:017x}");
        let mut create = create_vpc(&[("env", "ci")], &id);
        holding.learn(&mut create, std::iter::empty());
    }
    assert_eq!(
        holding.run().made().map(|it| it.count).sum::<u64>() + holding.run().beyond(),
        1_000_000
    );
    assert!(holding.run().beyond() >= 800_000);
}

#[test]
fn an_id_without_a_digit_counts_where_another_call_names_it() {
    const PLACE: &str = "arn:aws:apigateway:eu-west-1::";
    let mut holding = Holding::new(Generated::Hold);
    let mut learn = |operation, parameters, kind, id| {
        let mut call = made(call("apigateway", operation, &parameters), kind, id, None);
        holding.learn(&mut call, std::iter::empty());
    };
    learn("CreateApiKey", json!({}), "apigateway:ApiKey", "qwertzuiop");
    for key in ["qwertzuiop", "existing"] {
        let named = json!({"usagePlanId": "asdfghjkly", "keyId": key});
        learn("CreateUsagePlanKey", named, "apigateway:UsagePlanKey", key);
    }
    let mut delete = call("apigateway", "DeleteUsagePlanKey", &json!({}));
    let of = |key: &str| format!("{PLACE}/usageplans/plan/keys/{key}");
    let mut granted = |arn: &str| granted(&mut holding, &mut delete, "apigateway:DELETE", &[arn]);
    assert_eq!(granted(&of("qwertzuiop")), [of("*")]);
    assert_eq!(granted(&of("existing")), [of("existing")]);
    // Anything else may have that name.
    let stage = format!("{PLACE}/restapis/api/stages/qwertzuiop");
    assert_eq!(granted(&stage), [stage.as_str()]);
}

#[test]
fn actions_that_tag_say_so_in_their_names() {
    let catalog = crate::catalog::Catalog::embedded();
    let mut others = Vec::new();
    for prefix in catalog.prefixes() {
        let tags = |it: &crate::catalog::Action| it.access_level() == AccessLevel::Tagging;
        let actions = catalog.actions(prefix).filter(tags);
        others.extend(actions.map(|it| format!("{prefix}:{}", it.name())));
    }
    assert!(others.len() > 500, "{}", others.len());
    others.retain(|action| !super::hold::may_tag(action));
    // It has the tags of what it makes.
    assert_eq!(others, ["kinesis:CreateChannel"]);
}
