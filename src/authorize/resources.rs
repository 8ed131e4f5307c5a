//! From an action's resource types and a call to the ARNs that the call acts on.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use super::arn::{self, Place, has_place, literal};
use super::asked::Asked;
use super::look::{self, Origin, Seen, Truth};
use super::plan::{ActionPlan, FormatPlan, TypePlan, Variable};
use super::refusal::{Refusal, Wrong, member};
use super::{access_points, names, s3_objects};
use crate::call::Source;
use crate::catalog::Class;
use crate::catalog::naming::{Named, letters};
use crate::catalog::rule::{Target, Value};

/// What a rule says of a resource: where its last variable's value is, and where the resource is.
#[derive(Clone, Copy, Default)]
pub(super) struct By<'a> {
    pub(super) value: Option<&'a Value>,
    pub(super) region: Option<&'a Value>,
    pub(super) account: Option<&'a Value>,
}

/// What an action is needed on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Resources {
    pub(super) arns: Vec<String>,
    /// The alias by which the request names a key.
    pub(super) alias: Option<String>,
    /// What the request names that cannot be what the action is on.
    pub(super) wrong: Option<Wrong>,
    /// What the request names is all of other kinds than a rule asks for.
    pub(super) passed_over: bool,
    /// Whether an item of a list was left since the rule's condition does not hold beside it.
    pub(super) not_meant: bool,
    /// Whether the rule's condition holds beside an item of a list.
    pub(super) by_item: bool,
}

/// Where the request is out of sight the list of ARNs is for people to read: past this many patterns for one action,
/// those that differ only after the account are written as one (`arn:aws:ec2:eu-west-1:111122223333:*`).
const MOST_PATTERNS: usize = 8;
/// What is encoded in a label of a path.
const IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'$');

impl<'a> Asked<'a> {
    /// The ARNs or patterns for an action that the call needs; `*` where the action has no resource types, and none where
    /// what the request names cannot be a resource of the action.
    pub(super) fn resources(self, action: &'a ActionPlan, on: &'a [Target]) -> Resources {
        let mut found = Resources { wrong: self.wrong_bucket(action), ..Resources::default() };
        if found.wrong.is_some() {
            return found;
        }
        if on.is_empty() {
            self.general(action, &mut found);
        }
        for target in on {
            self.target(action, target, &mut found);
        }
        let left = found.passed_over || found.not_meant;
        if found.arns.is_empty() && found.wrong.is_none() && !left {
            found.arns.push("*".to_owned());
        }
        if self.call.source == Source::Csm {
            found.arns = shortened(found.arns);
        }
        found
    }

