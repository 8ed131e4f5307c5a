//! From an action's resource types and a call to the ARNs that the call acts on.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use super::arn::{self, Owner, literal};
use super::look::{self, Seen};
use super::plan::{ActionPlan, FormatPlan, Plan, TypePlan, Variable};
use super::{names, s3_objects};
use crate::call::{Call, Source};
use crate::catalog::naming::Named;
use crate::catalog::rule::{Target, Value};
use crate::catalog::{Class, Operation};

/// Where a call took place; `None` is written as `*`.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) partition: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) account: Option<&'a str>,
}

/// What an action is needed on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Resources {
    pub(super) arns: Vec<String>,
    /// The alias by which the request names a key.
    pub(super) alias: Option<String>,
}

/// Where the request is out of sight the list of ARNs is for people to read: past this many patterns for one action,
/// those that differ only after the account are written as one (`arn:aws:ec2:eu-west-1:111122223333:*`).
const MOST_PATTERNS: usize = 8;
/// What is encoded in a label of a path.
const IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'$');
/// Combinations of values that are followed for one format.
const MOST_ROWS: usize = 1_000;

/// A call with what is known of its operation.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) call: &'a Call,
    pub(super) operation: Operation,
    pub(super) plan: &'a Plan,
    pub(super) place: Place<'a>,
    /// What the source of the call may not hold although the request had it.
    pub(super) unseen: &'a [Value],
}

impl<'a> Asked<'a> {
    /// The ARNs or patterns for an action that the call needs; `*` where the action has no resource types.
    pub(super) fn resources(self, action: &'a ActionPlan, on: &'a [Target]) -> Resources {
        let mut found = Resources::default();
        if on.is_empty() {
            self.general(action, &mut found);
        }
        for target in on {
            self.target(action, target, &mut found);
        }
        if found.arns.is_empty() {
            found.arns.push("*".to_owned());
        }
        if self.call.source == Source::Csm {
            found.arns = shortened(found.arns);
        }
        found
    }

    /// Whether the request names a resource of one of the action's types.
    pub(super) fn is_named(self, action: &ActionPlan) -> bool {
        action.types.iter().any(|kind| self.names(kind))
    }

    fn target(self, action: &'a ActionPlan, target: &'a Target, found: &mut Resources) {
        match target {
            Target::Everything => found.add("*".to_owned()),
            Target::Route => found.add(self.route(action)),
            Target::Type { name, value, anywhere } => {
                let mut asked = self;
                if *anywhere {
                    asked.place.region = None;
                }
                let kinds = action.types.iter().filter(|kind| kind.name == name);
                for format in kinds.flat_map(|kind| &kind.formats) {
                    // Which role an instance profile has is not said by the roles that the request names.
                    if action.class == Class::Role && value.is_none() {
                        let row = Row { values: vec![None; format.variables.len()], owner: None };
                        found.add(row.filled(format, asked.place, self.call));
                    } else {
                        asked.named_by(action, format, value.as_ref(), found);
                    }
                }
            }
        }
    }

    fn general(self, action: &'a ActionPlan, found: &mut Resources) {
        if action.class == Class::Role {
            found.arns.extend(roles(self.call).map(|arn| literal(arn).into_owned()));
            found.arns.sort();
            found.arns.dedup();
            if !found.arns.is_empty() {
                return;
            }
        }
        if let Some(objects) = s3_objects::of(action.action, self.operation, self.place, self.call)
        {
            found.arns = objects;
            return;
        }
        let (kinds, any_named) = self.types(action);
        if !any_named && action.class != Class::Role {
            // `ResourceArn` of a type whose format AWS does not publish for the action.
            self.arns_of_service(action, found);
        }
        if found.arns.is_empty() {
            for kind in kinds {
                // Of several formats, those that the request names; all when it names none.
                let named = |plan: &&FormatPlan| kind.formats.len() == 1 || self.names_format(plan);
                let any = kind.formats.iter().any(|plan| named(&plan));
                for format in kind.formats.iter().filter(|plan| !any || named(plan)) {
                    self.named_by(action, format, None, found);
                }
            }
        }
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
        // S3's actions take a bucket or an access point; the call names one of them.
        let has = |kind: &&TypePlan, variable: &str| {
            kind.formats.iter().any(|it| it.format.text.contains(variable))
        };
        match self.call.parameters.get("Bucket").and_then(Json::as_str) {
            Some(arn) if arn.starts_with("arn:") => {
                keep_if_any(&mut kinds, |kind| has(kind, "${AccessPointName}"));
            }
            _ if action.action.prefix() == "s3" => {
                keep_if_any(&mut kinds, |kind| has(kind, "${BucketName}"));
            }
            _ => {}
        }
        (kinds, any_named)
    }

