//! Whether a text is one that may be replaced by a policy: a policy itself, or what one of the formats here has written.
//! Something that a person has added to such a file makes it theirs.

use serde_json::Value;

/// Whether there is nothing in a text but policies, in any of the formats.
pub fn is_policy(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim().is_empty()
        || is_json(text)
        || is_hcl(text)
        || is_cloudformation(text)
        || is_cdk(text)
        || is_markdown(text)
}

/// An identity's policy, ours or anybody's, or a list of them.
fn is_json(text: &str) -> bool {
    if !text.trim_start().starts_with(['{', '[']) {
        return false;
    }
    match serde_json::from_str(text) {
        Ok(Value::Array(documents)) => !documents.is_empty() && documents.iter().all(is_document),
        Ok(document) => is_document(&document),
        Err(_) => false,
    }
}

fn is_document(document: &Value) -> bool {
    let Value::Object(members) = document else { return false };
    let is_statement = |statement: &Value| {
        // A policy of a resource, or of who may assume a role, is something else.
        statement.get("Effect").is_some()
            && statement.get("Principal").is_none()
            && statement.get("NotPrincipal").is_none()
    };
    let has_statements = match members.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().all(is_statement),
        Some(statement @ Value::Object(_)) => is_statement(statement),
        _ => false,
    };
    has_statements && members.keys().all(|key| matches!(&**key, "Version" | "Id" | "Statement"))
}

/// Lines that are not indented frame what is written; among them there are ours alone.
fn has_frame(text: &str, first: &str, is_ours: impl Fn(&str) -> bool) -> bool {
    let mut frame = text.lines().filter(|line| !line.is_empty() && !line.starts_with(' '));
    frame.next().is_some_and(|line| line.starts_with(first) && is_ours(line)) && frame.all(is_ours)
}

fn is_hcl(text: &str) -> bool {
    const HEAD: &str = "data \"aws_iam_policy_document\" \"leastwise";
    has_frame(text, HEAD, |line| line == "}" || is_numbered(line, HEAD, "\" {"))
}

fn is_cdk(text: &str) -> bool {
    const HEAD: &str = "import * as iam from \"aws-cdk-lib/aws-iam\";";
    const LIST: &str = "export const statements";
    has_frame(text, HEAD, |line| {
        line == HEAD
            || line == "];"
            || is_numbered(line, LIST, ": iam.PolicyStatement[] = [")
            || is_numbered(line, LIST, ": iam.PolicyStatement[] = [];")
    })
}

fn is_cloudformation(text: &str) -> bool {
    let is_comment = |line: &str| {
        ["# CloudFormation replaces {{resolve:", "# not mean what it says."]
            .iter()
            .any(|comment| line.starts_with(comment))
    };
    let mut lines = text.lines().skip_while(|line| is_comment(line));
    lines.next() == Some("AWSTemplateFormatVersion: \"2010-09-09\"")
        && lines.next() == Some("Resources:")
        && lines.all(|line| {
            let is_deep = line.is_empty() || line.starts_with("    ");
            is_deep || is_numbered(line, "  LeastwisePolicy", ":")
        })
}

fn is_markdown(text: &str) -> bool {
    let is_ours =
        |line: &str| line == "## IAM policy" || line.starts_with("## IAM policy, document ");
    let mut headings = text.lines().filter(|line| line.starts_with('#'));
    text.lines().next().is_some_and(is_ours) && headings.all(is_ours)
}

/// Whether a line has a number at most between two parts.
fn is_numbered(line: &str, before: &str, after: &str) -> bool {
    let between = line.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    between.is_some_and(|it| it.trim_start_matches('_').bytes().all(|byte| byte.is_ascii_digit()))
}