    /// Whether what was found in these places is what the rule is about: its condition holds beside it.
    pub(super) fn is_meant(
        self,
        action: &ActionPlan,
        beside: &[Origin<'_>],
        found: &mut Resources,
    ) -> bool {
        let Some(condition) = self.when else { return true };
        if beside.iter().all(|(_, items)| items.is_empty()) {
            return true;
        }
        let named = || self.is_named(action);
        let truth = look::holds_beside(condition, self.call, self.unseen, &named, beside);
        let is_meant = truth != Truth::No;
        found.by_item |= is_meant;
        found.not_meant |= !is_meant;
        is_meant
    }

    /// Whether the rule's condition holds beside any of the items that it looks into, if it does not ask of the whole call.
    fn any_item_is_meant(self, action: &ActionPlan, found: &mut Resources) -> bool {
        let Some(condition) = self.when.filter(|condition| look::is_by_item(condition)) else {
            return true;
        };
        let values = condition.values();
        let origins = values.into_iter().flat_map(|value| {
            let seen = look::unmade(value, self.call).into_iter();
            seen.map(move |seen| (value, seen.items))
        });
        let mut items: Vec<Origin<'_>> = origins.filter(|(_, items)| !items.is_empty()).collect();
        items.dedup_by(|one, other| one.1 == other.1);
        let any = items.iter().any(|item| self.is_meant(action, std::slice::from_ref(item), found));
        items.is_empty() || any
    }

    /// Whether the request names a resource of one of the action's types.
    pub(super) fn is_named(self, action: &ActionPlan) -> bool {
        let names = || action.types.iter().any(|kind| self.names(kind));
        self.named.map_or_else(names, |known| *known.get_or_init(names))
    }

    /// Puts the role that is linked to a service in the place of what was found, where the action is one of IAM's on roles
    /// that are not passed; whether it did
    /// (docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html).
    pub(super) fn linked_role(
        self,
        action: &ActionPlan,
        service: &str,
        found: &mut Resources,
    ) -> bool {
        let is_on_roles = action.class != Class::Role
            && action.action.prefix() == "iam"
            && action.types.iter().any(|kind| kind.name == "role");
        if is_on_roles {
            let Place { partition, account, .. } = self.place;
            let account = account.unwrap_or("*");
            found.arns = vec![format!(
                "arn:{partition}:iam::{account}:role/aws-service-role/{service}.amazonaws.com/*"
            )];
        }
        is_on_roles
    }

    fn target(self, action: &'a ActionPlan, target: &'a Target, found: &mut Resources) {
        match target {
            Target::Everything => {
                if self.any_item_is_meant(action, found) {
                    found.add("*".to_owned());
                }
            }
            Target::Route => match self.route(action) {
                Ok(arn) => found.add(arn),
                Err(wrong) => found.wrong = Some(wrong),
            },
            Target::Arns(value) => {
                let prefix = action.action.prefix();
                let had = found.arns.len();
                let seen = look::values(value, self.call);
                let any = !seen.is_empty();
                for seen in seen {
                    let is_one = has_place(&seen.text) && names::is_name(prefix, &seen.text);
                    if seen.text.starts_with("arn:")
                        && is_one
                        && self.is_of_service(action, &seen.text)
                        && self.is_meant(action, &[(value, seen.items)], found)
                    {
                        found.add(format!("{}{}", literal(&seen.text), seen.appended));
                    }
                }
                // What is named is no resource of the service: of everything the request says nothing.
                found.passed_over |= any && found.arns.len() == had;
                // Nor does it where what it names could not be kept.
                if !any && look::said(value, self.call).unreadable {
                    found.wrong.get_or_insert((member(value), Refusal::Unreadable));
                }
            }
            Target::Literal(arn, members) => {
                // What is said and is no name opens nothing: it is not as if it had not been said.
                let prefix = action.action.prefix();
                let is_wrong = |value: &Json| {
                    value.is_null() || value.as_str().is_some_and(|it| !names::is_name(prefix, it))
                };
                let mut said = self.call.parameters.iter().filter(|_| self.is_data_plane());
                if let Some((name, _)) = said.find(|(_, value)| is_wrong(value)) {
                    found.wrong = Some((name.clone(), Refusal::Unreadable));
                    return;
                }
                let Place { partition, region, account } = self.place;
                let mut arn = arn.replace("${Partition}", partition);
                arn = arn.replace("${Region}", region.unwrap_or("*"));
                let named = self.variable("Account");
                let named = named.as_deref().filter(|it| arn::is_account_id(it));
                arn = arn.replace("${Account}", named.or(account).unwrap_or("*"));
                for (name, value) in members {
                    let member = || look::values(value, self.call).into_iter().next();
                    let text = self.variable(name).or_else(|| Some(member()?.text.into_owned()));
                    let text = text.filter(|it| names::is_name(prefix, it));
                    let text = text.map_or("*".to_owned(), |it| literal(&it).into_owned());
                    arn = arn.replace(&format!("${{{name}}}"), &text);
                }
                found.add(arn);
            }
            Target::Type { name, value, anywhere, region, account } => {
                let (value, region, account) = (value.as_ref(), region.as_ref(), account.as_ref());
                let by = By { value, region, account };
                let mut asked = self;
                if *anywhere {
                    asked.place.region = None;
                }
                let kinds = action.types.iter().filter(|kind| kind.name == name);
                for format in kinds.flat_map(|kind| &kind.formats) {
                    // Which role an instance profile has is not said by the roles that the request names.
                    if action.class == Class::Role && value.is_none() {
                        found.add(asked.any_of(format));
                    } else {
                        asked.named_by(action, format, by, found);
                    }
                }
            }
        }
    }

    fn is_data_plane(self) -> bool {
        self.operation.service().is_data_plane()
    }

    /// What fills a variable of this name, where a rule says that.
    fn variable(self, name: &str) -> Option<String> {
        let (_, texts) = self.operation.variables().find(|(it, _)| *it == name)?;
        let value = Value::parse(texts.first()?).ok()?;
        Some(look::values(&value, self.call).into_iter().next()?.text.into_owned())
    }

    fn general(self, action: &'a ActionPlan, found: &mut Resources) {
        if action.class == Class::Role {
            found.arns.extend(self.roles().map(|arn| literal(arn).into_owned()));
            found.arns.sort();
            found.arns.dedup();
            if !found.arns.is_empty() {
                return;
            }
            found.wrong = self.wrong_role(action);
            if found.wrong.is_some() {
                return;
            }
        }
        let mut is_meant =
            |origin: &Origin<'_>| self.is_meant(action, std::slice::from_ref(origin), found);
        let objects =
            s3_objects::of(action.action, self.operation, self.place, self.call, &mut is_meant);
        if let Some(objects) = objects {
            (found.arns, found.wrong) = objects;
            return;
        }
        let point = access_points::resources(action.action, self.operation, self.place, self.call);
        if let Some(arns) = point {
            found.arns = arns;
            return;
        }
        let (kinds, any_named) = self.types(action);
        if !any_named && action.class != Class::Role {
            // `ResourceArn` of a type whose format AWS does not publish for the action.
            self.arns_of_service(action, found);
        }
        if found.arns.is_empty() && !any_named {
            found.wrong = self.wrong_of_any(action, &kinds);
        }
        if found.arns.is_empty() && found.wrong.is_none() {
            for kind in kinds {
                // Of several formats, those that the request names; all when it names none.
                let named = |plan: &&FormatPlan| kind.formats.len() == 1 || self.names_format(plan);
                let any = kind.formats.iter().any(|plan| named(&plan));
                for format in kind.formats.iter().filter(|plan| !any || named(plan)) {
                    self.named_by(action, format, By::default(), found);
                }
            }
        }
    }

    /// What is wrong with what the request names, where it names none of the types.
    fn wrong_of_any(self, action: &ActionPlan, kinds: &[&TypePlan]) -> Option<Wrong> {
        let all = action.types.iter().filter(|_| kinds.is_empty());
        let mut formats = kinds.iter().copied().chain(all).flat_map(|kind| &kind.formats);
        formats.find_map(|plan| {
            let mut own = plan.variables.iter().filter(|variable| variable.identifies);
            own.find_map(|variable| self.wrong(action, variable))
        })
    }

    /// The resource types that the call can act on, and whether it names one.
    fn types(self, action: &'a ActionPlan) -> (Vec<&'a TypePlan>, bool) {
        let visible = self.call.source != Source::Csm;
        let named: Vec<bool> = action.types.iter().map(|kind| self.names(kind)).collect();
        let any_named = named.contains(&true);
        // What the action may act on but need not is out of sight in client-side monitoring, and a policy
        // without it would refuse the call; in a visible request it is there or not.
        let acted_on = |(kind, named): &(&TypePlan, &bool)| kind.required || !visible || **named;
        let zipped = action.types.iter().zip(&named);
        let mut kinds: Vec<&TypePlan> = zipped.filter(acted_on).map(|(kind, _)| kind).collect();
        if kinds.is_empty() {
            kinds.extend(&action.types);
        }
        // A call that may name a resource, but need not, and names none, is authorised on everything:
        // `cloudwatch:ListMetrics` on `dataset/*` would refuse every ordinary ListMetrics.
        if action.class == Class::Own && !any_named && !action.names_one {
            kinds.clear();
        }
        if action.class == Class::Tag {
            kinds = self.tagged(action);
        }
        // S3's actions take a bucket or an access point; what is here names a bucket.
        let has = |kind: &&TypePlan, variable: &str| {
            kind.formats.iter().any(|it| it.format.text.contains(variable))
        };
        if action.action.prefix() == "s3" {
            keep_if_any(&mut kinds, |kind| has(kind, "${BucketName}"));
        }
        (kinds, any_named)
    }

    /// What tags are put on: what the request says (`TagSpecifications`), else what the operation makes, and
    /// not everything that can carry tags or that the request names.
    fn tagged(self, action: &'a ActionPlan) -> Vec<&'a TypePlan> {
        let mut kinds: Vec<&TypePlan> = action.types.iter().collect();
        let specified = self.call.parameters.get("TagSpecifications").and_then(Json::as_array);
        let specified = specified.into_iter().flatten();
        let specified = specified.filter(|it| it.get("Tags").is_some());
        let specified: Vec<String> =
            specified.filter_map(|it| it.get("ResourceType")?.as_str()).map(letters).collect();
        if !specified.is_empty() {
            keep_if_any(&mut kinds, |kind| specified.contains(&letters(kind.name)));
            return kinds;
        }
        if let Some(made) = action.made {
            return vec![&action.types[made]];
        }
        let own = self.plan.actions.iter().find(|it| it.class == Class::Own);
        let made: Vec<&str> = own.into_iter().flat_map(|it| &it.types).map(|it| it.name).collect();
        keep_if_any(&mut kinds, |kind| made.contains(&kind.name));
        // The own action's types may be what the new thing stands in; what is named in the operation's name is it.
        let operation = letters(self.operation.name());
        keep_if_any(&mut kinds, |kind| operation.contains(&letters(kind.name)));
        kinds
    }

    /// Whether the request names a resource of this type: has a value for a variable that only its format has, or
    /// an ARN of it.
    fn names(self, kind: &TypePlan) -> bool {
        kind.formats.iter().any(|plan| self.names_format(plan))
    }

    fn names_format(self, plan: &FormatPlan) -> bool {
        let by_member = plan.variables.iter().any(|variable| {
            variable.identifies
                && (!self.values(variable).is_empty()
                    || self.arn_values(variable).any(|arn| plan.format.matches(arn)))
        });
        by_member || self.arns.iter().any(|arn| plan.format.matches(arn))
    }

    /// The values of a variable that are not ARNs of something else.
    fn values<'b>(self, variable: &'b Variable) -> Vec<(&'b Value, Seen<'b>)>
    where
        'a: 'b,
    {
        let seen = |value: &'b Value| {
            look::values(value, self.call).into_iter().map(move |seen| (value, seen))
        };
        let is_name = |(_, seen): &(&Value, Seen<'_>)| !seen.text.starts_with("arn:");
        match &variable.named {
            Named::ByAll(values) => values.iter().flat_map(seen).filter(is_name).collect(),
            Named::ByFirst(values) => {
                let mut each = values.iter().map(|value| seen(value).filter(is_name).collect());
                each.find(|found: &Vec<_>| !found.is_empty()).unwrap_or_default()
            }
        }
    }

    fn arn_values(self, variable: &Variable) -> impl Iterator<Item = &'a str> {
        let found: Vec<&'a str> = variable
            .named
            .values()
            .iter()
            .flat_map(|value| look::values(value, self.call))
            .filter_map(|seen| match seen.text {
                Cow::Borrowed(text) if text.starts_with("arn:") => {
                    // The text is the call's, not the plan's.
                    self.arns.iter().copied().find(|arn| *arn == text)
                }
                _ => None,
            })
            .collect();
        found.into_iter()
    }

