//! From one ARN format and a call to the ARNs: the values that its variables have in the call, put together.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::arn::{self, Owner, is_account_id, literal};
use super::plan::{ActionPlan, FormatPlan, Variable};
use super::refusal::{Wrong, has_place};
use super::resources::{Asked, Place, Resources, arns};
use super::{look, names};
use crate::call::Call;
use crate::catalog::naming::Named;
use crate::catalog::rule::{Function, Value};

/// Combinations of values that are followed for one format.
const MOST_ROWS: usize = 1_000;

impl<'a> Asked<'a> {
    /// The pattern of all that a format can be here.
    pub(super) fn any_of(self, plan: &FormatPlan) -> String {
        Row::unknown(plan).filled(plan, self.place, self.call)
    }

    /// Adds what the call names of this format: its ARNs, else those that are made of its members. `value` says where the
    /// last variable's value is.
    pub(super) fn named_by(
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
        // What is not said is open, but not where something is said that it cannot be.
        let is_open = |row: &Row| row.values.iter().any(Option::is_none);
        let rows = match rows {
            Ok(rows) if rows.iter().any(is_open) => {
                self.wrong_anywhere(action).map_or(Ok(rows), Err)
            }
            rows => rows,
        };
        let (rows, wrong) = match rows {
            Ok(rows) => (rows, None),
            Err(wrong) => (Vec::new(), Some(wrong)),
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
        if let Some(wrong) = wrong {
            found.wrong.get_or_insert(wrong);
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

    /// Each combination of the values that the variables have; an error where the call says something for a variable
    /// that it cannot be.
    fn rows(
        self,
        action: &ActionPlan,
        plan: &FormatPlan,
        found: &mut Resources,
    ) -> Result<Vec<Row>, Wrong> {
        let mut rows = vec![Row::default()];
        let mut origins: Vec<Vec<(Value, Vec<usize>)>> = vec![Vec::new()];
        for variable in &plan.variables {
            let cells = self.cells(action, plan, variable, found);
            if cells.is_empty()
                && let Some(wrong) = self.wrong(action, variable)
            {
                return Err(wrong);
            }
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
        Ok(rows)
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
                    if names::is_whole_alias(&seen.text) {
                        found.alias = Some(names::alias(&seen.text).to_owned());
                    }
                    continue;
                }
                if !names::is_name(prefix, &seen.text) {
                    continue;
                }
                let is_key = names::is_key(self.call, variable.name);
                let from = owner_of(prefix, &plan.format, &seen.text);
                let Some(from) = from.or(is_key.then_some(None)) else { continue };
                let Some(seen) = look::made(seen, &value.functions) else { continue };
                let within = plan.format.within(&seen.text, variable.name).filter(|_| !is_key);
                if let Some((name, owner)) = within {
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
                if seen.text.starts_with("arn:") && !is_key {
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
    ) -> Result<Vec<Row>, Wrong> {
        let Some((last, before)) = plan.variables.split_last() else { return Ok(Vec::new()) };
        let prefix = action.action.prefix();
        let mut rows = Vec::new();
        let mut any = false;
        let had = found.arns.len();
        for seen in look::unmade(value, self.call) {
            any = true;
            let is_alias = prefix == "kms" && names::is_alias(&seen.text);
            let is_one = names::is_name(prefix, &seen.text);
            if !is_one || is_alias && !names::is_whole_alias(&seen.text) {
                continue;
            }
            let Some(from) = owner_of(prefix, &plan.format, &seen.text) else { continue };
            let Some(seen) = look::made(seen, &value.functions) else { continue };
            // With what a rule puts behind it, a bucket becomes its objects.
            let whole = format!("{}{}", seen.text, seen.appended);
            if plan.format.matches(&whole) && !is_alias {
                let arn = match seen.text.strip_prefix("arn:aws:s3:::") {
                    // A URI says no partition: it is the call's.
                    Some(named) if value.functions.contains(&Function::S3) => {
                        let partition = self.place.partition;
                        Cow::Owned(format!("arn:{partition}:s3:::{named}"))
                    }
                    _ => Cow::Borrowed(&*seen.text),
                };
                found.add(format!("{}{}", literal(&arn), seen.appended));
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
                    let cells = self.cells(action, plan, variable, found);
                    if cells.is_empty()
                        && let Some(wrong) = self.wrong(action, variable)
                    {
                        return Err(wrong);
                    }
                    let beside = |cell: &Cell| look::common_steps(&cell.value, value);
                    let cell = cells.into_iter().rev().max_by_key(beside);
                    row = row.with(cell.map(|cell| cell.text), None);
                }
                rows.push(row.with(text, owner.as_ref()));
            }
        }
        if rows.is_empty()
            && found.arns.len() == had
            && let Some(wrong) = self.wrong_value(action, last.name, value)
        {
            return Err(wrong);
        }
        if !any {
            rows.push(Row::unknown(plan));
        }
        Ok(rows)
    }

    /// Where the action's resources are: in the account that the request names, if it does.
    fn place_of(self, action: &ActionPlan) -> Place<'a> {
        let account = self.plan.account.iter().filter(|_| action.is_home);
        let mut named = account.flat_map(|value| look::values(value, self.call));
        let account = named.find_map(|seen| match seen.text {
            Cow::Borrowed(text) if is_account_id(text) => Some(text),
            _ => None,
        });
        Place { account: account.or(self.place.account), ..self.place }
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

/// The place that a name says beside the name: an ARN's of the same service, or the account in the URL of a queue. `None`:
/// it is an ARN of no place.
fn owner_of(prefix: &str, format: &arn::Format, value: &str) -> Option<Option<Owned>> {
    if value.starts_with("arn:") {
        if !has_place(value) {
            return None;
        }
        if arn::service(value) != format.fields[2] {
            return Some(None);
        }
        let mut fields = value.split(':').skip(1);
        let mut field = || fields.next().unwrap_or_default().to_owned();
        let (partition, _, region, account) = (field(), field(), field(), field());
        return Some(Some(Owned { partition, region, account }));
    }
    if prefix != "sqs" {
        return Some(None);
    }
    let account = value.trim_end_matches('/').rsplit('/').nth(1).unwrap_or_default();
    let owned = is_account_id(account).then(|| Owned {
        partition: String::new(),
        region: String::new(),
        account: account.to_owned(),
    });
    Some(owned)
}

/// Values for a format's variables.
#[derive(Debug, Clone, Default)]
struct Row {
    values: Vec<Option<String>>,
    owner: Option<Owned>,
}

impl Row {
    fn unknown(plan: &FormatPlan) -> Row {
        Row { values: vec![None; plan.variables.len()], owner: None }
    }

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
        let access_point = access_point.map(literal);
        let skipped = plan.format.text.split_once("${AccessPointName}");
        if let (Some(arn), Some((before, rest))) = (access_point, skipped) {
            let passed = before.matches("${").count() + 1;
            let of_place = before.split(':').take(5).filter(|it| it.starts_with("${")).count();
            return self.with_values(arn.into_owned(), rest, passed - of_place);
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
