//! The policies of resources, service by service: all resources of a kind are listed, and each is asked for its policy.

use serde_json::{Value, json};

use crate::aws::{AskError, Element, escaped};
use crate::enforce::iam::{Part, Resources};
use crate::evaluate::document::Shape;
use crate::evaluate::levels::Attached;
use crate::live::iam::asking::{Asking, PAGES, ReadError, taken, target};

/// Reads the policies of a service's resources. If the stand-in does not have an operation that is needed, that is said, and what
/// resources of the service allow or deny is not known.
pub(super) async fn read(asking: &mut Asking, part: &Part) -> Result<Resources, ReadError> {
    let region = part.region.as_deref();
    let found = match part.service {
        "s3" => buckets(asking).await,
        "sqs" => queues(asking, region).await,
        "sns" => topics(asking, region).await,
        "kms" => keys(asking, region).await,
        "secretsmanager" => secrets(asking, region).await,
        _ => functions(asking, region).await,
    };
    match found {
        Ok(found) => {
            let attached = found.into_iter().map(|(arn, text)| {
                let name = format!("policy of {arn}");
                Attached { policy: taken(asking, &name, &text, Shape::Resource), to: Some(arn) }
            });
            let attached = attached.collect();
            asking.told.insert(part.clone());
            let aliases = match part.service {
                "kms" => aliases(asking, region).await?,
                _ => Vec::new(),
            };
            Ok(Resources { attached, aliases, is_whole: true })
        }
        // What it could tell before, it has.
        Err(ReadError::Ask(error)) if error.is_unimplemented() && !asking.told.contains(part) => {
            asking.note(format!(
                "the stand-in cannot tell the policies of resources of {}, so they neither allow nor deny anything: {error}",
                part.service
            ));
            Ok(Resources::default())
        }
        Err(error) => Err(error),
    }
}

