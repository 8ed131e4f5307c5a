//! What the recorded command finds in its environment beside ours.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::Path;

/// What a program in another shell calls itself in what it sends. (It is not looked at: with `listen`, programs may have names of
/// their own.)
pub const CLIENT_ID: &str = "leastwise";

/// Where cloud machines and containers get their credentials and metadata from: addresses that
/// only they reach, and no proxy.
pub const METADATA: [&str; 4] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254"];

/// Under which names programs look for a proxy.
pub const PROXY_NAMES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// Under which names programs look for the certificate authorities that they trust: AWS SDKs,
/// Python's requests, OpenSSL and Go, curl, Git. Node.js's adds to its own, the others replace.
pub const BUNDLE_NAMES: [&str; 6] = [
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
];

/// An addition: name and value.
pub type Variable = (&'static str, OsString);

/// What makes SDKs report over client-side monitoring to `address`, and put `client_id` into every report. (Where a profile
/// of AWS's configuration file has a `csm_client_id`, SDKs go by the environment first.)
pub fn csm(address: SocketAddr, client_id: &str) -> Vec<Variable> {
    vec![
        ("AWS_CSM_ENABLED", "true".into()),
        ("AWS_CSM_HOST", address.ip().to_string().into()),
        ("AWS_CSM_PORT", address.port().to_string().into()),
        ("AWS_CSM_CLIENT_ID", client_id.into()),
    ]
}

/// What leads programs through the proxy.
#[derive(Debug)]
pub struct Proxied<'a> {
    /// Where the proxy listens.
    pub address: SocketAddr,
    /// The certificate authorities to trust: the system's, the user's and the proxy's.
    pub bundle: &'a Path,
    /// The proxy's certificate authority alone.
    pub authority: &'a Path,
    /// What Node.js loads first.
    pub preload: &'a Path,
}

/// What makes programs use the proxy. `outer` is our own environment; of its `NO_PROXY` everything
/// is kept but what `is_seen` says is to be seen by the proxy (which follows the user's own).
pub fn proxied(
    proxied: &Proxied<'_>,
    outer: impl Fn(&str) -> Option<OsString>,
    is_seen: impl Fn(&str) -> bool,
) -> Vec<Variable> {
    let url = OsString::from(format!("http://{}", proxied.address));
    let mut variables: Vec<_> = PROXY_NAMES.map(|name| (name, url.clone())).into();
    let no_proxy = no_proxy(&user_no_proxy(&outer), is_seen);
    variables.extend(["NO_PROXY", "no_proxy"].map(|name| (name, no_proxy.clone().into())));
    variables.extend(BUNDLE_NAMES.map(|name| (name, proxied.bundle.into())));
    // For what takes a single certificate (Java's keytool, a container's trust store).
    variables.push(("LEASTWISE_CA_FILE", proxied.authority.into()));
    variables.push(("NODE_OPTIONS", node_options(outer("NODE_OPTIONS"), proxied.preload)));
    variables
}

/// The user's `NO_PROXY`. Where both spellings are set, most programs go by the lower case.
pub fn user_no_proxy(outer: impl Fn(&str) -> Option<OsString>) -> String {
    let set = ["no_proxy", "NO_PROXY"].into_iter().filter_map(outer).find(|it| !it.is_empty());
    set.map(|list| list.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The hosts that the child is to reach without the proxy.
pub fn no_proxy(user: &str, is_seen: impl Fn(&str) -> bool) -> String {
    let entries = user.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
    let mut kept: Vec<&str> = entries
        .filter(|entry| {
            let host = entry.trim_start_matches('*').trim_start_matches('.');
            // `*` would let everything past us.
            !host.is_empty() && !is_seen(host)
        })
        .collect();
    for address in METADATA {
        if !kept.contains(&address) {
            kept.push(address);
        }
    }
    kept.join(",")
}

/// The user's `NODE_OPTIONS`, and the file to load first.
pub fn node_options(user: Option<OsString>, preload: &Path) -> OsString {
    let mut options = user.unwrap_or_default();
    if !options.is_empty() {
        options.push(" ");
    }
    options.push("--require ");
    options.push(quoted(preload.as_os_str()));
    options
}

/// Node.js splits its options at spaces, and knows double quotes, in which a backslash makes the next
/// character ordinary.
fn quoted(path: &OsStr) -> OsString {
    match path.to_str() {
        Some(text) if text.contains([' ', '"', '\\']) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")).into()
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWS: fn(&str) -> bool = |host| host.ends_with("amazonaws.com");

    #[test]
    fn no_proxy_keeps_what_the_user_excepted_but_not_aws() {
        assert_eq!(
            no_proxy("localhost, .corp.example\t*.amazonaws.com,s3.eu-west-1.amazonaws.com,*", AWS),
            "localhost,.corp.example,169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254"
        );
        assert_eq!(
            no_proxy("169.254.169.254", AWS),
            "169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254"
        );
    }

    #[test]
    fn node_options_are_added_to() {
        let options = |user: Option<&str>, path: &str| {
            node_options(user.map(OsString::from), Path::new(path)).into_string().unwrap()
        };
        assert_eq!(options(None, "/tmp/x.js"), "--require /tmp/x.js");
        assert_eq!(
            options(Some("--no-warnings"), "/tmp/x.js"),
            "--no-warnings --require /tmp/x.js"
        );
        assert_eq!(options(None, r#"/my "tmp"/x.js"#), r#"--require "/my \"tmp\"/x.js""#);
        assert_eq!(options(None, r"C:\tmp\x.js"), r#"--require "C:\\tmp\\x.js""#);
    }

    #[test]
    fn every_name_is_set_once() {
        let paths = ["/t/bundle.pem", "/t/ca.pem", "/t/node.js"].map(Path::new);
        let [bundle, authority, preload] = paths;
        let address = SocketAddr::from(([127, 0, 0, 1], 4711));
        let outer = |name: &str| (name == "NO_PROXY").then(|| "localhost".into());
        let set = proxied(&Proxied { address, bundle, authority, preload }, outer, AWS);
        let mut names: Vec<_> = set.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), set.len());
        let value = |name| set.iter().find(|(it, _)| *it == name).unwrap().1.to_str().unwrap();
        assert_eq!(value("https_proxy"), "http://127.0.0.1:4711");
        assert_eq!(value("AWS_CA_BUNDLE"), "/t/bundle.pem");
        assert!(value("no_proxy").starts_with("localhost,169.254."), "{}", value("no_proxy"));
    }
}
