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
    assert_eq!(possible.verdict, Verdict::Possible("the role may exist".to_owned()));
    assert!(possible.likely);
    let kms = rule("when KmsKeyId on key @ KmsKeyId via s3").unwrap();
    assert_eq!(kms.verdict, Verdict::When(Condition::Test(member("KmsKeyId"), Test::Present)));
    let key =
        Target::Type { name: "key".to_owned(), value: Some(member("KmsKeyId")), anywhere: false };
    assert_eq!((kms.on, kms.via.as_deref()), (vec![key], Some("s3")));
    let three = rule("always on 'code signing config', route, *").unwrap().on;
    let config =
        Target::Type { name: "code signing config".to_owned(), value: None, anywhere: false };
    assert_eq!(three, [config, Target::Route, Target::Everything]);
    let text = "always on arns @ ResourceARNList[], 'arn:${Partition}:cloudformation:${Region}:aws:transform/A'";
    let named = Target::Arns(member("ResourceARNList[]"));
    let literal = "arn:${Partition}:cloudformation:${Region}:aws:transform/A".to_owned();
    assert_eq!(rule(text).unwrap().on, [named, Target::Literal(literal)]);
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
    let header = Value::parse("response 'X-Amz-Id'").unwrap();
    assert_eq!(header.source, Source::Response("x-amz-id".to_owned()));
    let uri = Value::parse("Uri | s3 | first '/'").unwrap();
    assert_eq!(uri.functions, [Function::S3, Function::First("/".to_owned())]);
    assert_eq!(uri.to_string(), "Uri | s3 | first '/'");
    let nested = Value::parse("A[].B{}.C").unwrap();
    assert_eq!(nested.path().unwrap().len(), 5);
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
        ("sometimes", "sometimes is none of always, never, when and possible"),
        ("when", "it ends too early"),
        ("when A =", "it ends where a text in single quotes should be"),
        ("when A = B", "B stands where a text in single quotes should be"),
        ("when 'A", "a quote is not closed"),
        ("when (A", "a ) is missing"),
        ("when A B", "B is not expected there"),
        ("when $unknown", "$unknown is not defined"),
        ("when $loop", "conditions are nested too deeply; a definition may name itself"),
        ("when A | upper", "there is no function upper"),
        ("when A{key}.B", "A{key}.B: {key} stands at the end of a path"),
        ("when A[0]", "A[0]: [0] is none of [], {} and {key}"),
        ("when A starts 'x'", "behind starts stands with"),
        ("possible", "it ends where the reason, in quotes should be"),
        ("always on arns", "behind arns stands @ and where they are"),
        ("always on", "behind on stands a resource type, * or route"),
    ] {
        assert_eq!(rule(text).unwrap_err(), problem, "{text}");
    }
}
