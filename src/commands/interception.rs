//! The options of the proxy, checked: what it intercepts, and how it reaches upstreams.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::capture::proxy::authority::{Authority, LIFETIME_IN_MEMORY, Opened, Store};
use crate::capture::proxy::{
    Config, Hosts, Line, Roots, StandIn, UpstreamProxy, read_certificates, users_proxy,
};
use crate::cli;
use crate::clients::environment::user_no_proxy;
use crate::clients::stand_ins::endpoints;
use crate::clients::trust::Intercepted;
use crate::failure::Failure;
use crate::live::hosts;
use crate::output::data_directory;

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

/// A configuration with an authority that lives as long as we do. (One that is kept vouches for what it was made for, which is not
/// LocalStack's names.)
///
/// # Errors
///
/// When an option is not what it should be.
pub(super) fn in_memory(options: &cli::Proxy) -> Result<Config, Failure> {
    let hosts = match options.upstream {
        Some(_) => hosts::of_stand_in(&options.intercept)?,
        None => hosts::of_aws(&options.intercept)?,
    };
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
    let hosts = hosts::of_aws(&options.intercept)?;
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
