//! AWS as the judge: `leastwise validate`, and what `check` and `policy` ask AWS.

use std::path::{Path, PathBuf};

use crate::cli::{Check, Findings, Kind, Policy, Validate};
use crate::commands::interception;
use crate::commands::recorded::said;
use crate::evaluate::document::Shape;
use crate::failure::Failure;
use crate::judge::{self, Analyzer, COSTS, Identity, PolicyType, Validated};
use crate::output::console::{Console, Verbosity};
use crate::output::print;
use crate::policies::{PolicyFile, once, text_of};
use crate::remote::Asking;
use crate::report::{judged, validated};
use crate::session::needs::Collected;
use crate::session::shape::Finished;
use crate::text;

/// What was asked about does not pass.
const NOT_PASSED: i32 = 3;

/// Finds what is wrong with policies, and returns the exit code.
///
/// # Errors
///
/// When a policy cannot be read, AWS does not answer, or the result cannot be printed.
pub(super) fn run(options: Validate) -> Result<i32, Failure> {
    once(&options.policies, &[])?;
    let kind = match options.kind {
        Kind::Identity => PolicyType::Identity,
        Kind::Resource => PolicyType::Resource,
        Kind::Scp => PolicyType::ServiceControl,
        Kind::Rcp => PolicyType::ResourceControl,
    };
    let asked =
        options.aws.then(|| analyzer(options.profile.as_deref(), options.region.as_deref()));
    let analyzer = asked.transpose()?;
    let look = |path: &PathBuf| -> Result<Validated, Failure> {
        let name = path.display().to_string();
        Ok(judge::validate(&name, &text_of(path)?, kind, analyzer.as_ref())?)
    };
    let all = options.policies.iter().map(look).collect::<Result<Vec<_>, _>>()?;
    let code = if all.iter().any(Validated::fails) { NOT_PASSED } else { 0 };
    let shown = match options.format {
        Findings::Text => validated::plain(&all),
        Findings::Json => validated::json(&all, code),
        Findings::Sarif => validated::sarif(&all),
    };
    let is_text = options.format == Findings::Text;
    print::show(&if is_text { text::page(&shown) } else { text::json(&shown) })?;
    Ok(code)
}

/// Whoever asks AWS, as the environment says.
pub(super) fn asking(profile: Option<&str>) -> Result<Asking, Failure> {
    Ok(Asking::new(profile, interception::upstream_proxy(None)?)?)
}

/// Access Analyzer in a region, or the one that is configured.
pub(super) fn analyzer(profile: Option<&str>, region: Option<&str>) -> Result<Analyzer, Failure> {
    Ok(Analyzer::new(asking(profile)?, region)?)
}

/// Asks whether the policy grants what an older one does not, and returns the exit code.
pub(super) fn no_new_access(options: &Check, old: &Path) -> Result<i32, Failure> {
    let [new] = &options.policy[..] else { return Err(Failure::SeveralNew) };
    once(&[old.to_owned(), new.clone()], &[])?;
    let (old, new) = (PolicyFile::read(old)?, PolicyFile::read(new)?);
    let reading = &options.reading;
    let region = reading.region.first().map(String::as_str);
    let analyzer = analyzer(reading.profile.as_deref(), region)?;
    Console::new(Verbosity::Quiet).warn(format_args!("Access Analyzer is asked once; {COSTS}"));
    let check = judge::no_new_access(&analyzer, old.document.text(), new.document.text())?;
    let code = if check.result == "PASS" { 0 } else { NOT_PASSED };
    let names = [&old, &new].map(|file| file.path.display().to_string());
    let names = [&*names[0], &*names[1]];
    let shown = validated::new_access(&check, names, code, options.json);
    print::show(&if options.json { text::json(&shown) } else { text::page(&shown) })?;
    Ok(code)
}

/// Asks whether a principal allows what was recorded, and returns the exit code.
pub(super) fn principal(options: &Check, arn: &str, collected: &Collected) -> Result<i32, Failure> {
    let file = options.ask.resource_policy.as_deref();
    let file = file.map(|path| PolicyFile::read_as(path, Shape::Resource)).transpose()?;
    let resource_policy = file.as_ref().map(|it| &it.document);
    let owner = options.account_id.as_deref();
    let (needs, _) = collected.needs(&said(&options.gate.context));
    let identity = Identity::Principal { arn, resource_policy, owner };
    let found = judge::simulate(&asking(options.reading.profile.as_deref())?, identity, &needs)?;
    let fails = found.exit_code(!options.gate.allow_undecided);
    let code = if collected.cut_off.is_empty() { fails } else { NOT_PASSED };
    let shown = if options.json { judged::json(&found, code) } else { judged::plain(&found) };
    print::show(&if options.json { text::json(&shown) } else { text::page(&shown) })?;
    Ok(code)
}

/// Says what is found in the policies that were written, and returns whether one fails. In other formats than JSON, places are those
/// in the same policy in JSON.
pub(super) fn written(
    options: &Policy,
    finished: &Finished,
    console: &Console,
) -> Result<bool, Failure> {
    let reading = &options.reading;
    let region = reading.region.first().map(String::as_str);
    let asked = options.aws.then(|| analyzer(reading.profile.as_deref(), region)).transpose()?;
    let look = |(index, text): (usize, &String)| {
        let name = format!("policy {}", index + 1);
        judge::validate(&name, text, PolicyType::Identity, asked.as_ref())
    };
    let all = finished.as_json();
    let all = all.iter().enumerate().map(look).collect::<Result<Vec<_>, _>>()?;
    console.print(&validated::plain(&all));
    Ok(all.iter().any(Validated::fails))
}
