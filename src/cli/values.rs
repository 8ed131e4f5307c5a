//! Values of options, and how they are read.

use std::net::{IpAddr, SocketAddr};

use clap::ValueEnum;

/// What calls are heard through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Client-side monitoring: what SDKs report on their own
    Csm,
    /// The proxy: the requests themselves
    Proxy,
    /// Both; a call that is seen both ways counts once
    Both,
}

impl Mode {
    /// Whether client-side monitoring is heard.
    pub(crate) fn has_csm(self) -> bool {
        matches!(self, Mode::Csm | Mode::Both)
    }

    /// Whether the proxy runs.
    pub(crate) fn has_proxy(self) -> bool {
        matches!(self, Mode::Proxy | Mode::Both)
    }
}

/// In which format a policy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// IAM's JSON
    Json,
    /// Terraform: a data source aws_iam_policy_document
    Hcl,
    /// A CloudFormation template (YAML) with an AWS::IAM::ManagedPolicy
    #[value(name = "cloudformation")]
    CloudFormation,
    /// TypeScript for the AWS CDK: a list of iam.PolicyStatement
    Cdk,
    /// A summary for a pull request
    Markdown,
}

/// What stands in the policy for what the next run will not have again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Generated {
    /// Their type in their account and region, held by their tags, and by the VPC that they are in
    #[default]
    Hold,
    /// Their type in their account and region
    Type,
    /// What was recorded: the policy fits this run alone
    Exact,
}

/// How resources are generalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resources {
    /// Never, however many there are; memory grows with them
    Exact,
    /// More than two of a type: to the prefix that they have in common, else to the type
    Grouped,
    /// All: to their type in their account and region; objects to all of their bucket
    Account,
    /// All: to *
    Wildcard,
}

/// Where a policy is to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fit {
    /// Managed policies of at most 6,144 characters, as few as it takes
    Managed,
    /// The inline policy of a role: 10,240 characters
    InlineRole,
    /// The inline policy of a user: 2,048 characters
    InlineUser,
    /// The inline policy of a group: 5,120 characters
    InlineGroup,
}

/// Which of the actions that a call may need go into the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Possible {
    /// The common ones: passing a role, tags
    Common,
    /// All that AWS lists for the operation
    Include,
    /// None: only what the call needs in any case
    Omit,
}

/// Whether it is said what the policy cannot do yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Hints {
    /// Say it, where the calls show it
    On,
    /// Do not say it
    Off,
}

/// When messages have colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that takes them, unless NO_COLOR is set
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

pub(crate) fn account_id(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account id has 12 digits, such as 111122223333".to_owned())
    }
}

/// The name of a region.
pub(crate) fn region(text: &str) -> Result<String, String> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (3..=32).contains(&text.len()) && text.bytes().all(is_letter) && text.contains('-') {
        Ok(text.to_owned())
    } else {
        Err("give a region such as eu-west-1".to_owned())
    }
}

/// How much of memory is used, in MiB: at most a TiB.
pub(crate) fn mebibytes(text: &str) -> Result<u32, String> {
    const MOST: u32 = 1 << 20;
    text.parse()
        .ok()
        .filter(|it| *it <= MOST)
        .ok_or_else(|| format!("give a number of MiB from 0 to {MOST}, such as 4"))
}

/// An IP address, or `localhost`, which needs no resolver.
pub(crate) fn host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| "give an IP address, such as 127.0.0.1 or ::1".to_owned())
}

/// As [`bind_addr`], of this machine alone.
pub(crate) fn own_addr(text: &str) -> Result<SocketAddr, String> {
    let address = bind_addr(text)?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err("only this machine may see the page; give a loopback address, such as 127.0.0.1:8080"
        .to_owned())
}

/// `ADDRESS:PORT`, the address as [`host`] takes it.
pub(crate) fn bind_addr(text: &str) -> Result<SocketAddr, String> {
    let parsed = text.rsplit_once(':').and_then(|(address, port)| {
        // `::1` without brackets is an address and no port.
        let address = host(address).ok().filter(|it| it.is_ipv4() || address.starts_with('['))?;
        Some(SocketAddr::new(address, port.parse().ok()?))
    });
    parsed.ok_or_else(|| "give an IP address and a port, such as 127.0.0.1:10080".to_owned())
}
