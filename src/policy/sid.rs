//! Readable names for statements: the service, and what is done to it.

use std::collections::HashSet;

use crate::policy::statement::{Policy, Statement};

/// How many services a name can name.
const SERVICES: usize = 2;
/// A name is cut off here. IAM tells no limit; those who read it have one.
const LONGEST: usize = 64;

/// What an action's name begins with when it only looks.
const READING: &[&str] = &[
    "BatchDescribe",
    "BatchGet",
    "BatchList",
    "Check",
    "Describe",
    "Estimate",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Read",
    "Scan",
    "Search",
    "Select",
    "View",
];

/// Gives each statement a `Sid`: ASCII letters and digits, none twice, the same for the same policy.
///
/// One action gives its name (`IamPassRole`), several give `Read`, `Write` or `ReadWrite` of their
/// service (`S3Read`, `DynamodbReadWrite`), or of `Several` where there are more than two services. What
/// would be the same as an earlier one has a number (`S3Read2`).
pub fn name_statements(policy: &mut Policy) {
    let mut taken = HashSet::new();
    for statement in &mut policy.statements {
        let name = name(statement);
        let mut sid = name.clone();
        let mut number = 2;
        while !taken.insert(sid.clone()) {
            sid = format!("{name}{number}");
            number += 1;
        }
        statement.sid = Some(sid);
    }
}

fn name(statement: &Statement) -> String {
    let mut services: Vec<String> = Vec::new();
    let (mut reads, mut writes) = (false, false);
    for action in &statement.actions {
        let (prefix, name) = action.split_once(':').unwrap_or((action, ""));
        let service = words(prefix);
        if !services.contains(&service) {
            services.push(service);
        }
        if READING.iter().any(|word| name.starts_with(word)) {
            reads = true;
        } else {
            writes = true;
        }
    }
    let what = match (&statement.actions[..], reads, writes) {
        ([action], ..) => words(action.split_once(':').map_or("", |(_, name)| name)),
        (_, true, true) => "ReadWrite".to_owned(),
        (_, true, false) => "Read".to_owned(),
        _ => "Write".to_owned(),
    };
    let of = if services.len() > SERVICES { "Several".to_owned() } else { services.concat() };
    let mut sid = of + &what;
    sid.truncate(LONGEST);
    sid
}

/// `aws-portal` → `AwsPortal`; what is no ASCII letter or digit separates words.
fn words(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|character: char| !character.is_ascii_alphanumeric()) {
        let mut characters = word.chars();
        out.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(characters.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::statement::Effect;

    fn sids(statements: &[&[&str]]) -> Vec<String> {
        let statement = |actions: &&[&str]| Statement {
            sid: None,
            effect: Effect::Allow,
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            resources: vec!["*".to_owned()],
            conditions: Default::default(),
        };
        let mut policy = Policy { statements: statements.iter().map(statement).collect() };
        name_statements(&mut policy);
        policy.statements.into_iter().filter_map(|statement| statement.sid).collect()
    }

    #[test]
    fn a_name_says_the_service_and_what_is_done() {
        assert_eq!(
            sids(&[
                &["iam:PassRole"],
                &["s3:GetObject", "s3:ListBucket"],
                &["s3:GetObject", "s3:PutObject"],
                &["dynamodb:PutItem", "dynamodb:CreateTable"],
                &["ec2:DescribeTags", "sts:GetCallerIdentity"],
                &["ec2:DescribeTags", "a:GetB", "c:GetD"],
                &["aws-portal:ViewBilling"],
                &["execute-api:*"],
            ]),
            [
                "IamPassRole",
                "S3Read",
                "S3ReadWrite",
                "DynamodbWrite",
                "Ec2StsRead",
                "SeveralRead",
                "AwsPortalViewBilling",
                "ExecuteApi",
            ]
        );
    }

    #[test]
    fn none_is_there_twice() {
        let same: &[&str] = &["s3:GetObject", "s3:ListBucket"];
        assert_eq!(
            sids(&[same, &["s3:Read2"], same, same, &["s3:Read2"]]),
            ["S3Read", "S3Read2", "S3Read3", "S3Read4", "S3Read22"]
        );
    }

    #[test]
    fn only_letters_and_digits_and_not_too_many() {
        let long = format!("s3:{}", "Very".repeat(40));
        for sid in sids(&[&["s3:\u{e9}*?"], &["\u{20ac}:X"], &[":"], &[&long], &[&long]]) {
            assert!(sid.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{sid}");
            assert!(sid.len() <= LONGEST + 1);
        }
    }
}
