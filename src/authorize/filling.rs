//! From one ARN format and a call to the ARNs: the values that its variables have in the call, put together.

use std::borrow::Cow;

use super::arn::{self, Owner, Place, has_place, is_account, is_account_id, is_region, literal};
use super::asked::Asked;
use super::look::{self, Origin, Seen};
use super::names;
use super::plan::{ActionPlan, FormatPlan, Variable};
use super::refusal::Wrong;
use super::resources::{By, Resources};
use crate::catalog::OwnedByAws;
use crate::catalog::naming::Named;
use crate::catalog::rule::{Function, Value};
use crate::wildcard::is_like;

/// Combinations of values that are followed for one format.
const MOST_ROWS: usize = 1_000;

impl<'a> Asked<'a> {
    /// The pattern of all that a format can be here.
    pub(super) fn any_of(self, plan: &FormatPlan) -> String {
        Row::unknown(plan).filled(plan, self.place)
    }

    /// Adds what the call names of this format: its ARNs, else those that are made of its members. `value` says where the
    /// last variable's value is.
    pub(super) fn named_by(
        self,
        action: &'a ActionPlan,
        plan: &'a FormatPlan,
        by: By<'a>,
        found: &mut Resources,
    ) {
        let value = by.value;
        let rows = match value {
            Some(value) => self.rows_by(action, plan, value, found),
            None => self.rows(action, plan, found),
        };
        let rows = rows.map(|rows| self.placed(rows, plan, by));
        // What is not said is open, but not where something is said that it cannot be.
        let is_open = |row: &Row<'_>| row.values.iter().any(Option::is_none);
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
        // The rule is about none of the items.
        if rows.is_empty() && wrong.is_none() && found.not_meant && !found.by_item {
            return;
        }
        let told = !plan.variables.is_empty()
            && rows.iter().any(|row| row.values.iter().all(Option::is_some));
        if !told && value.is_none() {
            let matching = self.arns.iter().filter(|arn| plan.format.matches(arn));
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
            let pattern = row.filled(plan, self.place);
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
        action: &'a ActionPlan,
        plan: &'a FormatPlan,
        found: &mut Resources,
    ) -> Result<Vec<Row<'a>>, Wrong> {
        let mut rows = vec![Row::default()];
        for variable in &plan.variables {
            let cells = self.cells(action, plan, variable, found);
            if cells.is_empty()
                && let Some(wrong) = self.wrong(action, variable)
            {
                return Err(wrong);
            }
            let mut next = Vec::new();
            for row in &rows {
                let mut any = false;
                for cell in &cells {
                    let together = row.belongs_to(cell.value, &cell.items);
                    if !together || next.len() >= MOST_ROWS {
                        continue;
                    }
                    any = true;
                    let mut row = row.with(Some(cell.text.clone()), cell.owner.as_ref());
                    row.from.push((cell.value, cell.items.clone()));
                    next.push(row);
                }
                if !any && next.len() < MOST_ROWS {
                    next.push(row.with(None, None));
                }
            }
            rows = next;
        }
        rows.retain(|row| self.is_meant(action, &row.from, found));
        Ok(rows)
    }

