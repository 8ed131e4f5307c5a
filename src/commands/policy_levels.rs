//! The files of policies of all kinds, read for whoever asks all of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::{PolicyLevels, ResourcePolicyFile};
use crate::commands::failure::Failure;
use crate::commands::gate::{PolicyFile, once};
use crate::evaluate::document::{Document, Shape};
use crate::evaluate::levels::{Attached, Policies, Policy};

/// Reads policies: those of the identity, and those of all other kinds.
///
/// # Errors
///
/// When a file cannot be read, or is no policy of its kind; the error says the option, and the level.
pub(super) fn read(identity: &[PathBuf], options: &PolicyLevels) -> Result<Policies, Failure> {
    once(&named(identity, options), &[])?;
    let one = |path: &PathBuf, shape, option: &str| policy(path, shape).map_err(of(option));
    let several = |paths: &[PathBuf], option: &str| -> Result<Vec<Policy>, Failure> {
        paths.iter().map(|path| one(path, Shape::Identity, option)).collect()
    };
    let boundary = options.boundary.as_ref();
    let endpoint = options.endpoint_policy.as_ref();
    Ok(Policies {
        identity: identity
            .iter()
            .map(|path| policy(path, Shape::Identity))
            .collect::<Result<_, _>>()?,
        boundary: boundary.map(|path| one(path, Shape::Identity, "--boundary")).transpose()?,
        session: several(&options.session_policy, "--session-policy")?,
        service_control: levels(
            options.scp.iter().map(|it| &*it.0),
            Shape::ServiceControl,
            "--scp",
        )?,
        resource_control: levels(
            options.rcp.iter().map(|it| &*it.0),
            Shape::ResourceControl,
            "--rcp",
        )?,
        endpoint: endpoint
            .map(|path| one(path, Shape::Endpoint, "--endpoint-policy"))
            .transpose()?,
        resource: options
            .resource_policy
            .iter()
            .map(|file| attached(file).map_err(of("--resource-policy")))
            .collect::<Result<_, _>>()?,
        management_account: options.management_account.clone(),
        ..Policies::default()
    })
}

/// All files and directories that are named.
pub(super) fn named(identity: &[PathBuf], options: &PolicyLevels) -> Vec<PathBuf> {
    let PolicyLevels {
        boundary, session_policy, scp, rcp, endpoint_policy, resource_policy, ..
    } = options;
    let mut named = identity.to_vec();
    named.extend(boundary.clone());
    named.extend(session_policy.iter().cloned());
    named.extend(scp.iter().chain(rcp).flat_map(|level| level.0.iter().cloned()));
    named.extend(endpoint_policy.clone());
    named.extend(resource_policy.iter().map(|file| file.path.clone()));
    named
}

/// What an error is about.
fn of(what: &str) -> impl Fn(Failure) -> Failure + use<> {
    let what = what.to_owned();
    move |failure| Failure::OfLevel { what: what.clone(), failure: Box::new(failure) }
}

fn levels<'a>(
    levels: impl Iterator<Item = &'a [PathBuf]>,
    shape: Shape,
    option: &str,
) -> Result<Vec<Vec<Policy>>, Failure> {
    let mut read = Vec::new();
    for (paths, number) in levels.zip(1..) {
        let of_level = of(&format!("{option}, level {number}"));
        let mut policies = Vec::new();
        for path in paths {
            for file in files(path).map_err(&of_level)? {
                policies.push(policy(&file, shape).map_err(&of_level)?);
            }
        }
        read.push(policies);
    }
    Ok(read)
}

/// What holds for who has no file in a directory: nothing allows it anything.
///
/// # Errors
///
/// As [`read`].
pub(super) fn of_nobody(folder: &Path, options: &PolicyLevels) -> Result<Policies, Failure> {
    let mut policies = read(&[], options)?;
    let shown = folder.display().to_string();
    let document = Document::parse(r#"{"Version":"2012-10-17","Statement":[]}"#)
        .map_err(|error| Failure::Policy { path: shown.clone(), error })?;
    policies.identity = vec![Policy { name: Arc::from(shown), document }];
    Ok(policies)
}

/// The file, or the `.json` files of the directory, by their names.
///
/// # Errors
///
/// When the directory cannot be read, or has none.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let shown = || path.display().to_string();
    let unread = |error| Failure::ReadPolicy { path: shown(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unread)? {
        let file = entry.map_err(unread)?.path();
        if file.extension().is_some_and(|extension| extension == "json") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Failure::NoPolicies(shown()));
    }
    files.sort();
    Ok(files)
}

fn policy(path: &Path, shape: Shape) -> Result<Policy, Failure> {
    let PolicyFile { path, document } = PolicyFile::read_as(path, shape)?;
    Ok(Policy { name: Arc::from(path.display().to_string()), document })
}

fn attached(file: &ResourcePolicyFile) -> Result<Attached, Failure> {
    let policy = policy(&file.path, Shape::Resource)?;
    if file.to.is_none()
        && let Some(nameless) = policy.document.statements.iter().find(|it| !it.names_resources)
    {
        let path = policy.name.to_string();
        return Err(Failure::NamesNoResource { path, place: nameless.place });
    }
    Ok(Attached { policy, to: file.to.clone() })
}
