//! The user's own proxy, through which upstreams are reached.

use std::ffi::OsString;

use crate::capture::proxy::upstream::{InvalidProxyUrl, UpstreamProxy};

/// Why the user's own proxy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidUsersProxy {
    /// The option's is not a proxy's URL.
    #[error(transparent)]
    OfOption(#[from] InvalidProxyUrl),
    /// The environment's is not.
    #[error("{name}: {reason}")]
    OfEnvironment {
        /// The variable.
        name: &'static str,
        /// What is wrong.
        reason: InvalidProxyUrl,
    },
}

/// The user's own proxy, from `--upstream-proxy` or from the environment; `except` are the hosts that are reached without it.
///
/// # Errors
///
/// When it is not a proxy's URL.
pub fn users_proxy(
    option: Option<&str>,
    except: &str,
    outer: impl Fn(&str) -> Option<OsString>,
) -> Result<UpstreamProxy, InvalidUsersProxy> {
    if let Some(url) = option {
        return Ok(UpstreamProxy::new(Some(url), Some(url), except)?);
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
            .map_err(|reason| InvalidUsersProxy::OfEnvironment { name, reason })?;
    }
    let [https, http] = [&https, &http].map(|it| it.as_ref().map(|(_, url)| url.as_str()));
    Ok(UpstreamProxy::new(https, http, except)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_proxy_is_found_and_named_when_it_is_wrong() {
        let outer = |pairs: &'static [(&str, &str)]| {
            move |name: &str| {
                pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| OsString::from(value))
            }
        };
        let shown = |pairs| format!("{:?}", users_proxy(None, "", outer(pairs)).unwrap());
        assert!(
            shown(&[("HTTPS_PROXY", "http://one:1"), ("https_proxy", "http://two:2")])
                .contains("two:2")
        );
        assert!(shown(&[("ALL_PROXY", "http://one:1")]).contains("one:1"));
        assert!(!shown(&[("ALL_PROXY", "socks5://one:1")]).contains("one:1"));
        let Err(error) =
            users_proxy(None, "", outer(&[("HTTPS_PROXY", "socks5://u:secret@one:1")]))
        else {
            panic!("that is no HTTP proxy")
        };
        let error = error.to_string();
        assert!(error.starts_with("HTTPS_PROXY: ") && !error.contains("secret"), "{error}");
    }
}
