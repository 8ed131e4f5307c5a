use std::fs;
use std::path::Path;

use super::*;

fn read(service: &str, text: &str) -> Result<Corrections, Vec<String>> {
    Corrections::read(&[RulesFile {
        name: format!("my/{service}.toml"),
        service: service.to_owned(),
        text: text.to_owned(),
    }])
}

#[track_caller]
fn refused(service: &str, text: &str, problem: &str) {
    let problems = read(service, text).map(|_| ()).unwrap_err();
    assert!(
        problems.iter().any(|it| *it == format!("my/{service}.toml: {problem}")),
        "{text}\n{problems:#?}"
    );
}

#[track_caller]
fn corrected<'a>(corrections: &'a Corrections, service: &str, operation: &str) -> &'a Corrected {
    let service = Catalog::embedded().service(service).unwrap();
    &corrections.operations[&service.operation(operation).unwrap()]
}

/// Class, action, guard, rules, and whether a file says so.
fn rows(corrected: &Corrected) -> Vec<(u32, String, &str, Vec<&str>, bool)> {
    let mut rows = Vec::new();
    for it in &corrected.actions {
        let rules = it.rules.iter().map(String::as_str).collect();
        rows.push((it.class, it.action.to_string(), it.guard.as_str(), rules, it.file.is_some()));
    }
    rows
}

#[test]
fn what_the_catalogue_does_not_have_is_refused() {
    refused(
        "s4",
        "[PutObject]\nown = []",
        "the catalogue has no service s4 (the file's name; `service = \"…\"` in it names another); take botocore's name, such as s3 or elbv2",
    );
    refused("s3", "service = 3", "service is not a string");
    refused(
        "rules",
        "service = 's5'",
        "the catalogue has no service s5 (its key `service`); take botocore's name, such as s3 or elbv2",
    );
    refused("s3", "[PutObjekt]\nown = []", "[PutObjekt]: the service has no such operation");
    refused("s3", "PutObject = 1", "PutObject is not a table");
    refused("s3", "[PutObject]", "[PutObject]: it decides nothing");
    refused(
        "s3",
        "[PutObject]\nown = ['s3:PutObjekt']",
        "[PutObject]: AWS lists no action s3:PutObjekt",
    );
    refused(
        "s3",
        "[PutObject]\n's3:putobject' = 'never'",
        "[PutObject]: AWS lists no action s3:putobject",
    );
    refused(
        "s3",
        "[PutObject]\n'kms:Decrypt' = 'when KmsKey'",
        "[PutObject]: kms:Decrypt: KmsKey does not lead anywhere",
    );
    refused(
        "s3",
        "[DeleteObjects]\n's3:PutObject' = 'when Delete.Objects[].Name'",
        "[DeleteObjects]: s3:PutObject: Delete.Objects[].Name does not lead anywhere",
    );
    refused(
        "s3",
        "[PutObject]\n'kms:Decrypt' = 'always on bucket'",
        "[PutObject]: kms:Decrypt: AWS lists no resource type called bucket for it",
    );
    refused(
        "s3",
        "[PutObject]\n'kms:Decrypt' = 'always on key @ KmsKey'",
        "[PutObject]: kms:Decrypt: KmsKey does not lead anywhere",
    );
    refused("s3", "[prefixes]\ns4 = 'Bucket'", "[prefixes]: AWS has no prefix s4");
    refused("s3", "[prefixes]\ns3 = 'Buckets'", "[prefixes]: Buckets does not lead anywhere");
    refused(
        "s3",
        "[variables]\nNoSuchThing = 'Bucket'",
        "[variables]: no ARN format has a variable NoSuchThing",
    );
    refused(
        "s3",
        "['*']\n'sqs:SendMessage' = 'never'",
        "[*]: AWS does not list sqs:SendMessage for any operation of the service",
    );
}

