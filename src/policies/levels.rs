//! Policies of all kinds, for whoever asks all of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::evaluate::document::{Document, Shape};
use crate::evaluate::levels::{Attached, Policies, Policy};
use crate::policies::error::PoliciesError;
use crate::policies::file::{PolicyFile, once};

/// The files of policies beside those of the identity.
#[derive(Debug, Clone, Default)]
pub struct LevelFiles {
    /// The boundary.
    pub boundary: Option<PathBuf>,
    /// Those of the session.
    pub session: Vec<PathBuf>,
    /// Service control policies, level by level: files and directories.
    pub service_control: Vec<Vec<PathBuf>>,
    /// Resource control policies, the same.
    pub resource_control: Vec<Vec<PathBuf>>,
    /// That of the VPC endpoint.
    pub endpoint: Option<PathBuf>,
    /// Those of resources, each with the resource's ARN where that was given.
    pub resource: Vec<(PathBuf, Option<String>)>,
    /// The organisation's management account.
    pub management_account: Option<String>,
}

/// Reads policies: those of the identity, and those of all other kinds.
///
/// # Errors
///
/// When a file cannot be read, or is no policy of its kind; the error says the option, and the level.
pub fn read(identity: &[PathBuf], options: &LevelFiles) -> Result<Policies, PoliciesError> {
    once(&named(identity, options), &[])?;
    let one = |path: &PathBuf, shape, option: &str| policy(path, shape).map_err(of(option));
    let several = |paths: &[PathBuf], option: &str| -> Result<Vec<Policy>, PoliciesError> {
        paths.iter().map(|path| one(path, Shape::Identity, option)).collect()
    };
    let boundary = options.boundary.as_ref();
    let endpoint = options.endpoint.as_ref();
    Ok(Policies {
        identity: identity
            .iter()
            .map(|path| policy(path, Shape::Identity))
            .collect::<Result<_, _>>()?,
        boundary: boundary.map(|path| one(path, Shape::Identity, "--boundary")).transpose()?,
        session: several(&options.session, "--session-policy")?,
        service_control: levels(
            options.service_control.iter().map(|it| &**it),
            Shape::ServiceControl,
            "--scp",
        )?,
        resource_control: levels(
            options.resource_control.iter().map(|it| &**it),
            Shape::ResourceControl,
            "--rcp",
        )?,
        endpoint: endpoint
            .map(|path| one(path, Shape::Endpoint, "--endpoint-policy"))
            .transpose()?,
        resource: options
            .resource
            .iter()
            .map(|(path, to)| attached(path, to.as_deref()).map_err(of("--resource-policy")))
            .collect::<Result<_, _>>()?,
        management_account: options.management_account.clone(),
        ..Policies::default()
    })
}

/// All files and directories that are named.
pub fn named(identity: &[PathBuf], options: &LevelFiles) -> Vec<PathBuf> {
    let LevelFiles { boundary, session, endpoint, resource, .. } = options;
    let mut named = identity.to_vec();
    named.extend(boundary.clone());
    named.extend(session.iter().cloned());
    let levels = options.service_control.iter().chain(&options.resource_control);
    named.extend(levels.flatten().cloned());
    named.extend(endpoint.clone());
    named.extend(resource.iter().map(|(path, _)| path.clone()));
    named
}

/// What an error is about.
fn of(what: &str) -> impl Fn(PoliciesError) -> PoliciesError + use<> {
    let what = what.to_owned();
    move |error| PoliciesError::OfLevel { what: what.clone(), error: Box::new(error) }
}

fn levels<'a>(
    levels: impl Iterator<Item = &'a [PathBuf]>,
    shape: Shape,
    option: &str,
) -> Result<Vec<Vec<Policy>>, PoliciesError> {
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
pub fn of_nobody(folder: &Path, options: &LevelFiles) -> Result<Policies, PoliciesError> {
    let mut policies = read(&[], options)?;
    let shown = folder.display().to_string();
    let document = Document::parse(r#"{"Version":"2012-10-17","Statement":[]}"#)
        .map_err(|error| PoliciesError::Invalid { path: shown.clone(), error })?;
    policies.identity = vec![Policy { name: Arc::from(shown), document }];
    Ok(policies)
}

/// The file, or the `.json` files of the directory, by their names.
///
/// # Errors
///
/// When the directory cannot be read, or has none.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, PoliciesError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let shown = || path.display().to_string();
    let unread = |error| PoliciesError::Read { path: shown(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unread)? {
        let file = entry.map_err(unread)?.path();
        if file.extension().is_some_and(|extension| extension == "json") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(PoliciesError::NoPolicies(shown()));
    }
    files.sort();
    Ok(files)
}

fn policy(path: &Path, shape: Shape) -> Result<Policy, PoliciesError> {
    let PolicyFile { path, document } = PolicyFile::read_as(path, shape)?;
    Ok(Policy { name: Arc::from(path.display().to_string()), document })
}

fn attached(path: &Path, to: Option<&str>) -> Result<Attached, PoliciesError> {
    let policy = policy(path, Shape::Resource)?;
    if to.is_none()
        && let Some(nameless) = policy.document.statements.iter().find(|it| !it.names_resources)
    {
        let path = policy.name.to_string();
        return Err(PoliciesError::NamesNoResource { path, place: nameless.place });
    }
    Ok(Attached { policy, to: to.map(str::to_owned) })
}
