//! What iamlive calls otherwise, or has and Leastwise has not.

use std::path::{Path, PathBuf};

use crate::cli::{Iamlive, Listen};
use crate::failure::Failure;
use crate::report::documents::document;
use crate::text::Foreign;

/// Refuses what there is not here, and says what there is instead.
pub(crate) fn check(options: &Iamlive) -> Result<(), Failure> {
    let refuse = |sentence: String| Err(Failure::Iamlive(sentence));
    if options.provider != "aws" {
        return refuse(format!(
            "--provider {}: Leastwise records only calls to AWS; iamlive has previews of Azure and Google Cloud",
            Foreign(&options.provider)
        ));
    }
    if options.cpu_profile.is_some() {
        return refuse(
            "--cpu-profile: Leastwise has no profiler; use one of the system's, such as perf"
                .to_owned(),
        );
    }
    if options.gcp_discovery_parallel.is_some() {
        return refuse(
            "--gcp-discovery-parallel: Leastwise records only calls to AWS; leave it out"
                .to_owned(),
        );
    }
    if options.proxy_endpoint_pattern.is_some() {
        return refuse(
            "--proxy-endpoint-pattern: AWS's hosts in every partition are recorded automatically; add others with --intercept HOST"
                .to_owned(),
        );
    }
    Ok(())
}

/// The rules of `--override-aws-map`, or of `--rules`, which it is.
pub(crate) fn rules(options: &Listen) -> (&'static str, &[PathBuf]) {
    match &options.iamlive.override_aws_map {
        Some(path) => ("--override-aws-map", std::slice::from_ref(path)),
        None => ("--rules", &options.shared.rules.rules),
    }
}

/// `--aws-redirect-host HOST` in the words of `--upstream`.
pub(crate) fn upstream(host: &str) -> String {
    if host.contains("://") { host.to_owned() } else { format!("https://{host}") }
}

/// The files of the certificate authority, where they were named.
pub(crate) fn authority_files(options: &Iamlive) -> Option<(PathBuf, PathBuf)> {
    let at_home = |path: &Path| expand(path, std::env::home_dir());
    Some((at_home(options.ca_bundle.as_deref()?), at_home(options.ca_key.as_deref()?)))
}

/// `--ca-key=~/key` reaches us with its tilde.
fn expand(path: &Path, home: Option<PathBuf>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Settings of iamlive's that are not read, so that nobody waits for their effect in vain.
pub(crate) fn unread_settings(options: &Listen) -> Option<String> {
    let file = std::env::home_dir()?.join(".iamlive").join("config");
    (options.as_iamlive && file.exists()).then(|| {
        format!(
            "{} is not read; put its settings into your own leastwise.toml (`leastwise config` shows where); for settings that have another name here, see {}",
            file.display(),
            document("docs/from-iamlive.md")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home() {
        assert_eq!(expand(Path::new("~/a"), Some("/h".into())), Path::new("/h/a"));
        assert_eq!(expand(Path::new("/a"), Some("/h".into())), Path::new("/a"));
    }
}