#[test]
fn what_is_secret_is_not_compared() {
    refused(
        "s3",
        "[PutObject]\n'kms:Decrypt' = \"when SSEKMSKeyId = 'x'\"",
        "[PutObject]: kms:Decrypt: SSEKMSKeyId is sensitive: a rule can only ask whether it is present",
    );
    // What names a resource is no secret, and only what has the form of a name is kept of it.
    assert!(read("s3", "[PutObject]\n'kms:Decrypt' = 'always on key @ SSEKMSKeyId'").is_ok());
    assert!(read("s3", "[PutObject]\n'kms:Decrypt' = 'when SSEKMSKeyId'").is_ok());
    for name in
        ["Authorization", "X-Amz-Security-Token", "x-amz-server-side-encryption-customer-key"]
    {
        let text = format!("[PutObject]\n'kms:Decrypt' = \"when header '{name}' = 'x'\"");
        let lower = name.to_ascii_lowercase();
        refused(
            "s3",
            &text,
            &format!("[PutObject]: the header {lower} is never kept")
                .replace("[PutObject]: ", "[PutObject]: kms:Decrypt: "),
        );
    }
    refused(
        "s3",
        "[PutObject]\n'kms:Decrypt' = \"when query 'X-Amz-Signature'\"",
        "[PutObject]: kms:Decrypt: the query key X-Amz-Signature is never kept",
    );
}

