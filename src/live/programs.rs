//! Which programs were heard: that it works is said with the first call of each.

use crate::call::{Call, Source};
use crate::text::Foreign;

/// So many are told of; who says another name with each call is told of no more.
const MOST: usize = 8;
/// Bytes of a name that are looked at.
const LONGEST: usize = 64;

/// Those that were heard.
#[derive(Debug, Default)]
pub(crate) struct Programs(Vec<(Source, Box<str>)>);

impl Programs {
    /// What is said of a call, if it is the first of its program.
    pub(crate) fn first(&mut self, call: &Call) -> Option<String> {
        if self.0.len() >= MOST {
            return None;
        }
        let name = call.user_agent.as_deref().and_then(product);
        let known = name.unwrap_or_default();
        if self.0.iter().any(|(source, it)| *source == call.source && **it == *known) {
            return None;
        }
        self.0.push((call.source, known.into()));
        let way = match call.source {
            Source::Csm => "over client-side monitoring",
            _ => "through the proxy",
        };
        let name = match name {
            Some(name) => Foreign(name).to_string(),
            None => "a program that does not say what it is".to_owned(),
        };
        let service = Foreign(&call.service);
        let operation = call.operation.as_deref().unwrap_or("a call that is not recognised");
        Some(format!(
            "leastwise: hearing {name} {way}; its first call is {service}.{}",
            Foreign(operation)
        ))
    }
}

/// What a program calls itself, in its user agent's first word: `Boto3/1.40.1`, `aws-cli/2.15`, `Terraform/1.9` behind HashiCorp's own.
fn product(agent: &str) -> Option<&str> {
    // <https://www.terraform.io> puts its partner's name first: `APN/1.0 HashiCorp/1.0 Terraform/1.9.2`.
    let words = agent.split_ascii_whitespace().filter(|word| !word.starts_with(['(', '[']));
    let mut products =
        words.filter(|word| !["APN/", "HashiCorp/"].iter().any(|it| word.starts_with(it)));
    products.next().filter(|it| it.len() <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_what_it_calls_itself() {
        for (agent, name) in [
            ("Boto3/1.40.1 md/Botocore#1.40.1 os/linux", Some("Boto3/1.40.1")),
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.9.2 (+https://www.terraform.io)",
                Some("Terraform/1.9.2"),
            ),
            ("(none)", None),
            ("", None),
        ] {
            assert_eq!(product(agent), name, "{agent}");
        }
        assert_eq!(product(&"x".repeat(LONGEST + 1)), None);
    }
}