    /// What tags are put on: what the request says (`TagSpecifications`), else what the operation makes, and
    /// not everything that can carry tags or that the request names.
    fn tagged(self, action: &'a ActionPlan) -> Vec<&'a TypePlan> {
        let mut kinds: Vec<&TypePlan> = action.types.iter().collect();
        let specified = self.call.parameters.get("TagSpecifications").and_then(Json::as_array);
        let specified = specified.into_iter().flatten();
        let specified: Vec<String> =
            specified.filter_map(|it| it.get("ResourceType")?.as_str()).map(letters).collect();
        if !specified.is_empty() {
            keep_if_any(&mut kinds, |kind| specified.contains(&letters(kind.name)));
            return kinds;
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
        by_member || arns(self.call).any(|arn| plan.format.matches(arn))
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
                    arns(self.call).find(|arn| *arn == text)
                }
                _ => None,
            })
            .collect();
        found.into_iter()
    }

    /// Adds what the call names of this format: its ARNs, else those that are made of its members. `value` says where the
    /// last variable's value is.
    fn named_by(
        self,
        action: &ActionPlan,
        plan: &FormatPlan,
        value: Option<&Value>,
        found: &mut Resources,
    ) {
        let rows = match value {
            Some(value) => self.rows_by(action, plan, value, found),
            None => self.rows(action, plan, found),
        };
        let told = !plan.variables.is_empty()
            && rows.iter().any(|row| row.values.iter().all(Option::is_some));
        if !told && value.is_none() {
            let matching = arns(self.call).filter(|arn| plan.format.matches(arn));
            let matching: Vec<String> = matching.map(|arn| literal(arn).into_owned()).collect();
            if !matching.is_empty() {
                matching.into_iter().for_each(|arn| found.add(arn));
                return;
            }
        }
        for row in rows {
            let pattern = row.filled(plan, self.place_of(action), self.call);
            // CloudWatch Logs checks most actions on the group's ARN with `:*` behind it, some without
            // (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html).
            let is_group = plan.format.resource == "log-group:${LogGroupName}";
            if is_group && row.values.iter().all(Option::is_some) {
                found.add(format!("{pattern}:*"));
            }
            found.add(pattern);
        }
    }

    /// Each combination of the values that the variables have.
    fn rows(self, action: &ActionPlan, plan: &FormatPlan, found: &mut Resources) -> Vec<Row> {
        let mut rows = vec![Row::default()];
        let mut origins: Vec<Vec<(Value, Vec<usize>)>> = vec![Vec::new()];
        for variable in &plan.variables {
            let cells = self.cells(action, plan, variable, found);
            let mut next = Vec::new();
            let mut next_origins = Vec::new();
            for (row, from) in rows.iter().zip(&origins) {
                let mut any = false;
                for cell in &cells {
                    let together = from.iter().all(|(value, items)| {
                        look::belong_together((value, items), (&cell.value, &cell.items))
                    });
                    if !together || next.len() >= MOST_ROWS {
                        continue;
                    }
                    any = true;
                    next.push(row.with(Some(cell.text.clone()), cell.owner.as_ref()));
                    let mut from = from.clone();
                    from.push((cell.value.clone(), cell.items.clone()));
                    next_origins.push(from);
                }
                if !any && next.len() < MOST_ROWS {
                    next.push(row.with(None, None));
                    next_origins.push(from.clone());
                }
            }
            (rows, origins) = (next, next_origins);
        }
        rows
    }

    /// The values that a variable can have here, as they stand in a policy.
    fn cells(
        self,
        action: &ActionPlan,
        plan: &FormatPlan,
        variable: &Variable,
        found: &mut Resources,
    ) -> Vec<Cell> {
        let prefix = action.action.prefix();
        let mut cells = Vec::new();
        for value in variable.named.values() {
            for seen in look::unmade(value, self.call) {
                if prefix == "kms" && names::is_alias(&seen.text) && variable.name == "KeyId" {
                    found.alias = Some(names::alias(&seen.text).to_owned());
                    continue;
                }
                let from = owner_of(prefix, &plan.format, &seen.text);
                let Some(seen) = look::made(seen, &value.functions) else { continue };
                if let Some((name, owner)) = plan.format.within(&seen.text, variable.name) {
                    let texts = match prefix {
                        "lambda" => names::in_policy(prefix, variable.name, name, self.call),
                        _ => vec![literal(name)],
                    };
                    cells.extend(texts.into_iter().map(|text| Cell {
                        text: format!("{text}{}", seen.appended),
                        owner: Some(Owned::from(owner)),
                        value: value.clone(),
                        items: seen.items.clone(),
                    }));
                    continue;
                }
                if seen.text.starts_with("arn:") {
                    continue;
                }
                for text in names::in_policy(prefix, variable.name, &seen.text, self.call) {
                    cells.push(Cell {
                        text: format!("{text}{}", seen.appended),
                        owner: from.clone(),
                        value: value.clone(),
                        items: seen.items.clone(),
                    });
                }
            }
            if matches!(variable.named, Named::ByFirst(_)) && !cells.is_empty() {
                break;
            }
        }
        cells
    }

    /// As [`rows`](Asked::rows), with the last variable's value from elsewhere.
    fn rows_by(
        self,
        action: &ActionPlan,
        plan: &FormatPlan,
        value: &Value,
        found: &mut Resources,
    ) -> Vec<Row> {
        let Some((last, before)) = plan.variables.split_last() else { return Vec::new() };
        let prefix = action.action.prefix();
        let mut rows = Vec::new();
        let mut any = false;
        for seen in look::unmade(value, self.call) {
            any = true;
            let is_alias = prefix == "kms" && names::is_alias(&seen.text);
            let from = owner_of(prefix, &plan.format, &seen.text);
            let Some(seen) = look::made(seen, &value.functions) else { continue };
            if plan.format.matches(&seen.text) && !is_alias {
                found.add(format!("{}{}", literal(&seen.text), seen.appended));
                continue;
            }
            let within = plan.format.within(&seen.text, last.name);
            let owner = within.map(|(_, owner)| Owned::from(owner)).or(from);
            let name = within.map_or(&*seen.text, |(name, _)| name);
            if is_alias {
                found.alias = Some(names::alias(name).to_owned());
            } else if name.starts_with("arn:") {
                // An ARN of another type, of which this action is not asked.
                continue;
            }
            let mut texts: Vec<Option<String>> =
                names::in_policy(prefix, last.name, name, self.call)
                    .into_iter()
                    .map(|text| Some(format!("{text}{}", seen.appended)))
                    .collect();
            if texts.is_empty() {
                texts.push(None);
            }
            for text in texts {
                let mut row = Row::default();
                for variable in before {
                    // The bucket that stands beside the key, where several are named.
                    let cells = self.cells(action, plan, variable, found).into_iter();
                    let beside = |cell: &Cell| look::common_steps(&cell.value, value);
                    let cell = cells.rev().max_by_key(beside);
                    row = row.with(cell.map(|cell| cell.text), None);
                }
                rows.push(row.with(text, owner.as_ref()));
            }
        }
        if !any {
            rows.push(Row { values: vec![None; plan.variables.len()], owner: None });
        }
        rows
    }

    /// Where the action's resources are: in the account that the request names, if it does.
    fn place_of(self, action: &ActionPlan) -> Place<'a> {
        let account = self.plan.account.iter().filter(|_| action.is_home);
        let mut named = account.flat_map(|value| look::values(value, self.call));
        let account = named.find_map(|seen| match seen.text {
            Cow::Borrowed(text) if is_account(text) => Some(text),
            _ => None,
        });
        Place { account: account.or(self.place.account), ..self.place }
    }

    /// ARNs in the request of the service that the action's resources are of.
    fn arns_of_service(self, action: &ActionPlan, found: &mut Resources) {
        let formats = || action.types.iter().flat_map(|kind| &kind.formats);
        let of_service = |arn: &&str| formats().any(|it| it.format.fields[2] == arn::service(arn));
        let arn = self.call.parameters.iter().filter(|(name, _)| is_resource_arn(name));
        let arns = arn.filter_map(|(_, value)| value.as_str()).filter(|it| it.starts_with("arn:"));
        arns.filter(of_service).for_each(|arn| found.add(literal(arn).into_owned()));
    }

    /// The path of the request with what is known of its labels
    /// (docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html).
    fn route(self, action: &ActionPlan) -> String {
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
        format!("arn:{partition}:{service}:{}::{path}", region.unwrap_or("*"))
    }
}