/// ARNs of resources, with the texts of their policies.
type Found = Result<Vec<(String, String)>, ReadError>;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
async fn buckets(asking: &Asking) -> Found {
    const LIST: &str = "s3:ListBuckets";
    let listed = asking.client.get(target("s3", None, "ListBuckets"), "/").await?;
    let listed = Element::read(&listed);
    let listed = listed.map_err(|error| AskError::Unreadable {
        operation: LIST.to_owned(),
        why: error.to_string(),
    })?;
    let mut found = Vec::new();
    for bucket in listed.members("Buckets") {
        let Some(name) = bucket.text_of("Name") else { return Err(ReadError::Lacks(LIST, "Name")) };
        let path = format!("/{}?policy", escaped(name));
        let none = ["NoSuchBucketPolicy", "NoSuchBucket"];
        let asked = asking.client.get(target("s3", None, "GetBucketPolicy"), &path).await;
        if let Some(text) = unless(asked, &none)? {
            let text = String::from_utf8_lossy(&text).into_owned();
            found.push((format!("arn:aws:s3:::{name}"), text));
        }
    }
    Ok(found)
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
async fn queues(asking: &Asking, region: Option<&str>) -> Found {
    let sqs = Json { asking, service: "sqs", region, named: ("AmazonSQS", "1.0") };
    let list = ("ListQueues", json!({ "MaxResults": 1000 }), ("NextToken", "NextToken"));
    let mut found = Vec::new();
    for queue in sqs.list(list, "QueueUrls").await? {
        let asked = json!({ "QueueUrl": queue, "AttributeNames": ["Policy", "QueueArn"] });
        let none = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];
        let Some(answer) = unless(sqs.ask("GetQueueAttributes", &asked).await, &none)? else {
            continue;
        };
        let attribute = |name: &str| answer["Attributes"][name].as_str().map(str::to_owned);
        if let Some(text) = attribute("Policy").filter(|text| !text.is_empty()) {
            let arn = attribute("QueueArn");
            found.push((arn.ok_or(ReadError::Lacks("sqs:GetQueueAttributes", "QueueArn"))?, text));
        }
    }
    Ok(found)
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
async fn topics(asking: &Asking, region: Option<&str>) -> Found {
    const VERSION: &str = "2010-03-31";
    let client = &asking.client;
    let mut topics = Vec::new();
    let mut token: Option<String> = None;
    for page in 0.. {
        if page == PAGES {
            return Err(ReadError::Endless("sns:ListTopics"));
        }
        let asked: Vec<_> = token.iter().map(|token| ("NextToken", token.as_str())).collect();
        let answer = client.query(target("sns", region, "ListTopics"), VERSION, &asked).await?;
        let members = answer.find("Topics").map_or(&[][..], |list| &list.children);
        topics.extend(members.iter().filter_map(|it| it.text_of("TopicArn").map(str::to_owned)));
        token = answer.find("NextToken").map(|it| it.text.clone()).filter(|it| !it.is_empty());
        if token.is_none() {
            break;
        }
    }
    let mut found = Vec::new();
    for arn in topics {
        let asked = [("TopicArn", arn.as_str())];
        let answer = client.query(target("sns", region, "GetTopicAttributes"), VERSION, &asked);
        let Some(answer) = unless(answer.await, &["NotFound", "NotFoundException"])? else {
            continue;
        };
        let entries = answer.find("Attributes").map_or(&[][..], |list| &list.children);
        let policy = entries.iter().find(|entry| entry.text_of("key") == Some("Policy"));
        if let Some(text) = policy.and_then(|entry| entry.text_of("value")) {
            found.push((arn, text.to_owned()));
        }
    }
    Ok(found)
}

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>
async fn keys(asking: &Asking, region: Option<&str>) -> Found {
    let kms = Json { asking, service: "kms", region, named: ("TrentService", "1.1") };
    let list = ("ListKeys", json!({ "Limit": 1000 }), ("NextMarker", "Marker"));
    let mut found = Vec::new();
    for key in kms.list(list, "Keys").await? {
        let Some(arn) = key["KeyArn"].as_str() else {
            return Err(ReadError::Lacks("kms:ListKeys", "KeyArn"));
        };
        let asked = json!({ "KeyId": arn, "PolicyName": "default" });
        let answer = kms.ask("GetKeyPolicy", &asked).await;
        if let Some(answer) = unless(answer, &["NotFoundException"])?
            && let Some(text) = answer["Policy"].as_str()
        {
            found.push((arn.to_owned(), text.to_owned()));
        }
    }
    Ok(found)
}

/// Aliases of keys with the keys. <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>
async fn aliases(asking: &Asking, region: Option<&str>) -> Found {
    let kms = Json { asking, service: "kms", region, named: ("TrentService", "1.1") };
    let list = ("ListAliases", json!({ "Limit": 100 }), ("NextMarker", "Marker"));
    let listed = match kms.list(list, "Aliases").await {
        Err(ReadError::Ask(error)) if error.is_unimplemented() => Vec::new(),
        listed => listed?,
    };
    let pair = |alias: &Value| {
        let (arn, key) = (alias["AliasArn"].as_str()?, alias["TargetKeyId"].as_str()?);
        let before = &arn[..arn.find("alias/")?];
        Some((arn.to_owned(), format!("{before}key/{key}")))
    };
    Ok(listed.iter().filter_map(pair).collect())
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html>
async fn secrets(asking: &Asking, region: Option<&str>) -> Found {
    let named = ("secretsmanager", "1.1");
    let secrets = Json { asking, service: "secretsmanager", region, named };
    let list = ("ListSecrets", json!({ "MaxResults": 100 }), ("NextToken", "NextToken"));
    let mut found = Vec::new();
    for secret in secrets.list(list, "SecretList").await? {
        let Some(arn) = secret["ARN"].as_str() else {
            return Err(ReadError::Lacks("secretsmanager:ListSecrets", "ARN"));
        };
        let answer = secrets.ask("GetResourcePolicy", &json!({ "SecretId": arn })).await;
        if let Some(answer) = unless(answer, &["ResourceNotFoundException"])?
            && let Some(text) = answer["ResourcePolicy"].as_str().filter(|text| !text.is_empty())
        {
            found.push((arn.to_owned(), text.to_owned()));
        }
    }
    Ok(found)
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html>
async fn functions(asking: &Asking, region: Option<&str>) -> Found {
    const LIST: &str = "lambda:ListFunctions";
    const PATH: &str = "/2015-03-31/functions";
    let mut names = Vec::new();
    let mut marker: Option<String> = None;
    for page in 0.. {
        if page == PAGES {
            return Err(ReadError::Endless(LIST));
        }
        let behind = marker.map_or(String::new(), |it| format!("&Marker={}", escaped(&it)));
        let path = format!("{PATH}/?MaxItems=50{behind}");
        let answer = asking.client.get(target("lambda", region, "ListFunctions"), &path).await?;
        let answer = json_of(LIST, &answer)?;
        for function in answer["Functions"].as_array().into_iter().flatten() {
            let text = |name: &str| function[name].as_str().map(str::to_owned);
            let (Some(name), Some(arn)) = (text("FunctionName"), text("FunctionArn")) else {
                return Err(ReadError::Lacks(LIST, "FunctionName"));
            };
            names.push((name, arn));
        }
        marker = answer["NextMarker"].as_str().map(str::to_owned).filter(|it| !it.is_empty());
        if marker.is_none() {
            break;
        }
    }
    let mut found = Vec::new();
    for (name, arn) in names {
        let path = format!("{PATH}/{}/policy", escaped(&name));
        let answer = asking.client.get(target("lambda", region, "GetPolicy"), &path).await;
        if let Some(answer) = unless(answer, &["ResourceNotFoundException"])?
            && let Some(text) = json_of("lambda:GetPolicy", &answer)?["Policy"].as_str()
        {
            found.push((arn, with_kinds_of_principals(text)));
        }
    }
    Ok(found)
}

/// Lambda says of each principal of what kind it is (`{"AWS": "arn:…"}`); moto leaves that out, where it is not a service.
fn with_kinds_of_principals(text: &str) -> String {
    let Ok(mut policy) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let statements = policy.get_mut("Statement").and_then(Value::as_array_mut);
    for statement in statements.into_iter().flatten() {
        if let Some(principal) = statement.get_mut("Principal")
            && principal.as_str().is_some_and(|principal| principal != "*")
        {
            *principal = json!({ "AWS": principal.take() });
        }
    }
    policy.to_string()
}

/// A service that is asked in JSON.
struct Json<'a> {
    asking: &'a Asking,
    service: &'static str,
    region: Option<&'a str>,
    named: (&'a str, &'a str),
}

impl Json<'_> {
    async fn ask(&self, operation: &str, input: &Value) -> Result<Value, AskError> {
        let target = target(self.service, self.region, operation);
        self.asking.client.json(target, self.named, input).await
    }

    /// The members of a list, of all pages. The token of a page is under the first name, and is asked for under the second.
    async fn list(
        &self,
        (operation, mut input, (given, asked)): (&'static str, Value, (&str, &str)),
        list: &str,
    ) -> Result<Vec<Value>, ReadError> {
        let mut members = Vec::new();
        for _ in 0..PAGES {
            let mut answer = self.ask(operation, &input).await?;
            if let Some(Value::Array(found)) = answer.get_mut(list).map(Value::take) {
                members.extend(found);
            }
            match answer[given].as_str().filter(|token| !token.is_empty()) {
                Some(token) => input[asked] = token.into(),
                None => return Ok(members),
            }
        }
        Err(ReadError::Endless(operation))
    }
}

/// The answer, unless it is an error with one of these codes: then there is no policy.
fn unless<T>(answer: Result<T, AskError>, none: &[&str]) -> Result<Option<T>, AskError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.has_code(none) => Ok(None),
        Err(error) => Err(error),
    }
}

fn json_of(operation: &str, body: &[u8]) -> Result<Value, AskError> {
    serde_json::from_slice(body).map_err(|error| AskError::Unreadable {
        operation: operation.to_owned(),
        why: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moto_leaves_out_of_a_functions_policy_is_put_in() {
        let with = |principal: &str| {
            with_kinds_of_principals(&format!(r#"{{"Statement":[{{"Principal":{principal}}}]}}"#))
        };
        assert_eq!(with(r#""arn:x""#), r#"{"Statement":[{"Principal":{"AWS":"arn:x"}}]}"#);
        assert_eq!(with(r#""*""#), r#"{"Statement":[{"Principal":"*"}]}"#);
        assert_eq!(with(r#"{"Service":"s"}"#), r#"{"Statement":[{"Principal":{"Service":"s"}}]}"#);
        for nothing in ["", "[]", "1", r#"{"Statement":1}"#] {
            assert!(!with_kinds_of_principals(nothing).contains("AWS"), "{nothing}");
        }
    }
}
