//! The options of the proxy, checked: what it intercepts, and how it reaches upstreams.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};

use crate::capture::proxy::authority::{Authority, LIFETIME_IN_MEMORY, Opened, Store};
use crate::capture::proxy::{
    Config, Hosts, Line, Roots, StandIn, UpstreamProxy, read_certificates,
};
use crate::catalog::Catalog;
use crate::cli;
use crate::clients::environment::user_no_proxy;
use crate::clients::trust::Intercepted;
use crate::commands::failure::Failure;
use crate::output::data_directory;

/// Domains of AWS's outside those of the partitions: services' own, and the sign-in of its command line.
const FURTHER_SUFFIXES: [&str; 3] = ["on.aws", "signin.aws", "signin.aws.amazon.com"];

/// So long a stand-in may take to answer before that is said.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the proxy intercepts, as clients are told.
pub(super) fn intercepted(authority: &Authority, hosts: &Hosts) -> Intercepted {
    Intercepted {
        certificate: authority.certificate_pem(),
        suffixes: hosts.suffixes().to_vec(),
        names: hosts.named().to_vec(),
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

/// A configuration with an authority that lives as long as we do.
///
/// # Errors
///
/// When an option is not what it should be.
pub(super) fn in_memory(options: &cli::Proxy) -> Result<Config, Failure> {
    let hosts = hosts(&options.intercept)?;
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
    config.upstream_proxy =
        upstream_proxy(options.upstream_proxy.as_deref(), |name| std::env::var_os(name))?;
    Ok(config)
}

/// The way to the stand-in, if there is one, as the proxy goes.
pub(super) fn line(config: &Config) -> Option<Line> {
    let Config { stand_in, roots, upstream_proxy, limits, .. } = config;
    let stand_in = stand_in.clone()?;
    Some(Line::new(stand_in, roots.clone(), upstream_proxy.clone(), limits.connect))
}

/// The hosts of the stand-ins that the environment names to SDKs: `AWS_ENDPOINT_URL`, and with a service's name behind it
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
fn endpoints(environment: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    let named = environment.filter_map(|(name, value)| {
        let name = name.to_str()?.strip_prefix("AWS_ENDPOINT_URL")?;
        let is_one = name.is_empty() || name.starts_with('_');
        host_of_url(value.to_str().filter(|_| is_one)?)
    });
    named.collect()
}

/// The host of a URL, in lower case.
fn host_of_url(url: &str) -> Option<String> {
    let (_, rest) = url.trim().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => authority.split(':').next()?,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// The user's own proxy, from `--upstream-proxy` or from the environment.
///
/// # Errors
///
/// When it is not a proxy's URL.
pub(super) fn upstream_proxy(
    option: Option<&str>,
    outer: impl Fn(&str) -> Option<OsString>,
) -> Result<UpstreamProxy, Failure> {
    let except = user_no_proxy(&outer);
    if let Some(url) = option {
        return Ok(UpstreamProxy::new(Some(url), Some(url), &except)?);
    }
    let text = |name: &str| {
        let value = outer(name).filter(|it| !it.is_empty());
        value.map(|it| it.to_string_lossy().into_owned())
    };
    let one_of =
        |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, text(name)?)));
    // Of proxies for everything there are some that speak SOCKS; programs that do not speak it pass them over.
    let all = || one_of(["all_proxy", "ALL_PROXY"]).filter(|(_, url)| !url.starts_with("socks"));
    let https = one_of(["https_proxy", "HTTPS_PROXY"]).or_else(all);
    let http = one_of(["http_proxy", "HTTP_PROXY"]).or_else(all);
    for (name, url) in [&https, &http].into_iter().flatten() {
        UpstreamProxy::new(Some(url), None, "")
            .map_err(|reason| Failure::EnvironmentProxy { name, reason })?;
    }
    let [https, http] = [&https, &http].map(|it| it.as_ref().map(|(_, url)| url.as_str()));
    Ok(UpstreamProxy::new(https, http, &except)?)
}

/// What is to be said when the stand-in does not answer yet. That it listens is all that is asked; behind the user's own
/// proxy nobody can tell.
pub(super) fn silent_stand_in(config: &Config) -> Option<String> {
    let stand_in = config.stand_in.clone()?;
    if stand_in.is_behind(&config.upstream_proxy) {
        return None;
    }
    let (told, answer) = mpsc::channel();
    let asked = stand_in.clone();
    // Looking up a name has no time limit of its own.
    let thread = std::thread::Builder::new().name("stand-in".to_owned());
    let started = thread.spawn(move || {
        let addresses = asked.address().to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let mut result = addresses.as_ref().map(|_| ()).map_err(ToString::to_string);
        for address in addresses.into_iter().flatten() {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(_) => return drop(told.send(Ok(()))),
                Err(error) => result = Err(error.to_string()),
            }
        }
        drop(told.send(result));
    });
    started.ok()?;
    let why = match answer.recv_timeout(PATIENCE) {
        Ok(Ok(())) => return None,
        Ok(Err(error)) => error,
        Err(_) => "no answer in time".to_owned(),
    };
    Some(format!(
        "--upstream: nothing answers on {stand_in} yet ({why}); calls to AWS will fail until the stand-in is started there"
    ))
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
        for host in ["aws.amazon.com", "console.aws.amazon.com", "example.com", "a.storage.example"]
        {
            assert!(!hosts.contains(host), "{host}");
        }
    }

    #[test]
    fn the_users_proxy_is_found_and_named_when_it_is_wrong() {
        let outer = |pairs: &'static [(&str, &str)]| {
            move |name: &str| {
                pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| OsString::from(value))
            }
        };
        let shown = |pairs| format!("{:?}", upstream_proxy(None, outer(pairs)).unwrap());
        assert!(
            shown(&[("HTTPS_PROXY", "http://one:1"), ("https_proxy", "http://two:2")])
                .contains("two:2")
        );
        assert!(shown(&[("ALL_PROXY", "http://one:1")]).contains("one:1"));
        assert!(!shown(&[("ALL_PROXY", "socks5://one:1")]).contains("one:1"));
        let Err(error) = upstream_proxy(None, outer(&[("HTTPS_PROXY", "socks5://u:secret@one:1")]))
        else {
            panic!("that is no HTTP proxy")
        };
        let error = error.to_string();
        assert!(error.starts_with("HTTPS_PROXY: ") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn stand_ins_are_named_by_the_environment() {
        let named = |pairs: &[(&str, &str)]| {
            endpoints(pairs.iter().map(|(name, value)| (name.into(), value.into())))
        };
        let found = named(&[
            ("AWS_ENDPOINT_URL", "http://LocalStack:4566"),
            ("AWS_ENDPOINT_URL_S3", " https://u:p@minio.example.:9000/path?x "),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://[fd00::1]:8000"),
            ("AWS_ENDPOINT_URLS", "http://other"),
            ("AWS_ENDPOINT", "http://other"),
            ("AWS_ENDPOINT_URL_SQS", "not a url"),
            ("AWS_ENDPOINT_URL_SNS", "http://"),
        ]);
        assert_eq!(found, ["localstack", "minio.example", "fd00::1"]);
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