impl Resources {
    fn add(&mut self, arn: String) {
        if !self.arns.contains(&arn) {
            self.arns.push(arn);
        }
    }
}

/// A value of a variable as it stands in a policy, and where it came from.
struct Cell {
    text: String,
    owner: Option<Owned>,
    value: Value,
    items: Vec<usize>,
}

/// Where a named resource is, when its name says so; `*` and the empty text say nothing.
#[derive(Debug, Clone)]
struct Owned {
    partition: String,
    region: String,
    account: String,
}

impl From<Owner<'_>> for Owned {
    fn from(owner: Owner<'_>) -> Owned {
        Owned {
            partition: owner.partition.to_owned(),
            region: owner.region.to_owned(),
            account: owner.account.to_owned(),
        }
    }
}

/// The place that a name says beside the name: an ARN's, or the account in the URL of a queue.
fn owner_of(prefix: &str, format: &arn::Format, value: &str) -> Option<Owned> {
    if value.starts_with("arn:") {
        if arn::service(value) != format.fields[2] {
            return None;
        }
        let mut fields = value.split(':').skip(1);
        let mut field = || fields.next().unwrap_or_default().to_owned();
        let (partition, _, region, account) = (field(), field(), field(), field());
        return Some(Owned { partition, region, account });
    }
    if prefix != "sqs" {
        return None;
    }
    let account = value.trim_end_matches('/').rsplit('/').nth(1)?;
    is_account(account).then(|| Owned {
        partition: String::new(),
        region: String::new(),
        account: account.to_owned(),
    })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Values for a format's variables.
#[derive(Debug, Clone, Default)]
struct Row {
    values: Vec<Option<String>>,
    owner: Option<Owned>,
}

impl Row {
    fn with(&self, value: Option<String>, owner: Option<&Owned>) -> Row {
        let mut row = self.clone();
        row.values.push(value);
        row.owner = row.owner.or_else(|| owner.cloned());
        row
    }

    /// The format with what is known put in and `*` for the rest, segment by segment.
    fn filled(&self, plan: &FormatPlan, place: Place<'_>, call: &Call) -> String {
        let access_point = call.parameters.get("Bucket").and_then(Json::as_str);
        let access_point = access_point.filter(|it| it.starts_with("arn:"));
        let skipped = plan.format.text.split_once("${AccessPointName}");
        if let (Some(arn), Some((before, rest))) = (access_point, skipped) {
            let passed = before.matches("${").count() + 1;
            let of_place = before.split(':').take(5).filter(|it| it.starts_with("${")).count();
            return self.with_values(arn.to_owned(), rest, passed - of_place);
        }
        let said = |text: &str| !text.is_empty();
        let owner = self.owner.as_ref();
        let owner = Owner {
            partition: owner
                .map(|it| &*it.partition)
                .filter(|it| said(it))
                .unwrap_or(place.partition),
            // `aws-global` is what SDKs call having no region.
            region: owner
                .map(|it| &*it.region)
                .filter(|it| said(it))
                .or(place.region.filter(|region| !region.ends_with("-global")))
                .unwrap_or("*"),
            account: owner
                .map(|it| &*it.account)
                .filter(|it| said(it))
                .or(place.account)
                .unwrap_or("*"),
        };
        self.with_values(plan.format.beginning(owner), plan.format.resource, 0)
    }

    /// Appends a part of a format, its variables replaced, the first of them the one with this number.
    fn with_values(&self, mut arn: String, format: &'static str, first: usize) -> String {
        let mut rest = format;
        let mut number = first;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((_, after)) = after.split_once('}') else { break };
            arn.push_str(before);
            arn.push_str(self.values.get(number).and_then(Option::as_deref).unwrap_or("*"));
            number += 1;
            rest = after;
        }
        arn.push_str(rest);
        arn
    }
}

