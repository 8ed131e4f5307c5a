//! The report in a browser: Debian's Chromium, driven by playwright-core, and axe-core, which looks for what keeps people out
//! (`tests/pages`). What the browser is to find in the pages is written there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{output, stderr, stdout};
use crate::support::{on_path, repository, run, skipped};

/// Names that would do something in a page that is put together carelessly.
const HOSTILE: [&str; 15] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</script><script>document.title='x'</script>",
    "__proto__",
    "constructor",
    "\u{202e}gpj.exe",
    "a\u{0}b\u{1b}[31m",
    "${aws:username}",
    "<!--",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "{{data}}",
    "]]>",
    "`${1}`",
    "\u{2028}line",
];
const DEPLOY: &str = "arn:aws:sts::111122223333:assumed-role/deploy/ci";

/// The browser, where there is one and what drives it.
pub(crate) fn browser() -> Result<PathBuf, &'static str> {
    let driven = repository("tests/pages/node_modules/playwright-core").exists();
    match on_path("chromium").or_else(|| on_path("chromium-browser")) {
        _ if on_path("node").is_none() => Err("Node.js is not installed"),
        _ if !driven => Err("playwright-core is not installed; scripts/test does it"),
        None => Err("Chromium is not installed"),
        Some(program) => Ok(program),
    }
}

/// A call of a recording, so many milliseconds after a quarter past eight.
struct Recorded<'a> {
    millis: u64,
    operation: [&'a str; 2],
    ended: (u16, Option<&'a str>),
    requires: Value,
    key: &'a str,
    arn: Option<&'a str>,
    region: &'a str,
    agent: &'a str,
}

impl Recorded<'_> {
    fn line(&self) -> String {
        let Recorded { millis, operation: [service, operation], ended: (status, error), .. } = self;
        let (minutes, seconds) = (15 + millis / 60_000, millis / 1000 % 60);
        let time = format!("2026-11-26T08:{minutes:02}:{seconds:02}.{:03}Z", millis % 1000);
        let mut call = json!({
            "v": 1, "time": time, "source": "proxy", "service": service, "operation": operation, "region": self.region,
            "partition": "aws", "account": "111122223333", "principal": self.key, "status": status, "error": error,
            "request_id": null, "host": null, "user_agent": self.agent, "parameters": {}, "requires": self.requires,
        });
        if let Some(arn) = self.arn {
            call["principal_arn"] = json!(arn);
        }
        format!("{call}\n")
    }
}

fn needs(action: &str, resource: &str) -> Value {
    json!({"action": action, "resources": [resource], "conditions": {}, "reason": "operation"})
}

fn deployed(millis: u64, operation: [&str; 2], status: u16, requires: Value) -> String {
    Recorded {
        millis,
        operation,
        ended: (status, (status == 400).then_some("AccessDeniedException")),
        requires,
        key: "ASIADEPLOYAAAAAAAAAA",
        arn: Some(DEPLOY),
        region: "eu-west-1",
        agent: "Boto3/1.44.5 md/Botocore#1.44.5 os/linux",
    }
    .line()
}

/// A small deployment.
fn small() -> Vec<String> {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    let mut pass = needs("iam:PassRole", "arn:aws:iam::111122223333:role/shop");
    pass["conditions"] = json!({"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com"]}});
    pass["reason"] = json!("role");
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:checkout";
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:payment-key-??????";
    let page = || json!([needs("s3:PutObject", "arn:aws:s3:::acme-site/index.html")]);
    vec![
        deployed(0, ["sts", "GetCallerIdentity"], 200, json!([])),
        deployed(
            900,
            ["s3", "CreateBucket"],
            200,
            json!([needs("s3:CreateBucket", "arn:aws:s3:::acme-site")]),
        ),
        deployed(1500, ["s3", "PutObject"], 200, page()),
        deployed(1700, ["s3", "PutObject"], 200, page()),
        deployed(
            2600,
            ["dynamodb", "CreateTable"],
            200,
            json!([needs("dynamodb:CreateTable", table)]),
        ),
        deployed(
            3200,
            ["dynamodb", "DescribeTable"],
            200,
            json!([needs("dynamodb:DescribeTable", table)]),
        ),
        deployed(
            5100,
            ["lambda", "CreateFunction"],
            201,
            json!([needs("lambda:CreateFunction", function), pass]),
        ),
        deployed(
            7000,
            ["secretsmanager", "GetSecretValue"],
            400,
            json!([needs("secretsmanager:GetSecretValue", secret)]),
        ),
    ]
}

