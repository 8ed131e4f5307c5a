//! What we find in a policy without asking anybody: by the grammar of policies, and by what the catalogue has of AWS.
//!
//! The catalogue knows which actions and resource types there are, and of condition keys those by which policies can hold what a run
//! made; of other keys of a service only whose they are is looked at.

use crate::catalog::{Action, Catalog, ConditionKey, close};
use crate::evaluate::document::{Condition, Document, Element, Place, Statement, Test};
use crate::judge::findings::{Finding, PolicyType, Severity};
use crate::judge::keys::{self, KeyType};
use crate::policy::Effect;
use crate::wildcard::{Token, is_like_in_any_case, overlaps, push};

/// Names that are suggested for one that there is not.
const SUGGESTIONS: usize = 3;
/// How many colons there are before the last part of an ARN.
const COLONS: usize = 5;
/// So many findings of a policy are told.
const MOST: usize = 500;

/// What is found in the text of a policy.
pub(super) fn findings(text: &str, kind: PolicyType) -> Vec<Finding> {
    let document = match Document::parse_as(kind.shape(), text) {
        Ok(document) => document,
        Err(error) => {
            return vec![found(Severity::Error, "grammar", error.place, capital(&error.problem))];
        }
    };
    let mut all = Vec::new();
    if document.statements.is_empty() {
        let place = Place { line: 1, column: 1 };
        let sentence = "The policy has no statement, so it grants nothing.";
        all.push(found(Severity::Warning, "grants-nothing", place, sentence.to_owned()));
    }
    for statement in &document.statements {
        of_statement(statement, &mut all);
        if all.len() >= MOST {
            all.truncate(MOST);
            break;
        }
    }
    all
}

fn of_statement(statement: &Statement, all: &mut Vec<Finding>) {
    let Statement { actions, resources, place, .. } = statement;
    for item in &actions.items {
        all.extend(of_action(&item.text, item.place));
    }
    for (element, name) in [(actions, "NotAction"), (resources, "NotResource")] {
        if element.negated && element.texts().any(|it| it == "*") {
            let does = match statement.effect {
                Effect::Allow => "grants",
                Effect::Deny => "denies",
            };
            let sentence = format!("The statement {does} nothing, since its {name} has *.");
            all.push(found(Severity::Warning, "grants-nothing", *place, sentence));
        }
    }
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
    if statement.effect == Effect::Allow
        && statement.principals.as_ref().is_some_and(|it| it.negated)
    {
        let sentence = "Allow with NotPrincipal lets in everybody who is not named, also those who have no credentials; name \
                        who may in Principal.";
        let kind = Severity::SecurityWarning;
        all.push(found(kind, "allow-with-not-principal", *place, sentence.to_owned()));
    }
    let expanded = expanded(actions);
    // Whatever an action that AWS does not have was meant to be may take them.
    let are_known = |all: &[(usize, Action)]| {
        (0..actions.items.len()).all(|index| all.iter().any(|(it, _)| *it == index))
    };
    if let Some(expanded) = &expanded
        && are_known(expanded)
        && statement.names_resources
        && !resources.negated
    {
        of_resources(expanded, resources, all);
    }
    for condition in &statement.conditions {
        of_condition(condition, actions, expanded.as_deref(), *place, all);
    }
}

/// The actions that a statement names, each with the text that names it; `None` where that is `*`, or all but what it names.
fn expanded(actions: &Element) -> Option<Vec<(usize, Action)>> {
    if actions.negated || actions.texts().any(|it| it == "*") {
        return None;
    }
    let each = actions.texts().enumerate().flat_map(|(index, text)| {
        let (prefix, name) = text.split_once(':').unwrap_or((text, ""));
        let prefix = prefix.to_ascii_lowercase();
        let all = Catalog::embedded().actions(&prefix).collect::<Vec<_>>().into_iter();
        all.filter(move |it| is_like_in_any_case(it.name(), name)).map(move |it| (index, it))
    });
    Some(each.collect())
}