/// ARNs of roles anywhere in the request.
pub(super) fn roles(call: &Call) -> impl Iterator<Item = &str> {
    arns(call).filter(|text| {
        let mut fields = text.splitn(6, ':');
        fields.nth(2) == Some("iam")
            && fields.nth(2).is_some_and(|resource| resource.starts_with("role/"))
    })
}

/// The ARNs anywhere among the request's members.
fn arns(call: &Call) -> impl Iterator<Item = &str> {
    fn strings(value: &Json) -> Box<dyn Iterator<Item = &str> + '_> {
        match value {
            Json::String(text) => Box::new(std::iter::once(text.as_str())),
            Json::Array(items) => Box::new(items.iter().flat_map(strings)),
            Json::Object(members) => Box::new(members.values().flat_map(strings)),
            Json::Null | Json::Bool(_) | Json::Number(_) => Box::new(std::iter::empty()),
        }
    }
    call.parameters.values().flat_map(strings).filter(|text| text.starts_with("arn:"))
}

/// `ResourceArn`, `resourceARN`, `Resource`, `Arn`, `Identifier`: whatever is meant.
fn is_resource_arn(name: &str) -> bool {
    let name = letters(name);
    name.starts_with("resource") || name.ends_with("arn") || name == "identifier"
}

/// The letters and digits of a name in lower case: `code signing config` is in `CreateCodeSigningConfig`.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
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