#[test]
fn what_is_no_rule_is_refused_with_its_place() {
    refused("s3", "[PutObject]\nown = [", "line 2: unclosed array, expected `]`");
    refused(
        "s3",
        "[PutObject]\n's3:GetObject' = 'sometimes'",
        "[PutObject]: s3:GetObject: \"sometimes\": sometimes is not one of always, never, when and possible",
    );
    refused(
        "s3",
        "[PutObject]\n's3:GetObject' = 3",
        "[PutObject]: s3:GetObject is neither a rule nor a list of rules",
    );
    refused(
        "s3",
        "[PutObject]\n's3:GetObject' = []",
        "[PutObject]: s3:GetObject is neither a rule nor a list of rules",
    );
    refused("s3", "[PutObject]\nowns = []", "[PutObject]: owns is not understood here");
    refused("s3", "[PutObject]\nown = 's3:GetObject'", "[PutObject]: own is not a list of actions");
    refused(
        "s3",
        "[PutObject]\npermission = 'all'",
        "[PutObject]: permission can only be \"none\"",
    );
    // What was the operation's own is not forgotten without a word.
    refused(
        "s3",
        "[DeleteBucket]\nown = ['s3:PutObject']",
        "[DeleteBucket] needs a rule for s3:DeleteBucket: AWS lists it and nothing says when a call needs it (`never`, if none does)",
    );
    // All that is wrong is said at once.
    let problems = read("s3", "[A]\nown = []\n[B]\nown = []").map(|_| ()).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn definitions_that_name_themselves_end() {
    for text in [
        "[definitions]\na = '$a or $a or $a or $a or $a'\n[PutObject]\n's3:GetObject' = 'when $a'",
        "[definitions]\na = '$b $b $b $b $b $b $b $b'\nb = '$c $c $c $c $c $c $c $c'\nc = '$a $a $a $a $a $a $a'\n[PutObject]\n's3:GetObject' = 'when $a'",
        "[PutObject]\n's3:GetObject' = 'when $unknown'",
    ] {
        assert!(read("s3", text).is_err(), "{text}");
    }
}

#[test]
fn a_table_replaces_what_it_names_and_nothing_else() {
    let corrections = read(
        "s3",
        "[definitions]\nbig = \"StorageClass = 'GLACIER'\"\n[PutObject]\n's3:PutObjectAcl' = 'never'\n's3:ListBucket' = 'when $big'",
    )
    .unwrap();
    assert_eq!(corrections.operations().len(), 1);
    let operation = Catalog::embedded().service("s3").unwrap().operation("PutObject").unwrap();
    let rows = rows(corrected(&corrections, "s3", "PutObject"));
    let mut others = operation.authorized().filter(|it| it.action().name() != "PutObjectAcl");
    for (class, action, guard, rules, ours) in &rows {
        match action.as_str() {
            "s3:PutObjectAcl" => assert_eq!((&rules[..], *ours), (&["never"][..], true)),
            "s3:ListBucket" => {
                assert_eq!((&rules[..], *ours), (&["when (StorageClass = 'GLACIER')"][..], true));
                assert_eq!(*class, LISTED);
            }
            _ => {
                let before = others.next().unwrap();
                assert_eq!(*action, before.action().to_string());
                assert_eq!(*class, number(before.class()));
                assert_eq!(*guard, before.guard());
                assert_eq!(*rules, before.rules().collect::<Vec<_>>());
                assert!(!ours, "{action}");
            }
        }
    }
    assert_eq!(others.count(), 0);
}

#[test]
fn own_none_and_everywhere() {
    let corrections = read(
        "s3",
        "[DeleteBucket]\npermission = 'none'\n[GetBucketAcl]\nown = ['s3:ListBucket']\n's3:GetBucketAcl' = 'never'",
    )
    .unwrap();
    let none = corrected(&corrections, "s3", "DeleteBucket");
    assert_eq!((none.permission, none.actions.len()), (NOT_NEEDED, 0));
    let rows = rows(corrected(&corrections, "s3", "GetBucketAcl"));
    assert_eq!((rows[0].0, rows[0].1.as_str(), rows[0].4), (OWN, "s3:ListBucket", true));
    let was = rows.iter().find(|it| it.1 == "s3:GetBucketAcl").unwrap();
    assert_eq!((was.0, &was.3[..]), (LISTED, &["never"][..]));
    // Nobody said what it needs; the rules do.
    let corrections = read("sts", "[GetCallerIdentity]\nown = ['sts:GetCallerIdentity']").unwrap();
    let known = corrected(&corrections, "sts", "GetCallerIdentity");
    assert_eq!((known.permission, known.actions[0].class), (MAPPED, OWN));
    // For every operation that lists the action, whatever the built-in rules say of it there; and for no other.
    let corrections = read("s3", "['*']\n's3:PutObjectAcl' = 'never'").unwrap();
    let names: Vec<&str> = corrections.operations().iter().map(|it| it.name()).collect();
    assert!(names.contains(&"PutObject") && names.contains(&"PutObjectAcl"), "{names:?}");
    assert!(!names.contains(&"GetObject"), "{names:?}");
}

#[test]
fn headers_are_looked_at_from_then_on() {
    let corrections = read(
        "s3",
        "[PutObject]\n's3:GetObject' = \"when header 'X-Team' = 'a' or query 'team' or response 'x-answer'\"",
    )
    .unwrap();
    assert_eq!(
        corrections.looked_at,
        [["x-team"], ["team"], ["x-answer"]].map(|it| it.map(str::to_owned).to_vec())
    );
}

#[test]
fn a_service_has_one_file() {
    let file = |name: &str, service: &str, text: &str| RulesFile {
        name: name.to_owned(),
        service: service.to_owned(),
        text: text.to_owned(),
    };
    let rule = "[PutObject]\n's3:GetObject' = 'never'";
    let problems = Corrections::read(&[
        file("s3.toml", "s3", rule),
        file("more.toml", "more", &format!("service = 's3'\n{rule}")),
    ])
    .map(|_| ())
    .unwrap_err();
    assert_eq!(problems, ["more.toml: s3.toml already has rules for s3; put them in one file"]);
}

/// The build and the run read rules with the same code: the rules of the build, given at run time, change nothing.
#[test]
fn the_built_in_rules_correct_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/rules");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let service = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !service.starts_with('_') {
            let text = fs::read_to_string(&path).unwrap();
            files.push(RulesFile { name: service.clone(), service, text });
        }
    }
    assert!(files.len() > 200, "{}", files.len());
    let corrections = Corrections::read(&files).unwrap();
    let mut decided = 0;
    for (operation, corrected) in &corrections.operations {
        assert!(!corrected.renamed, "{operation:?}");
        assert_eq!(corrected.permission, permission_number(operation.permission()));
        assert_eq!(corrected.actions.len(), operation.authorized().len(), "{operation:?}");
        for (it, before) in corrected.actions.iter().zip(operation.authorized()) {
            assert_eq!(it.action, before.action(), "{operation:?}");
            assert_eq!(it.class, number(before.class()), "{operation:?} {before:?}");
            assert_eq!(it.common, before.is_common(), "{operation:?} {before:?}");
            assert_eq!(it.guard, before.guard(), "{operation:?} {before:?}");
            assert!(it.rules.iter().eq(before.rules()), "{operation:?} {before:?}");
            assert_eq!(it.contexts, owned(before.contexts()), "{operation:?} {before:?}");
            decided += 1;
        }
    }
    assert!(decided > 1_000, "{decided}");
    assert!(corrections.looked_at.iter().all(Vec::is_empty), "{:?}", corrections.looked_at);
}

