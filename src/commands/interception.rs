//! The options of the proxy, checked: what it intercepts, and how it reaches upstreams.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::capture::proxy::authority::{Authority, LIFETIME_IN_MEMORY, Opened, Store};
use crate::capture::proxy::{
    Config, Hosts, Line, Roots, StandIn, UpstreamProxy, read_certificates, users_proxy,
};
use crate::catalog::Catalog;
use crate::cli;
use crate::clients::environment::user_no_proxy;
use crate::clients::stand_ins::endpoints;
use crate::clients::trust::Intercepted;
use crate::failure::Failure;
use crate::output::data_directory;

/// Domains of AWS's outside those of the partitions: services' own, and the sign-in of its command line.
const FURTHER_SUFFIXES: [&str; 3] = ["on.aws", "signin.aws", "signin.aws.amazon.com"];

/// Below it are the names that LocalStack's clients have for it; they lead to the machine itself, and where there is a stand-in to that
/// (<https://docs.localstack.cloud/aws/capabilities/networking/accessing-endpoint-url/>).
const LOCALSTACK: &str = "localhost.localstack.cloud";

/// What the proxy intercepts, as clients are told.
pub(super) fn intercepted(
    authority: &Authority,
    hosts: &Hosts,
    options: &cli::Proxy,
) -> Intercepted {
    Intercepted {
        certificate: authority.certificate_pem(),
        suffixes: hosts.suffixes().to_vec(),
        names: hosts.named().to_vec(),
        java: !options.no_java,
    }
}

/// An authority that is kept in a directory.
pub(super) struct Kept {
    /// What keeps it.
    pub store: Store,
    /// Where.
    pub directory: PathBuf,
    /// Whether it was there.
    pub opened: Opened,
}

/// What is recorded: AWS's hosts, and those that the user names.
///
/// # Errors
///
/// When one that the user names is no host.
pub(super) fn hosts(named: &[String]) -> Result<Hosts, Failure> {
    let partitions = Catalog::embedded().partitions();
    let suffixes = partitions.flat_map(|it| [it.dns_suffix(), it.dual_stack_dns_suffix()]);
    let suffixes = suffixes.filter(|suffix| !suffix.is_empty()).chain(FURTHER_SUFFIXES);
    Ok(Hosts::new(suffixes, named)?)
}

/// A configuration with an authority that lives as long as we do. (One that is kept vouches for what it was made for, which is not
/// LocalStack's names.)
///
/// # Errors
///
/// When an option is not what it should be.
pub(super) fn in_memory(options: &cli::Proxy) -> Result<Config, Failure> {
    let mut hosts = hosts(&options.intercept)?;
    if options.upstream.is_some() {
        hosts = hosts.with_http_below(LOCALSTACK)?;
    }
    let authority = Authority::generate(&hosts, SystemTime::now(), LIFETIME_IN_MEMORY)?;
    config(options, hosts, authority)
}

/// A configuration with the authority that is kept in the user's data directory, or in files that were named:
/// the certificate's and the key's.
///
/// # Errors
///
/// When an option is not what it should be, or the authority cannot be kept.
pub(super) fn stored(
    options: &cli::Proxy,
    files: Option<(PathBuf, PathBuf)>,
) -> Result<(Config, Kept), Failure> {
    let hosts = hosts(&options.intercept)?;
    let directory = data_directory::ours()?;
    let store = match files {
        Some((certificate, key)) => Store::at(certificate, key),
        None => Store::new(&directory),
    };
    let (authority, opened) = store.open(&hosts, SystemTime::now())?;
    let config = config(options, hosts, authority)?;
    Ok((config, Kept { store, directory, opened }))
}

fn config(options: &cli::Proxy, hosts: Hosts, authority: Authority) -> Result<Config, Failure> {
    let mut config = Config::new(hosts, Arc::new(authority));
    if let Some(url) = &options.upstream {
        config.stand_in = Some(url.parse::<StandIn>()?);
    }
    if let Some(file) = &options.upstream_ca {
        config.roots = Roots { extra: read_certificates(file)?, ..Roots::default() };
    }
    config.endpoints = endpoints(std::env::vars_os());
    config.upstream_proxy = upstream_proxy(options.upstream_proxy.as_deref())?;
    Ok(config)
}

/// The way to the stand-in, if there is one, as the proxy goes.
pub(super) fn line(config: &Config) -> Option<Line> {
    let Config { stand_in, roots, upstream_proxy, limits, .. } = config;
    let stand_in = stand_in.clone()?;
    Some(Line::new(stand_in, roots.clone(), upstream_proxy.clone(), limits.connect))
}

/// The user's own proxy, from `--upstream-proxy` or from the environment.
///
/// # Errors
///
/// When it is not a proxy's URL.
pub(super) fn upstream_proxy(option: Option<&str>) -> Result<UpstreamProxy, Failure> {
    let outer = |name: &str| std::env::var_os(name);
    Ok(users_proxy(option, &user_no_proxy(outer), outer)?)
}

/// Whether the proxy may be bound to this address.
///
/// # Errors
///
/// When other machines could use it, and the user has not permitted that.
pub(super) fn permitted(address: SocketAddr, allow_remote: bool) -> Result<(), Failure> {
    if is_this_machines(address.ip()) || allow_remote {
        return Ok(());
    }
    Err(Failure::Remote(address))
}

/// Whether reports of calls may be heard at this address.
///
/// # Errors
///
/// When other machines could send some, and the user has not permitted that.
pub(super) fn permitted_reports(address: IpAddr, allow_remote: bool) -> Result<(), Failure> {
    if is_this_machines(address) || allow_remote {
        return Ok(());
    }
    Err(Failure::RemoteReports(address))
}

/// Whether an address is one that no other machine reaches.
pub(super) fn is_this_machines(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_is_covered_in_every_partition() {
        let hosts = hosts(&["Storage.example".to_owned()]).unwrap();
        for host in [
            "s3.amazonaws.com",
            "b.s3.eu-west-1.amazonaws.com",
            "ec2.cn-north-1.amazonaws.com.cn",
            "s3.dualstack.eu-west-1.api.aws",
            "sqs.us-iso-east-1.c2s.ic.gov",
            "abc.lambda-url.eu-west-1.on.aws",
            "storage.example",
        ] {
            assert!(hosts.contains(host), "{host}");
        }
        for host in [
            "aws.amazon.com",
            "console.aws.amazon.com",
            "example.com",
            "a.storage.example",
            "s3.localhost.localstack.cloud",
        ] {
            assert!(!hosts.contains(host), "{host}");
        }
        let options =
            cli::Proxy { upstream: Some("http://127.0.0.1:4566".to_owned()), ..Default::default() };
        assert!(in_memory(&options).unwrap().hosts.contains("b.s3.localhost.localstack.cloud"));
    }

    #[test]
    fn other_machines_are_let_in_only_when_asked_for() {
        let all: SocketAddr = "0.0.0.0:10080".parse().unwrap();
        assert!(permitted(all, false).is_err());
        assert!(permitted(all, true).is_ok());
        assert!(permitted("[::1]:0".parse().unwrap(), false).is_ok());
        for (address, is_ours) in
            [("127.0.0.1", true), ("::ffff:127.0.0.1", true), ("::", false), ("192.0.2.1", false)]
        {
            let address = address.parse().unwrap();
            assert_eq!(permitted_reports(address, false).is_ok(), is_ours, "{address}");
            assert!(permitted_reports(address, true).is_ok());
        }
    }
}
