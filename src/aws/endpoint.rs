//! Whom requests go to: scheme, host and port, and a path before that of each request.

use http::Uri;

/// A service's address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    is_tls: bool,
    /// The host and, where it is not the scheme's own, the port: what stands in `Host`.
    authority: String,
    /// What stands before each request's path; without a `/` at its end.
    path: String,
}

/// Why a URL is no service's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no http:// or https:// URL of a host, perhaps with a port and a path")]
pub struct InvalidEndpoint;

impl Endpoint {
    /// A host of AWS's.
    pub(super) fn of_host(host: &str) -> Endpoint {
        Endpoint { is_tls: true, authority: host.to_owned(), path: String::new() }
    }

    /// The address that a URL names.
    ///
    /// # Errors
    ///
    /// When it is another URL than that of a server, or has a user.
    pub fn of_url(url: &str) -> Result<Endpoint, InvalidEndpoint> {
        let uri: Uri = url.parse().map_err(|_| InvalidEndpoint)?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(InvalidEndpoint),
        };
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        if authority.is_empty() || authority.contains('@') || uri.query().is_some() {
            return Err(InvalidEndpoint);
        }
        let port = if is_tls { ":443" } else { ":80" };
        let authority = authority.strip_suffix(port).unwrap_or(&authority).to_ascii_lowercase();
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Endpoint { is_tls, authority, path })
    }

    /// `https://HOST[:PORT]`.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.authority)
    }

    /// `HOST[:PORT]`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The path of a request for this one.
    pub(super) fn path_to(&self, path: &str) -> String {
        format!("{}{path}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_of_a_server() {
        let local = Endpoint::of_url("http://127.0.0.1:5000/").unwrap();
        assert_eq!(local.origin(), "http://127.0.0.1:5000");
        assert_eq!(local.path_to("/b?x"), "/b?x");
        let named = Endpoint::of_url("https://Store.example:443/s3/").unwrap();
        assert_eq!(
            (named.origin().as_str(), named.path_to("/b")),
            ("https://store.example", "/s3/b".into())
        );
        for bad in ["", "a", "a:1", "ftp://a", "http://", "http://u:p@a", "https://a/?b", "/a"] {
            assert_eq!(Endpoint::of_url(bad), Err(InvalidEndpoint), "{bad}");
        }
    }
}