/// What is wrong with the name of an action.
fn of_action(text: &str, place: Place) -> Option<Finding> {
    let (prefix, name) = text.split_once(':')?;
    let catalog = Catalog::embedded();
    let lower = prefix.to_ascii_lowercase();
    let did_you_mean = |close: Vec<String>| match close.join(" or ") {
        names if names.is_empty() => String::new(),
        names => format!("; did you mean {names}?"),
    };
    let ended = |sentence: String| if sentence.ends_with('?') { sentence } else { sentence + "." };
    let error = |code, sentence| Some(found(Severity::Error, code, place, ended(sentence)));
    if !catalog.prefixes().any(|it| it == lower) {
        let near = close(prefix, catalog.prefixes(), SUGGESTIONS);
        let near = did_you_mean(near.into_iter().map(str::to_owned).collect());
        return error(
            "unknown-service",
            format!("AWS has no service with the prefix {prefix}{near}"),
        );
    }
    if name.contains(['*', '?']) {
        let is_any = catalog.actions(&lower).any(|it| is_like_in_any_case(it.name(), name));
        return (!is_any)
            .then(|| error("pattern-matches-nothing", format!("No action is like {text}")))?;
    }
    if catalog.action(&lower, name).is_some() {
        return None;
    }
    let near = close(name, catalog.actions(&lower).map(Action::name), SUGGESTIONS);
    let near = near.into_iter().map(|it| format!("{lower}:{it}")).collect();
    error("unknown-action", format!("AWS has no action {text}{}", did_you_mean(near)))
}

/// Resources that no action of the statement takes, and actions that none of its resources is for.
fn of_resources(actions: &[(usize, Action)], resources: &Element, all: &mut Vec<Finding>) {
    let patterns: Vec<Vec<Token>> = resources.texts().map(tokens).collect();
    let takes = |action: Action, pattern: &[Token]| {
        let mut types = action.resources();
        types.any(|it| {
            // The name of a bucket has no slash in it; what follows one is an object.
            let is_below = |format: &str| {
                format.ends_with("${BucketName}") && pattern.contains(&Token::Literal('/'))
            };
            let mut formats = it.resource_type.arn_formats();
            formats.any(|format| !is_below(format) && overlaps(&tokens(format), pattern))
        })
    };
    for (item, pattern) in resources.items.iter().zip(&patterns) {
        if item.text != "*" && !actions.iter().any(|(_, action)| takes(*action, pattern)) {
            let sentence = format!("No action of the statement takes the resource {}.", item.text);
            all.push(found(Severity::Warning, "resource-not-taken", item.place, sentence));
        }
    }
    if resources.texts().any(|it| it == "*") {
        return;
    }
    let mut named: Vec<usize> = actions.iter().map(|(index, _)| *index).collect();
    named.dedup();
    let place = resources.items.first().map_or(Place { line: 1, column: 1 }, |it| it.place);
    for index in named {
        let own: Vec<Action> =
            actions.iter().filter(|(it, _)| *it == index).map(|(_, action)| *action).collect();
        if own.iter().any(|action| patterns.iter().any(|pattern| takes(*action, pattern))) {
            continue;
        }
        let [action] = own[..] else { continue };
        let sentence = if action.resources().len() == 0 {
            format!(
                "{action} takes no resource, so it is granted only by a statement with the resource *."
            )
        } else {
            format!(
                "None of the statement's resources is one that {action} takes, so it is not granted."
            )
        };
        all.push(found(Severity::Warning, "action-without-resource", place, sentence));
    }
}

