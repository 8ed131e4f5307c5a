//! What the recorded command finds in its environment beside ours.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::Path;

use crate::clients::java::Java;

/// What a program in another shell calls itself in what it sends. (It is not looked at: with `listen`, programs may have names of
/// their own.)
pub const CLIENT_ID: &str = "leastwise";

/// Where cloud machines, containers and pods get their credentials and metadata from: addresses that only they reach, and no proxy.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>,
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>,
/// <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html>
pub const METADATA: [&str; 5] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"];

/// Under which names programs look for a proxy.
pub const PROXY_NAMES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// Under which names programs look for the certificate authorities that they trust: AWS SDKs,
/// Python's requests, OpenSSL and Go, curl, Git, Perl's LWP. Node.js's adds to its own, the others replace.
pub const BUNDLE_NAMES: [&str; 7] = [
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "PERL_LWP_SSL_CA_FILE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
];

/// What stands between folders in a variable.
const FOLDERS_APART: &str = if cfg!(windows) { ";" } else { ":" };

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
    /// What Node.js and Bun load first.
    pub preload: &'a Path,
    /// The folder with the settings of PHP's.
    pub php: &'a Path,
    /// The settings of wget's, where it has others.
    pub wgetrc: Option<&'a Path>,
    /// What Java needs, where it is led here.
    pub java: Option<&'a Java>,
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
    let no_proxy = no_proxy(&user_no_proxy(&outer), &is_seen);
    variables.extend(["NO_PROXY", "no_proxy"].map(|name| (name, no_proxy.clone().into())));
    variables.extend(BUNDLE_NAMES.map(|name| (name, proxied.bundle.into())));
    // For what takes a single certificate (Java's keytool, a container's trust store).
    variables.push(("LEASTWISE_CA_FILE", proxied.authority.into()));
    variables.push(("NODE_OPTIONS", node_options(outer("NODE_OPTIONS"), proxied.preload)));
    variables.push(("BUN_OPTIONS", bun_options(outer("BUN_OPTIONS"), proxied.preload)));
    let scanned = php_ini_scan_dir(outer("PHP_INI_SCAN_DIR"), proxied.php);
    variables.push(("PHP_INI_SCAN_DIR", scanned));
    // Perl's LWP::UserAgent goes by the proxy's variables only when it is told to
    // (https://metacpan.org/pod/LWP::UserAgent#ENVIRONMENT).
    variables.push(("PERL_LWP_ENV_PROXY", "1".into()));
    variables.extend(proxied.wgetrc.map(|settings| ("WGETRC", settings.into())));
    let java = proxied.java.iter();
    variables.extend(java.flat_map(|it| it.variables(proxied.address, &outer, &is_seen)));
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

/// The user's `BUN_OPTIONS`, and before them the file to load first (<https://bun.com/docs/runtime/env>): Bun takes quotes around an
/// option for quotes only where it is the first (as of 1.4.5).
pub fn bun_options(user: Option<OsString>, preload: &Path) -> OsString {
    let quote = if preload.to_string_lossy().contains(' ') { "\"" } else { "" };
    let mut options = OsString::from(quote);
    options.push("--preload=");
    options.push(preload);
    options.push(quote);
    if let Some(user) = user.filter(|it| !it.is_empty()) {
        options.push(" ");
        options.push(user);
    }
    options
}

/// Where PHP looks for settings beside its `php.ini`: where the user says, or, for which stands nothing, where it was built to, and
/// behind that in our folder: of a setting that is made twice the last one counts.
/// <https://www.php.net/manual/en/configuration.file.php#configuration.file.scan>
fn php_ini_scan_dir(user: Option<OsString>, ours: &Path) -> OsString {
    let Some(mut folders) = user else {
        return OsString::from_iter([OsStr::new(FOLDERS_APART), ours.as_os_str()]);
    };
    // Empty is: nowhere.
    if !folders.is_empty() {
        folders.push(FOLDERS_APART);
    }
    folders.push(ours);
    folders
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
            "localhost,.corp.example,169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23"
        );
        assert_eq!(
            no_proxy("169.254.169.254", AWS),
            "169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23"
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
    fn bun_and_php_keep_what_the_user_says() {
        let bun = |user: Option<&str>, path: &str| {
            bun_options(user.map(OsString::from), Path::new(path)).into_string().unwrap()
        };
        assert_eq!(bun(None, "/t/x.js"), "--preload=/t/x.js");
        assert_eq!(bun(Some("--silent"), "/my tmp/x.js"), "\"--preload=/my tmp/x.js\" --silent");
        let php = |user: Option<&str>| {
            let folders = php_ini_scan_dir(user.map(OsString::from), Path::new("/t"));
            folders.into_string().unwrap().replace(FOLDERS_APART, "|")
        };
        assert_eq!(php(None), "|/t");
        assert_eq!(php(Some("/etc/mine")), "/etc/mine|/t");
        assert_eq!(php(Some("")), "/t");
    }

    #[test]
    fn every_name_is_set_once() {
        let paths = ["/t/bundle.pem", "/t/ca.pem", "/t/node.js", "/t/php"].map(Path::new);
        let [bundle, authority, preload, php] = paths;
        let address = SocketAddr::from(([127, 0, 0, 1], 4711));
        let outer = |name: &str| (name == "NO_PROXY").then(|| "localhost".into());
        let wgetrc = Some(Path::new("/t/wgetrc"));
        let given = Proxied { address, bundle, authority, preload, php, wgetrc, java: None };
        let set = proxied(&given, outer, AWS);
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
