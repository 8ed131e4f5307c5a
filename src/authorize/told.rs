//! What answers told of IAM's resources, for the rest of the run: the path that a name is under, which requests do not say.

use std::collections::HashMap;

use crate::call::Call;

/// ARNs that are remembered; past that no more are.
const MOST: usize = 10_000;

/// ARNs that IAM told.
#[derive(Default)]
pub(super) struct Told {
    /// By what they are without their path: `arn:aws:iam::111122223333:role/app` for `…:role/service/app`.
    arns: HashMap<String, String>,
}

impl Told {
    /// Takes what a call's answer tells; whether something is new.
    pub(super) fn learn(&mut self, call: &Call) -> bool {
        let mut any = false;
        if call.service != "iam" {
            return any;
        }
        for told in call.evidence.answered.iter().filter(|it| it.path.ends_with("Arn")) {
            let Some(plain) = without_path(&told.text) else { continue };
            if self.arns.len() < MOST && self.arns.get(&plain) != Some(&told.text) {
                self.arns.insert(plain, told.text.clone());
                any = true;
            }
        }
        any
    }

    /// Puts the ARN in the place of the two that a name can have (`role/app`, `role/*/app`), where it was told.
    pub(super) fn settle(&self, arns: &mut Vec<String>) {
        if self.arns.is_empty() {
            return;
        }
        let opens = |arn: &String| {
            arn.split_once("/*/").map(|(before, name)| (format!("{before}/{name}"), arn.clone()))
        };
        let open: Vec<(String, String)> = arns.iter().filter_map(opens).collect();
        for (plain, any_path) in open {
            let Some(told) = self.arns.get(&plain) else { continue };
            let told = super::arn::literal(told).into_owned();
            arns.retain(|arn| *arn != any_path && *arn != told);
            match arns.iter_mut().find(|arn| **arn == plain) {
                Some(arn) => *arn = told,
                None => arns.push(told),
            }
        }
    }
}

/// An ARN of IAM's without its path.
fn without_path(arn: &str) -> Option<String> {
    let (before, resource) = arn.rsplit_once(':')?;
    let is_whole = before.starts_with("arn:") && before.contains(":iam::");
    let (kind, named) = resource.split_once('/').filter(|_| is_whole)?;
    let name = named.rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(format!("{before}:{kind}/{name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{heard, with};
    use super::*;
    use crate::authorize::{Authorizer, Settings};
    use crate::call::{Answered, Source};

    fn get_role(name: &str, told: Option<&str>) -> Call {
        let mut call = with(heard("iam", "GetRole"), json!({ "RoleName": name }));
        call.source = Source::Proxy;
        call.evidence.answered = told
            .map(|arn| Answered { path: "Role.Arn".to_owned(), within: 3, text: arn.to_owned() })
            .into_iter()
            .collect();
        call
    }

    fn resources(authorizer: &mut Authorizer, call: &Call) -> Vec<String> {
        authorizer.decide(call).requirements.iter().flat_map(|it| it.resources.clone()).collect()
    }

    #[test]
    fn an_arn_that_was_told_settles_the_path_for_the_rest_of_the_run() {
        let mut authorizer = Authorizer::new(Settings::default());
        let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
        let open = [role("app"), role("*/app")];
        assert_eq!(resources(&mut authorizer, &get_role("app", None)), open);
        let told = role("service/app");
        assert_eq!(
            resources(&mut authorizer, &get_role("app", Some(&told))),
            std::slice::from_ref(&told)
        );
        // What was decided before is decided anew.
        assert_eq!(resources(&mut authorizer, &get_role("app", None)), std::slice::from_ref(&told));
        let mut deletes = get_role("app", None);
        deletes.operation = Some("DeleteRole".into());
        assert_eq!(resources(&mut authorizer, &deletes), [told]);
        let other = [role("other"), role("*/other")];
        assert_eq!(resources(&mut authorizer, &get_role("other", None)), other);
    }

    #[test]
    fn what_is_no_arn_of_iam_settles_nothing() {
        for arn in ["arn:aws:iam::111122223333:role", "arn:aws:s3:::role/app", "role/app", ""] {
            assert_eq!(without_path(arn), None, "{arn}");
        }
    }
}