/// What is wrong with the key of a condition.
fn of_condition(
    condition: &Condition,
    actions: &Element,
    expanded: Option<&[(usize, Action)]>,
    place: Place,
    all: &mut Vec<Finding>,
) {
    let key = &condition.key;
    let mut warn = |code, sentence| all.push(found(Severity::Warning, code, place, sentence));
    if condition.values.is_empty() {
        warn("grants-nothing", format!("The condition on {key} has no value, so it never holds."));
    }
    let Some((prefix, _)) = key.split_once(':') else {
        warn(
            "unknown-condition-key",
            format!("{key} is not a condition key; aws:SourceIp is one."),
        );
        return;
    };
    let global = keys::global(key);
    if let Some((kind, _)) = global
        && !fits(condition.operator.test, kind)
    {
        let operator = &condition.operator_name;
        let sentence = format!("{operator} does not fit {key}, whose values are {}.", named(kind));
        all.push(found(Severity::Error, "operator-type", place, sentence));
        return;
    }
    // Who is signed in elsewhere has keys of there (`saml:aud`, `accounts.google.com:aud`).
    let is_elsewhere = prefix.contains('.') || prefix.eq_ignore_ascii_case("saml");
    if global.is_some() || is_elsewhere || keys::is_everywhere(key) {
        return;
    }
    if prefix.eq_ignore_ascii_case("aws") {
        warn("unknown-condition-key", format!("{key} is not one of AWS's global condition keys."));
        return;
    }
    let Some(expanded) = expanded.filter(|it| !it.is_empty()) else { return };
    // What is about objects and access points in buckets has S3's own prefix.
    let family = |prefix: &str| prefix.split('-').next().unwrap_or(prefix).to_ascii_lowercase();
    let is_service = |action: &Action| family(action.prefix()) == family(prefix);
    let has = |action: &Action| match listed(key) {
        Some(listed) => action.has_key(listed) || action.resources().any(|it| it.has_key(listed)),
        None => true,
    };
    if !expanded.iter().any(|(_, action)| is_service(action) && has(action)) {
        let which = actions.texts().next().unwrap_or_default();
        let others = if actions.items.len() > 1 { " and the others" } else { "" };
        warn(
            "unknown-condition-key",
            format!(
                "No request for {which}{others} has the condition key {key}, so the condition is about nothing."
            ),
        );
    }
}

/// The keys of services of which the catalogue knows the actions that have them.
fn listed(key: &str) -> Option<ConditionKey> {
    let known = [
        ("ec2:Vpc", ConditionKey::Vpc),
        ("kms:ResourceAliases", ConditionKey::ResourceAliases),
        ("kms:RequestAlias", ConditionKey::RequestAlias),
        ("ec2:CreateAction", ConditionKey::CreateAction),
        ("elasticfilesystem:CreateAction", ConditionKey::CreateAction),
        (
            "route53:ChangeResourceRecordSetsNormalizedRecordNames",
            ConditionKey::NormalizedRecordNames,
        ),
    ];
    known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, it)| it)
}

/// Whether an operator is one for such values. IAM compares ARNs as texts, too, and dates as numbers where they are written so
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).
fn fits(test: Test, kind: KeyType) -> bool {
    let is_text = matches!(
        test,
        Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike | Test::Binary
    );
    match test {
        Test::Null => true,
        Test::Numeric(_) => matches!(kind, KeyType::Number | KeyType::Date),
        Test::Date(_) => kind == KeyType::Date,
        Test::Bool => kind == KeyType::Bool,
        Test::IpAddress => kind == KeyType::Ip,
        Test::Arn => matches!(kind, KeyType::Arn),
        _ => is_text && matches!(kind, KeyType::Text | KeyType::Arn),
    }
}

fn named(kind: KeyType) -> &'static str {
    match kind {
        KeyType::Text => "texts",
        KeyType::Number => "numbers",
        KeyType::Date => "dates",
        KeyType::Bool => "true or false",
        KeyType::Ip => "IP addresses",
        KeyType::Arn => "ARNs",
    }
}

/// A resource or the form of one; variables may be anything. What stands for a part of an ARN before the last does not run over colons,
/// unless the ARN ends there.
fn tokens(text: &str) -> Vec<Token> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some((_, behind)) = rest.strip_prefix("${").and_then(|it| it.split_once('}')) {
            plain.push('*');
            rest = behind;
        } else {
            plain.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    let is_short = plain.matches(':').count() < COLONS;
    let (mut tokens, mut colons) = (Vec::new(), 0);
    for character in plain.chars() {
        let is_over = is_short || colons >= COLONS;
        colons += usize::from(character == ':');
        push(
            &mut tokens,
            match character {
                '*' => Token::Many(is_over),
                '?' => Token::One(is_over),
                other => Token::Literal(other),
            },
        );
    }
    tokens
}

fn found(severity: Severity, code: &str, place: Place, sentence: String) -> Finding {
    Finding { severity, code: code.to_owned(), sentence, link: None, place, is_aws: false }
}