    /// The values that a variable can have here, as they stand in a policy.
    fn cells(
        self,
        action: &'a ActionPlan,
        plan: &'a FormatPlan,
        variable: &'a Variable,
        found: &mut Resources,
    ) -> Vec<Cell<'a>> {
        let prefix = action.action.prefix();
        let is_last = plan.variables.last().is_some_and(|last| last.name == variable.name);
        let mut cells = Vec::new();
        for value in variable.named.values() {
            for seen in look::unmade(value, self.call) {
                if seen.any {
                    cells.push(Cell {
                        text: seen.text.into_owned(),
                        owner: None,
                        value,
                        items: seen.items,
                    });
                    continue;
                }
                if prefix == "kms" && names::is_alias(&seen.text) && variable.name == "KeyId" {
                    if names::is_whole_alias(&seen.text) {
                        found.alias = Some(names::alias(&seen.text).to_owned());
                        // The key is where its alias is.
                        cells.extend(owner_of(prefix, &plan.format, &seen.text).flatten().map(
                            |owner| Cell {
                                text: "*".to_owned(),
                                owner: Some(owner),
                                value,
                                items: seen.items.clone(),
                            },
                        ));
                    }
                    continue;
                }
                if !names::is_name(prefix, &seen.text) {
                    continue;
                }
                let is_key = names::is_key(self.call, variable.name);
                let from = owner_of(prefix, &plan.format, &seen.text);
                let Some(from) = from.or(is_key.then_some(None)) else { continue };
                let Some(seen) = look::made(seen, value, self.call) else { continue };
                let within = plan.format.within(&seen.text, variable.name).filter(|_| !is_key);
                if let Some((name, owner)) = within {
                    let texts = match prefix {
                        "lambda" => {
                            names::in_policy(prefix, variable.name, is_last, name, self.call)
                        }
                        _ => vec![literal(name)],
                    };
                    cells.extend(texts.into_iter().map(|text| Cell {
                        text: format!("{text}{}", seen.appended),
                        owner: Some(Owned::from(owner)),
                        value,
                        items: seen.items.clone(),
                    }));
                    continue;
                }
                if seen.text.starts_with("arn:") && !is_key {
                    continue;
                }
                for text in names::in_policy(prefix, variable.name, is_last, &seen.text, self.call)
                {
                    cells.push(Cell {
                        text: format!("{text}{}", seen.appended),
                        owner: from.clone(),
                        value,
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
        action: &'a ActionPlan,
        plan: &'a FormatPlan,
        value: &'a Value,
        found: &mut Resources,
    ) -> Result<Vec<Row<'a>>, Wrong> {
        let Some((last, before)) = plan.variables.split_last() else { return Ok(Vec::new()) };
        let mut rows = Vec::new();
        let (mut any, mut passed_over) = (false, false);
        let had = found.arns.len();
        for seen in look::unmade(value, self.call) {
            any = true;
            if !self.is_meant(action, &[(value, seen.items.clone())], found) {
                continue;
            }
            if look::is_passed_over(&seen, value) {
                passed_over = true;
                continue;
            }
            let items = seen.items.clone();
            let Some((texts, owner)) = self.texts_by(action, plan, last, value, seen, found) else {
                continue;
            };
            for text in texts {
                let mut row = Row::default();
                row.from.push((value, items.clone()));
                for variable in before {
                    // The bucket that stands beside the key, where several are named.
                    let cells = self.cells(action, plan, variable, found);
                    if cells.is_empty()
                        && let Some(wrong) = self.wrong(action, variable)
                    {
                        return Err(wrong);
                    }
                    let beside = |cell: &Cell<'_>| look::common_steps(cell.value, value);
                    let cells = cells.into_iter().rev();
                    let together = cells.filter(|it| row.belongs_to(it.value, &it.items));
                    let cell = together.max_by_key(beside);
                    row = row.with(cell.map(|cell| cell.text), None);
                }
                rows.push(row.with(text, owner.as_ref()));
            }
        }
        if rows.is_empty() && found.arns.len() == had {
            found.passed_over |= passed_over;
        }
        if rows.is_empty()
            && found.arns.len() == had
            && (!found.not_meant || found.by_item)
            && let Some(wrong) = self.wrong_value(action, last.name, value)
        {
            return Err(wrong);
        }
        if !any {
            rows.push(Row::unknown(plan));
        }
        Ok(rows)
    }

    /// The texts that what was seen gives the last variable, and where it says that the resource is. `None`: it names no
    /// resource of the format, or is an ARN of one, which is added as it is.
    fn texts_by(
        self,
        action: &'a ActionPlan,
        plan: &'a FormatPlan,
        last: &Variable,
        value: &'a Value,
        seen: Seen<'_>,
        found: &mut Resources,
    ) -> Option<(Vec<Option<String>>, Option<Owned>)> {
        if seen.any {
            return Some((vec![Some(seen.text.into_owned())], None));
        }
        let prefix = action.action.prefix();
        let is_alias = prefix == "kms" && names::is_alias(&seen.text);
        let is_one = names::is_name(prefix, &seen.text);
        if !is_one || is_alias && !names::is_whole_alias(&seen.text) {
            return None;
        }
        let from = owner_of(prefix, &plan.format, &seen.text)?;
        let seen = look::made(seen, value, self.call)?;
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
            return None;
        }
        let within = plan.format.within(&seen.text, last.name);
        let owner = within.map(|(_, owner)| Owned::from(owner)).or(from);
        let name = within.map_or(&*seen.text, |(name, _)| name);
        if is_alias {
            found.alias = Some(names::alias(name).to_owned());
        } else if name.starts_with("arn:") {
            // An ARN of another type, of which this action is not asked.
            return None;
        }
        let texts = names::in_policy(prefix, last.name, true, name, self.call).into_iter();
        let mut texts: Vec<_> =
            texts.map(|text| Some(format!("{text}{}", seen.appended))).collect();
        if texts.is_empty() {
            texts.push(None);
        }
        Some((texts, owner))
    }

    /// The rows, each in the regions and accounts that the request names for it.
    fn placed(self, rows: Vec<Row<'a>>, plan: &'a FormatPlan, by: By<'a>) -> Vec<Row<'a>> {
        let regions = by.region.map_or(&*plan.region, std::slice::from_ref);
        let accounts = by.account.map_or(&*plan.account, std::slice::from_ref);
        if regions.is_empty() && accounts.is_empty() {
            return rows;
        }
        let named = |values: &[Value], row: &Row<'_>, can_be: fn(&str) -> bool| {
            let mut texts: Vec<Option<String>> = Vec::new();
            for value in values {
                for seen in look::values(value, self.call) {
                    let is_one = can_be(&seen.text) && row.belongs_to(value, &seen.items);
                    let text = Some(seen.text.into_owned());
                    if is_one && !texts.contains(&text) {
                        texts.push(text);
                    }
                }
            }
            if texts.is_empty() { vec![None] } else { texts }
        };
        let mut placed = Vec::new();
        for row in rows {
            let accounts = named(accounts, &row, is_account);
            for region in named(regions, &row, is_region) {
                placed.extend(accounts.iter().map(|account| {
                    let mut row = row.clone();
                    // Where a rule says that the resource is goes before where a name of it says so.
                    if let (Some(owner), Some(region), Some(_)) =
                        (&mut row.owner, &region, by.region)
                    {
                        owner.region.clone_from(region);
                    }
                    if let (Some(owner), Some(account), Some(_)) =
                        (&mut row.owner, account, by.account)
                    {
                        owner.account.clone_from(account);
                    }
                    Row { region: region.clone(), account: account.clone(), ..row }
                }));
            }
        }
        placed.truncate(MOST_ROWS);
        placed
    }
}

/// A value of a variable as it stands in a policy, and where it came from.
struct Cell<'a> {
    text: String,
    owner: Option<Owned>,
    value: &'a Value,
    items: Vec<usize>,
}

/// Where a named resource is, when its name says so; `*` and the empty text say nothing.
#[derive(Debug, Clone)]
struct Owned {
    partition: String,
    region: String,
    account: String,
    /// An ARN has nothing in the account's place: the resource is AWS's own.
    no_account: bool,
}

impl From<Owner<'_>> for Owned {
    fn from(owner: Owner<'_>) -> Owned {
        Owned {
            partition: owner.partition.to_owned(),
            region: owner.region.to_owned(),
            account: owner.account.to_owned(),
            no_account: owner.account.is_empty(),
        }
    }
}

