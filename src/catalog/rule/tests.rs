use super::*;

fn rule(text: &str) -> Result<Rule, String> {
    let definition = |name: &str| match name {
        "directory" => Some("Bucket like '*--x-s3'".to_owned()),
        "loop" => Some("A or $loop".to_owned()),
        _ => None,
    };
    Rule::parse(text, &definition).map_err(|error| error.problem)
}

fn member(name: &str) -> Value {
    Value::parse(name).unwrap()
}

#[test]
fn verdicts_targets_and_flags() {
    assert_eq!(rule("always").unwrap().verdict, Verdict::Always);
    assert_eq!(rule("never").unwrap().verdict, Verdict::Never);
    let possible = rule("possible 'the role may exist' likely").unwrap();
    assert_eq!(possible.verdict, Verdict::Possible("the role may exist".to_owned(), None));
    assert!(possible.likely);
    let kms = rule("when KmsKeyId on key @ KmsKeyId via s3").unwrap();
    assert_eq!(kms.verdict, Verdict::When(Condition::Test(member("KmsKeyId"), Test::Present)));
    let key = kind("key", Some("KmsKeyId"));
    assert_eq!((kms.on, kms.via), (vec![key], vec!["s3".to_owned()]));
    let canary = rule("always on role @ ExecutionRoleArn via lambda or synthetics likely").unwrap();
    assert_eq!(
        (canary.via, canary.likely),
        (vec!["lambda".to_owned(), "synthetics".to_owned()], true)
    );
    assert_eq!(rule("always via monitoring.rds").unwrap().via, ["monitoring.rds"]);
    let three = rule("always on 'code signing config', route, *").unwrap().on;
    let config = kind("code signing config", None);
    assert_eq!(three, [config, Target::Route, Target::Everything]);
    let text = "always on arns @ ResourceARNList[], 'arn:${Partition}:cloudformation:${Region}:aws:transform/A'";
    let named = Target::Arns(member("ResourceARNList[]"));
    let literal = "arn:${Partition}:cloudformation:${Region}:aws:transform/A".to_owned();
    assert_eq!(rule(text).unwrap().on, [named, Target::Literal(literal, Vec::new())]);
}

/// A resource type as a target, where the call is.
fn kind(name: &str, value: Option<&str>) -> Target {
    Target::Type {
        name: name.to_owned(),
        value: value.map(member),
        anywhere: false,
        region: None,
        account: None,
    }
}

#[test]
fn targets_are_where_the_request_says() {
    let on = rule("always on table @ T in R[].Name of A, table anywhere of 'aws'").unwrap().on;
    let (table, name) = (kind("table", Some("T")), "table".to_owned());
    let Target::Type { value, .. } = table else { panic!("a type") };
    let (region, account) = (Some(member("R[].Name")), Some(member("A")));
    let there = Target::Type { name: name.clone(), value, anywhere: false, region, account };
    let (value, region, account) = (None, None, Some(member("'aws'")));
    assert_eq!(on, [there, Target::Type { name, value, anywhere: true, region, account }]);
}

#[test]
fn what_is_made_of_values_is_written_as_it_was_read() {
    for text in [
        "'default'",
        "Entries[].EventBusName | else 'default' | last '/'",
        "NetworkInterfaces[].NetworkInterfaceId | else *",
        "Scope | only = 'CLOUDFRONT' | as 'global'",
        "Statements[].Statement | only starts with 'select' | partiql",
        "Name | join ':' Alias | lower",
    ] {
        assert_eq!(member(text).to_string(), text);
    }
    assert_eq!(member("A | join '/' B").joined().collect::<Vec<_>>(), [&member("B")]);
    assert_eq!(member("A | else 'x'").default(), Some(&Default::Text("x".to_owned())));
}

#[test]
fn a_rule_has_a_condition_of_the_policy() {
    let with = rule("always on table with any 's:Qualifier' = A | last ':' likely").unwrap().with;
    let (key, value) = ("s:Qualifier".to_owned(), member("A | last ':'"));
    assert_eq!(with, Some(With { key, any: true, is_bool: false, value }));
    assert!(!rule("always with 's:Key' = A").unwrap().with.unwrap().any);
}