/// A sentence of half a one.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(statement: &str, codes: &[&str]) {
        let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{{{statement}}}]}}");
        let found = findings(&text, PolicyType::Identity);
        let own: Vec<_> = found.iter().map(|it| &*it.code).collect();
        assert_eq!(own, codes, "{found:#?}");
    }

    #[test]
    fn what_aws_does_not_have_is_found() {
        let on = |action: &str, resource: &str| {
            format!("\"Effect\": \"Allow\", \"Action\": {action}, \"Resource\": {resource}")
        };
        finds(&on("\"s3:GetObject\"", "\"arn:aws:s3:::b/*\""), &[]);
        finds(&on("\"S3:getobject\"", "\"*\""), &[]);
        finds(&on("\"*\"", "\"*\""), &[]);
        finds(&on("\"s3:GetObjct\"", "\"*\""), &["unknown-action"]);
        finds(&on("\"s4:GetObject\"", "\"*\""), &["unknown-service"]);
        finds(&on("\"s3:Fetch*\"", "\"*\""), &["pattern-matches-nothing"]);
        finds(
            &on("\"s3:Get*\"", "\"arn:aws:sqs:eu-west-1:111122223333:q\""),
            &["resource-not-taken"],
        );
        let both = &["resource-not-taken", "action-without-resource"];
        finds(&on("\"s3:ListAllMyBuckets\"", "\"arn:aws:s3:::b\""), both);
        finds(
            &on("[\"s3:GetObject\", \"s3:ListBucket\"]", "\"arn:aws:s3:::b/*\""),
            &["action-without-resource"],
        );
        finds(&on("\"sqs:SendMessage\"", "\"arn:aws:sqs:*:*:${aws:username}-*\""), &[]);
        finds(&on("\"sqs:SendMessage\"", "\"arn:aws:sqs:*\""), &[]);
        finds(
            "\"Effect\": \"Allow\", \"NotAction\": \"*\", \"Resource\": \"*\"",
            &["grants-nothing"],
        );
    }

    #[test]
    fn a_name_that_is_nearly_right_has_a_suggestion() {
        let text = "{\n  \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:GetObjct\", \"Resource\": \"*\"}\n}";
        let found = findings(text, PolicyType::Identity);
        assert_eq!(found[0].sentence, "AWS has no action s3:GetObjct; did you mean s3:GetObject?");
        assert_eq!(found[0].place, Place { line: 2, column: 46 });
    }

    #[test]
    fn keys_are_those_of_the_actions() {
        let when = |action: &str, operator: &str, key: &str| {
            format!(
                "\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\", \"Condition\": {{\"{operator}\": {{\"{key}\": \"1\"}}}}"
            )
        };
        for (action, operator, key) in [
            ("s3:ListBucket", "StringLike", "s3:prefix"),
            ("sqs:*", "StringEquals", "aws:ResourceTag/env"),
            ("sqs:*", "IpAddress", "aws:SourceIp"),
            ("sqs:*", "ArnLike", "aws:PrincipalArn"),
            ("sqs:*", "Null", "aws:MultiFactorAuthAge"),
            ("kms:Decrypt", "StringEquals", "kms:ResourceAliases"),
            ("sqs:*", "ArnLike", "lambda:SourceFunctionArn"),
            ("*", "StringEquals", "s3:prefix"),
        ] {
            finds(&when(action, operator, key), &[]);
        }
        finds(&when("sqs:SendMessage", "StringLike", "s3:prefix"), &["unknown-condition-key"]);
        finds(&when("sqs:*", "StringLike", "aws:Sourceip2"), &["unknown-condition-key"]);
        finds(
            &when("kms:ListKeys", "StringEquals", "kms:ResourceAliases"),
            &["unknown-condition-key"],
        );
        finds(&when("sqs:*", "StringEquals", "aws:SourceIp"), &["operator-type"]);
        finds(&when("sqs:*", "NumericEquals", "aws:username"), &["operator-type"]);
    }

    #[test]
    fn what_is_no_policy_has_its_place() {
        let found = findings("{\n  \"Statement\": [}", PolicyType::Identity);
        assert_eq!((&*found[0].code, found[0].place.line), ("grammar", 2));
        let trust = r#"{"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}"#;
        let found = findings(trust, PolicyType::Resource);
        assert_eq!(found[0].code, "allow-with-not-principal");
        assert!(found[0].severity.fails());
    }
}