/// The place that a name says beside the name: an ARN's of the same service, or the account in the URL of a queue or before
/// a function's name. `None`: it is an ARN of no place.
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
        return Some(Some(Owned { partition, region, account, no_account: false }));
    }
    let account = match prefix {
        "sqs" => value.trim_end_matches('/').rsplit('/').nth(1).unwrap_or_default(),
        // `111122223333:function:name`
        "lambda" => value.split_once(":function:").map_or("", |(account, _)| account),
        _ => return Some(None),
    };
    let owned = is_account_id(account).then(|| Owned {
        partition: String::new(),
        region: String::new(),
        account: account.to_owned(),
        no_account: false,
    });
    Some(owned)
}

/// Values for a format's variables.
#[derive(Debug, Clone, Default)]
struct Row<'a> {
    values: Vec<Option<String>>,
    owner: Option<Owned>,
    /// The region and the account that members of the request name.
    region: Option<String>,
    account: Option<String>,
    /// Where the values are from, with the items of lists on the way.
    from: Vec<Origin<'a>>,
}

impl<'a> Row<'a> {
    fn unknown(plan: &FormatPlan) -> Row<'a> {
        Row { values: vec![None; plan.variables.len()], ..Row::default() }
    }

    fn with(&self, value: Option<String>, owner: Option<&Owned>) -> Row<'a> {
        let mut row = self.clone();
        row.values.push(value);
        row.owner = row.owner.or_else(|| owner.cloned());
        row
    }

    /// Whether a value can belong to what the row has.
    fn belongs_to(&self, value: &Value, items: &[usize]) -> bool {
        self.from.iter().all(|(from, of)| look::belong_together((from, of), (value, items)))
    }

    /// The format with what is known put in and `*` for the rest, segment by segment.
    fn filled(&self, plan: &FormatPlan, place: Place<'_>) -> String {
        let said = |text: &str| !text.is_empty();
        let owner = self.owner.as_ref();
        let at_aws = self.owner_at_aws(plan);
        let owner = Owner {
            partition: owner
                .map(|it| &*it.partition)
                .filter(|it| said(it))
                .unwrap_or(place.partition),
            // `aws-global` is what SDKs call having no region.
            region: owner
                .map(|it| &*it.region)
                .filter(|it| said(it))
                .or(at_aws.map(|it| it.region).filter(|it| *it != "*"))
                .or(self.region.as_deref())
                .or(place.region.filter(|region| !region.ends_with("-global")))
                .unwrap_or("*"),
            account: owner
                .filter(|it| said(&it.account) || it.no_account)
                .map(|it| &*it.account)
                .or(at_aws.map(|it| it.account))
                .or(self.account.as_deref())
                .or(place.account)
                .unwrap_or("*"),
        };
        self.with_values(plan.format.beginning(owner), plan.format.resource)
    }

    /// Where the resource is, when it is AWS's own by its name.
    fn owner_at_aws(&self, plan: &FormatPlan) -> Option<OwnedByAws> {
        // What is not known is not AWS's.
        let name = self.values.first().and_then(Option::as_deref).filter(|name| *name != "*");
        if plan.owned_by_aws.is_empty() || name.is_none() {
            return None;
        }
        let resource = self.with_values(String::new(), plan.format.resource);
        let mut owned = plan.owned_by_aws.iter();
        owned.find(|it| is_like(&resource, it.resource)).copied()
    }

    /// Appends what tells the resource in a format, its variables replaced.
    fn with_values(&self, mut arn: String, resource: &'static str) -> String {
        let mut rest = resource;
        let mut number = 0;
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
