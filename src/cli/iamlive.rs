//! The options of `leastwise listen` that are there for those who know iamlive; `docs/from-iamlive.md` has all of them.

use std::path::PathBuf;

use clap::Args;

/// The options that `listen` has for those who come from iamlive.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "As iamlive has them")]
pub(crate) struct Iamlive {
    /// Direct programs here through AWS's configuration file (~/.aws/config, AWS_CONFIG_FILE) while listening
    #[arg(long)]
    pub set_ini: bool,

    /// The profile that --set-ini edits
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub profile: String,

    /// Show changes to the policy at most every this many seconds; 0: at once
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub refresh_rate: u32,

    /// Listen in the background: print the process id and return once it listens
    #[arg(long)]
    pub background: bool,

    /// Give every statement the resource *
    #[arg(long)]
    pub force_wildcard_resource: bool,

    /// Keep the certificate authority's certificate in this file [default: see `leastwise ca`]
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    pub ca_bundle: Option<PathBuf>,

    /// Keep the certificate authority's key, and its certificate with it, in this file
    #[arg(long, value_name = "FILE", requires = "ca_bundle")]
    pub ca_key: Option<PathBuf>,

    /// Send calls to AWS to this host instead, over TLS: --upstream https://HOST
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with = "upstream")]
    pub aws_redirect_host: Option<String>,

    /// Correct what calls need with this rules file: --rules FILE
    #[arg(long, value_name = "FILE", conflicts_with = "rules")]
    pub override_aws_map: Option<PathBuf>,

    /// Print each request that the proxy records, without secrets or bodies
    #[arg(long)]
    pub debug: bool,

    /// The cloud whose calls are recorded; only AWS is supported
    #[arg(long, value_name = "NAME", default_value = "aws", hide = true)]
    pub provider: String,

    /// iamlive profiles itself with it.
    #[arg(long, value_name = "FILE", hide = true)]
    pub cpu_profile: Option<PathBuf>,

    /// iamlive reads Google Cloud's documents with it.
    #[arg(long, value_name = "NUMBER", hide = true)]
    pub gcp_discovery_parallel: Option<String>,

    /// An older iamlive recognised AWS by it.
    #[arg(long, value_name = "REGEX", hide = true)]
    pub proxy_endpoint_pattern: Option<String>,

    /// We are the process in the background.
    #[arg(long, hide = true)]
    pub detached: bool,
}