/// 10,000 calls on 500 resources, by three principals.
fn big() -> Vec<String> {
    let here = "eu-west-1:111122223333";
    // How many resources, the operation on them, its action, and the name of each.
    type Many = (usize, [&'static str; 2], &'static str, fn(usize, &str) -> String);
    let kinds: [Many; 9] = [
        (180, ["s3", "PutObject"], "s3:PutObject", |n, _| {
            format!("arn:aws:s3:::acme-logs/2026/11/{:02}/app-{n:04}.gz", n % 28 + 1)
        }),
        (90, ["s3", "GetObject"], "s3:GetObject", |n, _| {
            format!("arn:aws:s3:::acme-data-{}/in/part-{n:05}.parquet", n % 6)
        }),
        (60, ["dynamodb", "PutItem"], "dynamodb:PutItem", |n, here| {
            format!("arn:aws:dynamodb:{here}:table/tenant-{n:03}")
        }),
        (50, ["sqs", "SendMessage"], "sqs:SendMessage", |n, here| {
            format!("arn:aws:sqs:{here}:jobs-{n:02}")
        }),
        (40, ["lambda", "Invoke"], "lambda:InvokeFunction", |n, here| {
            format!("arn:aws:lambda:{here}:function:worker-{n:02}")
        }),
        (30, ["ssm", "GetParameter"], "ssm:GetParameter", |n, here| {
            format!("arn:aws:ssm:{here}:parameter/app/{n:02}/key")
        }),
        (20, ["secretsmanager", "GetSecretValue"], "secretsmanager:GetSecretValue", |n, here| {
            format!("arn:aws:secretsmanager:{here}:secret:db-{n:02}-??????")
        }),
        (15, ["sns", "Publish"], "sns:Publish", |n, here| {
            format!("arn:aws:sns:{here}:topic-{n:02}")
        }),
        (15, ["kms", "Decrypt"], "kms:Decrypt", |n, here| {
            format!("arn:aws:kms:{here}:key/0e77cca9-0000-4000-8000-0000000000{n:02}")
        }),
    ];
    let all = kinds.iter().flat_map(|(count, operation, action, arn)| {
        (0..*count).map(move |n| (*operation, *action, arn(n, here)))
    });
    let all: Vec<_> = all.collect();
    assert_eq!(all.len(), 500);
    let keys = [
        ("AKIADEPLOYAAAAAAAAAA", DEPLOY),
        ("AKIAWORKERAAAAAAAAAA", "arn:aws:sts::111122223333:assumed-role/worker/i-1"),
        ("AKIAREPORTAAAAAAAAAA", "arn:aws:iam::111122223333:user/ann"),
    ];
    let call = |index: usize| {
        let (operation, action, resource) = &all[index * 7 % all.len()];
        let (key, arn) = keys[index * 31 / 17 % keys.len()];
        let denied = operation[0] == "kms" && index.is_multiple_of(5);
        Recorded {
            millis: index as u64 * 15,
            operation: *operation,
            ended: if denied { (400, Some("AccessDeniedException")) } else { (200, None) },
            requires: json!([needs(action, resource)]),
            key,
            arn: Some(arn),
            region: "eu-west-1",
            agent: "Boto3/1.44.5",
        }
        .line()
    };
    (0..10_000).map(call).collect()
}

/// Names that others chose, wherever a recording has one.
fn hostile() -> Vec<String> {
    let calls = HOSTILE.iter().enumerate().flat_map(|(index, name)| {
        let millis = index as u64 * 100;
        let key = format!("AKIA{name}");
        let object = json!([needs("s3:PutObject", &format!("arn:aws:s3:::{name}/k"))]);
        let mut pass = needs("iam:PassRole", &format!("arn:aws:iam::111122223333:role/{name}"));
        pass["conditions"] = json!({"StringEquals": {format!("iam:{name}"): [name]}});
        pass["reason"] = json!(name);
        let denied = if index % 2 == 0 { (403, Some("AccessDenied")) } else { (200, None) };
        let call = |operation, ended, requires| {
            let (key, agent, region) = (key.as_str(), *name, *name);
            Recorded { millis, operation, ended, requires, key, arn: None, region, agent }.line()
        };
        [
            call(["s3", "PutObject"], denied, object),
            call([name, name], (400, Some(name)), json!([])),
            call(["iam", "PassRole"], (200, Some(name)), json!([pass])),
        ]
    });
    calls.collect()
}

fn report(folder: &Path, name: &str, lines: &[String], more: &[&str]) -> PathBuf {
    let (recording, page) =
        (folder.join(format!("{name}.jsonl")), folder.join(format!("{name}.html")));
    fs::write(&recording, lines.concat()).unwrap();
    let mut arguments = vec!["report", "-o", page.to_str().unwrap()];
    arguments.extend(more);
    arguments.push(recording.to_str().unwrap());
    let output = output(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    page
}

#[test]
fn reports_in_a_browser() {
    let program = match browser() {
        Ok(program) => program,
        Err(reason) => return skipped("pages_browser::reports_in_a_browser", reason),
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let small = small();
    report(folder, "one", &small[2..3], &[]);
    report(folder, "small", &small, &[]);
    report(folder, "hostile", &hostile(), &[]);
    report(folder, "big", &big(), &[]);
    let baseline = folder.join("baseline.json");
    let statements = json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
    ]);
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    fs::write(&baseline, policy.to_string()).unwrap();
    report(folder, "baseline", &small, &["--baseline", baseline.to_str().unwrap()]);
    for format in ["json", "hcl", "cloudformation", "cdk", "markdown"] {
        let recording = folder.join("small.jsonl");
        let output = output(["policy", "--quiet", "--format", format, recording.to_str().unwrap()]);
        fs::write(folder.join(format!("small.{format}")), stdout(&output)).unwrap();
    }
    let mut node = Command::new("node");
    node.arg(repository("tests/pages/report.js")).arg(program).arg(folder);
    let said = run(&mut node, Duration::from_secs(300));
    assert_eq!(said.matches("ok: ").count(), 11, "{said}");
}

#[test]
fn ten_thousand_calls_make_a_page_of_two_megabytes_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let big = big();
    let begun = Instant::now();
    let page = report(folder.path(), "big", &big, &[]);
    // Without optimisation, on a machine that has more to do.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    let exact = report(folder.path(), "exact", &big, &["--resources", "exact"]);
    for page in [page, exact] {
        let length = fs::metadata(&page).unwrap().len();
        assert!(length < 2_000_000, "{}: {length}", page.display());
    }
}