    /// ARNs in the request of the service that the action's resources are of.
    fn arns_of_service(self, action: &ActionPlan, found: &mut Resources) {
        let of_service = |arn: &&str| self.is_of_service(action, arn);
        let arn = self.call.parameters.iter().filter(|(name, _)| is_resource_arn(name));
        let arns = arn.filter_map(|(_, value)| value.as_str()).filter(|it| it.starts_with("arn:"));
        let is_one = |arn: &&str| has_place(arn) && names::is_name(action.action.prefix(), arn);
        arns.filter(of_service).filter(is_one).for_each(|arn| found.add(literal(arn).into_owned()));
    }

    /// Whether an ARN is of the service that the action's resources are of.
    fn is_of_service(self, action: &ActionPlan, arn: &str) -> bool {
        let mut formats = action.types.iter().flat_map(|kind| &kind.formats);
        formats.any(|it| it.format.fields[2] == arn::service(arn))
    }

    /// The path of the request with what is known of its labels
    /// (docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html).
    fn route(self, action: &ActionPlan) -> Result<String, Wrong> {
        let route = self.operation.route();
        let mut path = String::new();
        let mut rest = route.split('?').next().unwrap_or_default();
        // The version of the API is in the path of its requests and not in its ARNs.
        rest = rest.strip_prefix("/v2").filter(|it| it.starts_with('/')).unwrap_or(rest);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((label, after)) = after.split_once('}') else { break };
            path.push_str(before);
            let label = label.trim_end_matches('+');
            let member = self.operation.input().and_then(|input| {
                input.members().find(|member| member.wire == label || member.name == label)
            });
            let value = member.and_then(|member| self.call.parameters.get(member.name));
            if let (Some(Json::Null), Some(member)) = (value, member) {
                return Err((member.name.to_owned(), Refusal::Unreadable));
            }
            match value.and_then(Json::as_str) {
                // As it stands in the path: `/tags/arn%3Aaws%3A…`
                // (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-iam-policy.html).
                Some(text) => {
                    let encoded = utf8_percent_encode(text, IN_PATH).to_string();
                    path.push_str(&literal(&encoded));
                }
                None => path.push('*'),
            }
            rest = after;
        }
        path.push_str(rest);
        let Place { partition, region, .. } = self.place;
        let service = action.types.iter().flat_map(|it| &it.formats).next();
        let service = service.map_or(action.action.prefix(), |it| it.format.fields[2]);
        Ok(format!("arn:{partition}:{service}:{}::{path}", region.unwrap_or("*")))
    }
}