#[test]
fn no_text_is_too_much() {
    let texts = [
        "[definitions]\nx = \"ACL = 'b'\"\n[PutObject]\nown = ['s3:PutObject']\nvariables = { BucketName = \"Bucket | first '/'\" }\n's3:GetObject' = [\"when not ($x and Key like '*ä') on object @ Key via s3 likely\"]\n",
        "service = 's3outposts'\n['*']\n's3-outposts:CreateEndpoint' = 'never'\n[prefixes]\ns3-outposts = 'OutpostId'\n",
    ];
    for text in texts {
        drop(read("s3", text).unwrap());
        for (at, letter) in text.char_indices() {
            drop(read("s3", &text[..at]));
            drop(read("s3", &[&text[..at], &text[at + letter.len_utf8()..]].concat()));
            for other in ["'", "[", "$x", "\u{0}", "ß", "("] {
                drop(read("s3", &[&text[..at], other, &text[at..]].concat()));
            }
        }
    }
    let deep = format!("[PutObject]\n's3:GetObject' = \"when {}A\"", "(".repeat(100_000));
    assert!(read("s3", &deep).is_err());
    let deep =
        format!("[PutObject]\n's3:GetObject' = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read("s3", &deep).is_err());
}

/// `[[several]]` is as if each operation had the table, beside the one that it has.
#[test]
fn several_operations_share_a_table() {
    let text = r#"
        [PutObject]
        "s3:GetObject" = "always"

        [[several]]
        operations = ["PutObject", "DeleteObject"]
        "kms:Decrypt" = "possible 'why'"
    "#;
    let corrections = read("s3", text).unwrap();
    for operation in ["PutObject", "DeleteObject"] {
        let rows = rows(corrected(&corrections, "s3", operation));
        assert!(rows.iter().any(|row| row.1 == "kms:Decrypt"), "{operation}: {rows:?}");
    }
    let rows = rows(corrected(&corrections, "s3", "PutObject"));
    assert!(rows.iter().any(|row| row.1 == "s3:GetObject"), "{rows:?}");
    for (text, problem) in [
        ("[several]\nx = 'y'", "[several]: it is no list of tables; write [[several]]"),
        ("[[several]]\n's3:GetObject' = 'always'", "[several]: operations is no list of names"),
        (
            "[[several]]\noperations = ['Nope']\n's3:GetObject' = 'always'",
            "[several]: Nope: the service has no such operation",
        ),
        (
            "[PutObject]\n's3:GetObject' = 'always'\n[[several]]\noperations = ['PutObject']\n's3:GetObject' = 'never'",
            "[several]: PutObject: s3:GetObject is decided twice for PutObject",
        ),
    ] {
        refused("s3", text, problem);
    }
}