#[test]
fn what_is_no_report_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (recording, page) = (folder.path().join("calls.jsonl"), folder.path().join("page.html"));
    fs::write(&recording, small().concat()).unwrap();
    fs::write(&page, "<!doctype html><p>My page").unwrap();
    let (recording, page) = (recording.to_str().unwrap(), page.to_str().unwrap());
    let refused = output(["report", "-o", page, recording]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("exists and is not a report"), "{}", stderr(&refused));
    let same = output(["report", "-o", recording, recording]);
    assert!(stderr(&same).contains("both read and written"), "{}", stderr(&same));
    assert_eq!(output(["report", "--force", "-o", page, recording]).status.code(), Some(0));
    let again = output(["report", "-o", page, recording]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert!(stderr(&again).contains("the report of 8 calls is in "), "{}", stderr(&again));
    let printed = output(["report", "--quiet", recording]);
    assert!(stdout(&printed).starts_with("<!doctype html>") && stderr(&printed).is_empty());
}

#[test]
fn a_page_has_no_secret_and_only_whom_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let page = report(folder.path(), "big", &big(), &["--principal", "*:user/ann"]);
    let text = fs::read_to_string(page).unwrap();
    assert!(text.contains("user/ann") && !text.contains("role/worker"));
    assert!(text.contains("connect-src 'none'") && !text.contains("unsafe-inline"));
}
