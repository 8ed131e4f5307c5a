//! What is known of a resource from the call that made it.

use crate::call::{Call, Source};
use crate::catalog::{AccessLevel, Catalog, ConditionKey};
use crate::evaluate::known::Known;
use crate::made::arns::{Located, locate};
use crate::made::hold::{Holding, is_of, services};
use crate::made::records::record_names;
use crate::made::run::own_tags;

impl Holding {
    /// What is known of a resource that a call is on, as it was before the call: for the judgement of a policy with
    /// conditions on it.
    pub fn known(&mut self, call: &Call, action: &str, resource: &str) -> Known {
        let mut known = Known::default();
        if call.source == Source::Csm {
            return known;
        }
        let of_action = self.arns.of(action);
        let tags = || {
            let tags = call.evidence.request_tags.iter();
            tags.map(|tag| (tag.key.as_str(), tag.value.as_str()))
        };
        let sets_tags = !call.evidence.request_tags.is_empty();
        let Some(Located { kind, variables }) = locate(&of_action.kinds, resource) else {
            let found = action.split_once(':');
            let found = found.and_then(|(prefix, name)| Catalog::embedded().action(prefix, name));
            if sets_tags && found.is_some_and(|it| it.has_key(ConditionKey::RequestTag)) {
                known = known.with_request_tags(tags());
            }
            return known;
        };
        if sets_tags && kind.has_key(ConditionKey::RequestTag) {
            let own = own_tags(call, kind.name);
            known = known
                .with_request_tags(own.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        }
        // Tags that are put on something by a call of its own are put on it by no creating call.
        let (prefix, name) = action.split_once(':').unwrap_or((action, ""));
        if of_action.level == Some(AccessLevel::Tagging) && call.operation.as_deref() == Some(name)
        {
            known = known.with_key(&format!("{prefix}:CreateAction"), []);
        }
        let its_id =
            variables.last().map(|(variable, range)| (*variable, &resource[range.clone()]));
        let found = services(action, resource).find_map(|service| {
            let (variable, id) = its_id?;
            let whole =
                self.run.find(service, resource).map(|it| (service, variable, resource, it));
            whole.or_else(|| {
                let found = self.run.find_in(service, variable, id)?;
                Some((service, variable, id, found))
            })
        });
        if let Some((service, variable, id, found)) = found.filter(|it| is_of(&it.3, kind)) {
            let group = found.group;
            if kind.has_key(ConditionKey::ResourceTag)
                && let Some(tags) = self.run.tags(service, variable, id)
            {
                known =
                    known.with_tags(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
            }
            if kind.has_key(ConditionKey::Vpc)
                && let (Some(vpc), Some((end, _))) =
                    (self.run.vpc(group), resource.match_indices(':').nth(4))
            {
                let arn = format!("{}vpc/{vpc}", &resource[..=end]);
                known = known.with_key("ec2:Vpc", [arn.as_str()]);
            }
        }
        if kind.has_key(ConditionKey::NormalizedRecordNames)
            && let Some(names) = record_names(call)
        {
            let key = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
            known = known.with_key(key, names.iter().map(String::as_str));
        }
        let differs = self.may_differ(action, resource);
        let pattern = differs.then(|| self.written(call, action, resource, true).resource);
        if let Some(pattern) = pattern.filter(|it| **it != *resource) {
            // It is taken to be the caller's own, as the policy asks for it.
            if let Some(account) = call.account.as_deref().filter(|_| !kind.has_account) {
                known = known.with_account(account);
            }
            known = known.with_pattern(&pattern);
        }
        known
    }
}
