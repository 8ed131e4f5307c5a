use super::*;

#[track_caller]
fn refused(text: &str, sentence: &str) {
    assert_eq!(Document::parse(text).unwrap_err().to_string(), sentence);
}

#[test]
fn every_form_of_the_grammar_is_read() {
    let text = r#"{
  "Version": "2012-10-17",
  "Id": "x",
  "Statement": {
    "Sid": "One",
    "Effect": "Deny",
    "NotAction": "s3:*",
    "NotResource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:max-keys": [10, "20"]}}
  }
}"#;
    let document = Document::parse(text).unwrap();
    assert!(document.has_variables);
    let [statement] = document.statements.as_slice() else { panic!("one") };
    assert_eq!(statement.sid.as_deref(), Some("One"));
    assert_eq!(statement.effect, Effect::Deny);
    assert!(statement.actions.negated && statement.resources.negated);
    assert_eq!(
        statement.resources.texts().collect::<Vec<_>>(),
        ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    );
    assert_eq!(statement.place, Place { line: 4, column: 16 });
    assert_eq!(statement.resources.items[1].place, Place { line: 8, column: 39 });
    assert_eq!(&text[statement.resources.items[1].span.clone()], "\"arn:aws:s3:::b/*\"");
    assert_eq!(&text[statement.actions.key.clone()], "\"NotAction\"");
    assert_eq!(statement.conditions[0].values, ["false"]);
    assert_eq!(statement.conditions[1].values, ["10", "20"]);

    let old = Document::parse("\u{feff}{\"Statement\": []}").unwrap();
    assert!(!old.has_variables && old.statements.is_empty());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    refused("", "line 1, column 1: it is empty; a policy is JSON");
    refused(
        "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [}",
        "line 3, column 17: this is not JSON: expected value",
    );
    refused("[]", "line 1, column 1: a policy is an object, with Version and Statement");
    refused("{\"Version\": \"2012-10-17\"}", "line 1, column 1: the policy has no Statement");
    refused(
        "{\"Version\": \"2012-10-18\", \"Statement\": []}",
        "line 1, column 13: the version \"2012-10-18\" is not one of IAM's, which are 2012-10-17 and 2008-10-17",
    );
    let statement = |inside: &str| format!("{{\"Statement\": [\n  {{{inside}}}\n]}}");
    let refused_in = |inside: &str, sentence: &str| refused(&statement(inside), sentence);
    refused_in("", "line 2, column 3: the statement has no Effect");
    refused_in(
        "\"effect\": \"Allow\"",
        "line 2, column 4: a statement has no element \"effect\"; did you mean \"Effect\"?",
    );
    refused_in(
        "\"Principal\": \"*\"",
        "line 2, column 4: Principal belongs in a resource policy or a role's trust policy; an identity-based policy, which is expected here, has none",
    );
    refused_in(
        "\"Effect\": \"Permit\"",
        "line 2, column 14: the Effect is \"Permit\"; it must be \"Allow\" or \"Deny\"",
    );
    refused_in(
        "\"Effect\": \"Allow\"",
        "line 2, column 3: the statement has neither Action nor NotAction",
    );
    refused_in(
        "\"Effect\": \"Allow\", \"Action\": [], \"Resource\": \"*\"",
        "line 2, column 33: Action is an empty list; IAM requires at least one string",
    );
    refused_in(
        "\"Effect\": \"Allow\", \"Effect\": \"Deny\"",
        "line 2, column 23: \"Effect\" appears twice; IAM would read only one of the two",
    );
    refused_in(
        "\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\", \"Condition\": {\"StringIs\": {}}",
        "line 2, column 69: \"StringIs\" is not an IAM condition operator",
    );
}