#[test]
fn not_binds_before_and_before_or() {
    let Verdict::When(condition) =
        rule("when not A and B = 'x' or (C or D) and named").unwrap().verdict
    else {
        panic!("a condition");
    };
    let present = |name| Condition::Test(member(name), Test::Present);
    assert_eq!(
        condition,
        Condition::Any(vec![
            Condition::All(vec![
                Condition::Not(Box::new(present("A"))),
                Condition::Test(member("B"), Test::Equals("x".to_owned())),
            ]),
            Condition::All(vec![
                Condition::Any(vec![present("C"), present("D")]),
                Condition::Named,
            ]),
        ])
    );
}

#[test]
fn paths_sources_and_functions() {
    let value = Value::parse("RequestItems{key} | last '/' | lower").unwrap();
    let steps = [Step::Member("RequestItems".to_owned()), Step::Keys];
    assert_eq!(value.path(), Some(&steps[..]));
    assert_eq!(value.functions, [Function::Last("/".to_owned()), Function::Lower]);
    let path = Value::parse("header ':path' | only like '/*/x' | prepend 'a/'").unwrap();
    assert_eq!(path.to_string(), "header ':path' | only like '/*/x' | prepend 'a/'");
    let header = Value::parse("response 'X-Amz-Id'").unwrap();
    assert_eq!(header.source, Source::Response("x-amz-id".to_owned()));
    let uri = Value::parse("Uri | s3 | first '/'").unwrap();
    assert_eq!(uri.functions, [Function::S3, Function::First("/".to_owned())]);
    assert_eq!(uri.to_string(), "Uri | s3 | first '/'");
    let nested = Value::parse("A[].B{}.C").unwrap();
    assert_eq!(nested.path().unwrap().len(), 5);
}

#[test]
fn what_the_answer_says_and_condition_keys() {
    let rule = rule(
        "possible 'which key' when answer 'Parameter.Type' = 'SecureString' on key via ssm with 'a:b' = answer 'P.ARN' likely",
    );
    let rule = rule.unwrap();
    let told =
        |path: &str| Value { source: Source::Answer(path.to_owned()), functions: Vec::new() };
    let test = Condition::Test(told("Parameter.Type"), Test::Equals("SecureString".to_owned()));
    assert_eq!(rule.condition(), Some(&test));
    assert_eq!(
        rule.with,
        Some(With { key: "a:b".to_owned(), any: false, is_bool: false, value: told("P.ARN") })
    );
    assert!(rule.likely);
}

#[test]
fn definitions_are_put_in() {
    let rule = rule("when not $directory").unwrap();
    let Verdict::When(Condition::Not(inner)) = rule.verdict else { panic!("not") };
    assert_eq!(*inner, Condition::Test(member("Bucket"), Test::Like("*--x-s3".to_owned())));
}

#[test]
fn what_is_not_a_rule_is_said() {
    for (text, problem) in [
        ("", "it ends too early"),
        ("sometimes", "sometimes is not one of always, never, when and possible"),
        ("when", "it ends too early"),
        ("when A =", "it ends before a string in single quotes"),
        ("when A = B", "found B instead of a string in single quotes"),
        ("when 'A", "a quote is not closed"),
        ("when (A", "a ) is missing"),
        ("when A B", "B is not expected there"),
        ("when $unknown", "$unknown is not defined"),
        ("when $loop", "conditions are nested too deeply; a definition may refer to itself"),
        ("when A | upper", "there is no function upper"),
        ("when A{key}.B", "A{key}.B: {key} can only end a path"),
        ("when A[0]", "A[0]: [0] is not one of [], {} and {key}"),
        ("when A starts 'x'", "starts must be followed by `with`"),
        ("possible", "it ends before the reason, in quotes"),
        ("when 'A' = 'x'", "a condition cannot ask for a text"),
        ("when A | lower | else 'x'", "`else` must come before all other functions"),
        ("when A | else x", "found x instead of a text in single quotes or *"),
        ("when status | else 'x'", "`else` can only follow a path of members"),
        ("when A | only", "`only` must be followed by a test"),
        ("when A | only != 'x'", "only takes no != (= 'x')"),
        ("when A | join B", "found B instead of a string in single quotes"),
        ("always on table @ ''", "a text must not be empty"),
        ("always on table anywhere in R", "what is anywhere cannot be in one region"),
        ("always with key", "found key instead of a condition key in single quotes"),
        ("always with 'k' A", "'k' must be followed by = and a value"),
        ("always on arns", "`arns` must be followed by @ and where they are"),
        ("always on", "`on` must be followed by a resource type, * or route"),
    ] {
        assert_eq!(rule(text).unwrap_err(), problem, "{text}");
    }
}