impl Resources {
    pub(super) fn add(&mut self, arn: String) {
        if !self.arns.contains(&arn) {
            self.arns.push(arn);
        }
    }
}

/// `ResourceArn`, `resourceARN`, `Resource`, `Arn`, `Identifier`: whatever is meant.
fn is_resource_arn(name: &str) -> bool {
    let name = letters(name);
    name.starts_with("resource") || name.ends_with("arn") || name == "identifier"
}

/// Keeps what `wanted` picks, or all when it picks none.
fn keep_if_any(types: &mut Vec<&TypePlan>, wanted: impl Fn(&&TypePlan) -> bool) {
    if types.iter().any(&wanted) {
        types.retain(wanted);
    }
}

/// Many patterns as few: those of one service, region and account become one.
pub(super) fn shortened(patterns: Vec<String>) -> Vec<String> {
    if patterns.len() <= MOST_PATTERNS {
        return patterns;
    }
    let owner = |pattern: &str| {
        let end = pattern.match_indices(':').nth(4).map_or(pattern.len(), |(index, _)| index + 1);
        pattern[..end].to_owned()
    };
    let mut short: Vec<String> = Vec::new();
    for pattern in &patterns {
        let owner = owner(pattern);
        let alone = patterns.iter().filter(|other| other.starts_with(&owner)).count() == 1;
        let pattern = if alone { pattern.clone() } else { format!("{owner}*") };
        if !short.contains(&pattern) {
            short.push(pattern);
        }
    }
    short
}