#[test]
fn principals_are_read_in_every_form() {
    let read = |principal: &str| {
        let text = format!(
            "{{\"Statement\": {{\"Effect\": \"Allow\", {principal}, \"Action\": \"sts:AssumeRole\"}}}}"
        );
        Document::parse_as(Shape::Resource, text)
            .map(|document| document.statements[0].principals.clone().unwrap())
            .map_err(|error| error.problem)
    };
    let named = |names: &[Named]| Ok(Principals { negated: false, named: names.to_vec() });
    let account = || Named::Account("111122223333".to_owned());
    assert_eq!(read("\"Principal\": \"*\""), named(&[Named::Everybody]));
    assert_eq!(read("\"Principal\": {\"AWS\": \"*\"}"), named(&[Named::Everybody]));
    assert_eq!(
        read(
            "\"Principal\": {\"AWS\": [\"111122223333\", \"arn:aws:iam::111122223333:root\", \"arn:aws:iam::111122223333:role/a/b\"], \"Service\": \"ec2.amazonaws.com\"}"
        ),
        named(&[
            account(),
            account(),
            Named::Arn("arn:aws:iam::111122223333:role/a/b".to_owned()),
            Named::Service("ec2.amazonaws.com".to_owned()),
        ])
    );
    assert_eq!(
        read("\"NotPrincipal\": {\"CanonicalUser\": \"79a5\", \"Federated\": \"x.example\"}"),
        Ok(Principals {
            negated: true,
            named: vec![
                Named::CanonicalUser("79a5".to_owned()),
                Named::Federated("x.example".to_owned())
            ]
        })
    );
    for (wrong, part) in [
        ("\"Sid\": \"x\"", "the statement has no Principal; a resource-based policy"),
        ("\"Principal\": \"111122223333\"", "Principal must be \"*\", or an object such as"),
        ("\"Principal\": {}", "Principal names nobody"),
        ("\"Principal\": {\"AWS\": []}", "Principal names nobody"),
        ("\"Principal\": {\"Aws\": \"*\"}", "Principal has no kind \"Aws\""),
        ("\"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:role/*\"}", "no wildcard matches"),
        ("\"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:group/g\"}", "is not the ARN of"),
        ("\"Principal\": {\"AWS\": \"arn:aws:iam::1:root\"}", "is not the ARN of"),
        ("\"Principal\": {\"AWS\": \"ann\"}", "is neither *, nor an account id"),
        ("\"Principal\": {\"AWS\": 5}", "AWS must be a string or a list of strings"),
        ("\"Principal\": \"*\", \"NotPrincipal\": \"*\"", "both Principal and NotPrincipal"),
    ] {
        let problem = read(wrong).unwrap_err();
        assert!(problem.contains(part), "{wrong}: {problem}");
    }
}

#[test]
fn each_shape_has_its_elements() {
    let with = r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}"#;
    let without = with.replace("\"Principal\": \"*\", ", "");
    for (shape, has) in [
        (Shape::Identity, false),
        (Shape::ServiceControl, false),
        (Shape::ResourceControl, true),
        (Shape::Endpoint, true),
        (Shape::Resource, true),
    ] {
        assert_eq!(Document::parse_as(shape, with).is_ok(), has, "{shape:?}");
        assert_eq!(Document::parse_as(shape, &*without).is_ok(), !has, "{shape:?}");
    }
    let one = with.replace("\"*\", \"Action\"", "{\"AWS\": \"111122223333\"}, \"Action\"");
    assert_eq!(
        Document::parse_as(Shape::ResourceControl, one).unwrap_err().problem,
        "the Principal of a resource control policy is \"*\"; a condition says whom it is about"
    );
    let scp = Document::parse_as(Shape::ServiceControl, with).unwrap_err().problem;
    assert!(scp.ends_with("a service control policy, which is expected here, has none"), "{scp}");
    // Only what is attached to a resource may leave out which.
    let bare = with.replace(", \"Resource\": \"*\"", "");
    assert!(Document::parse_as(Shape::Endpoint, &*bare).is_err());
    let document = Document::parse_as(Shape::Resource, bare).unwrap();
    assert!(!document.statements[0].names_resources);
    assert_eq!(document.statements[0].resources.texts().collect::<Vec<_>>(), ["*"]);
}
