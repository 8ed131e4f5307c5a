//! What clients need on disk to use the proxy: certificate bundles, trust stores and settings, and what Node.js loads first.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::clients::containers;
use crate::clients::environment::{self, BUNDLE_NAMES, Proxied, Variable};
use crate::clients::error::ClientsError;
use crate::clients::java::{Java, NotLed};
use crate::clients::run_folder::RunFolder;
use crate::clients::wget;
use crate::ownership::create_private_folder;
use crate::pem;
use crate::reading;
use crate::replace::replace_private;

/// No bundle of certificates is larger; the system's own has a tenth of it.
const LARGEST: u64 = 4 << 20;

/// What Node.js is to load first, so that AWS's JavaScript SDKs use the proxy. In it `"CONFIG"` is to be
/// replaced by a JSON object: `host` and `port` of the proxy, `suffixes` and `names` of the hosts that
/// are to go through it, hosts to `except`, and the file `ca` with its certificate authority.
const NODE_PRELOAD: &str = include_str!("node_preload.js");

/// What the proxy intercepts, and by which authority's certificates.
#[derive(Debug, Clone)]
pub struct Intercepted {
    /// The authority's certificate, as PEM.
    pub certificate: String,
    /// The domains.
    pub suffixes: Vec<String>,
    /// Hosts that the user named.
    pub names: Vec<String>,
    /// Whether Java is led to it, too.
    pub java: bool,
}

/// A directory with those files.
#[derive(Debug)]
pub struct Files {
    directory: PathBuf,
    authority: PathBuf,
    java: Option<Java>,
    has_wgetrc: bool,
    /// What is left as it was, and why: a sentence each.
    notes: Vec<String>,
    /// Removes the directory when it is dropped, where it is there for one run.
    run: Option<RunFolder>,
}

impl Files {
    /// Writes them to a new directory that nobody else can read, and that is removed at the end.
    ///
    /// # Errors
    ///
    /// When there is no room.
    pub fn for_a_run(proxied: &Intercepted, proxy: SocketAddr) -> Result<Files, ClientsError> {
        let run = RunFolder::make()?;
        let directory = run.path().to_owned();
        let authority = directory.join("ca.pem");
        if let Err(error) = replace_private(&authority, proxied.certificate.as_bytes()) {
            return Err(ClientsError::TrustFiles { directory, error });
        }
        Files::write(directory, authority, Some(run), proxied, proxy)
    }

    /// Writes them to `directory`; the authority's own certificate is kept already, at `path`.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn to_keep(
        directory: &Path,
        path: &Path,
        proxied: &Intercepted,
        proxy: SocketAddr,
    ) -> Result<Files, ClientsError> {
        Files::write(directory.to_owned(), path.to_owned(), None, proxied, proxy)
    }

    fn write(
        directory: PathBuf,
        authority: PathBuf,
        run: Option<RunFolder>,
        proxied: &Intercepted,
        proxy: SocketAddr,
    ) -> Result<Files, ClientsError> {
        let (java, has_wgetrc, notes) = (None, false, Vec::new());
        let mut files = Files { directory, authority, java, has_wgetrc, notes, run };
        match files.fill(proxied, proxy) {
            Ok(()) => Ok(files),
            Err(error) => {
                Err(ClientsError::TrustFiles { directory: files.directory.clone(), error })
            }
        }
    }

    fn fill(&mut self, proxied: &Intercepted, proxy: SocketAddr) -> io::Result<()> {
        let outer = |name: &str| std::env::var_os(name);
        // Those of a run alone are as the user's settings are now.
        let wget = self.run.as_ref().and_then(|_| wget::Settings::of_the_user(outer));
        let further = wget.as_ref().and_then(|it| it.authorities.as_deref());
        let bundle = bundle(&proxied.certificate, outer, further);
        replace_private(&self.bundle(), bundle.as_bytes())?;
        let except = environment::user_no_proxy(outer);
        let text = preload(proxied, proxy, &except, &self.authority());
        replace_private(&self.preload(), text.as_bytes())?;
        create_private_folder(&self.php())?;
        replace_private(&self.php().join("leastwise.ini"), php_ini(&self.bundle()).as_bytes())?;
        if let Some(wget) = wget {
            replace_private(&self.wgetrc(), wget.with(&self.bundle()).as_bytes())?;
            self.has_wgetrc = true;
        }
        if proxied.java
            && let Ok(ours) = ::pem::parse(&proxied.certificate)
        {
            match Java::prepare(&self.directory, ours.contents(), outer)? {
                Ok(java) => self.java = Some(java),
                Err(NotLed(why)) => self.notes.push(why),
            }
        }
        if self.run.is_some() {
            let inside = containers::env_file(&self.alone(proxy));
            replace_private(&self.env_file(), inside.as_bytes())?;
        }
        Ok(())
    }

    /// What leads a program through the proxy that knows nothing of the user's own environment: one in a container.
    fn alone(&self, address: SocketAddr) -> Vec<Variable> {
        self.variables(address, |_| None, |_| false)
    }

    /// The authority's own certificate.
    pub fn authority(&self) -> PathBuf {
        self.authority.clone()
    }

    /// All certificates that clients should trust.
    pub fn bundle(&self) -> PathBuf {
        self.directory.join("ca-bundle.pem")
    }

    /// What Node.js loads first.
    pub fn preload(&self) -> PathBuf {
        self.directory.join("node-preload.js")
    }

    /// The folder with the settings of PHP's.
    fn php(&self) -> PathBuf {
        self.directory.join("php")
    }

    fn wgetrc(&self) -> PathBuf {
        self.directory.join("wgetrc")
    }

    fn env_file(&self) -> PathBuf {
        self.directory.join("environment")
    }

    /// What programs keep as it was, so that they are not recorded: a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What leads a program through the proxy at `address`.
    pub fn environment(
        &self,
        address: SocketAddr,
        is_intercepted: impl Fn(&str) -> bool,
    ) -> Vec<Variable> {
        let outer = |name: &str| std::env::var_os(name);
        let mut variables = self.variables(address, outer, is_intercepted);
        if self.run.is_some() {
            // For containers that the command starts.
            variables.push(("LEASTWISE_ENV_FILE", self.env_file().into()));
            variables.push(("LEASTWISE_FOLDER", self.directory.clone().into()));
        }
        variables
    }

    fn variables(
        &self,
        address: SocketAddr,
        outer: impl Fn(&str) -> Option<OsString>,
        is_intercepted: impl Fn(&str) -> bool,
    ) -> Vec<Variable> {
        let (bundle, authority, preload) = (self.bundle(), self.authority(), self.preload());
        let (php, wgetrc) = (self.php(), self.has_wgetrc.then(|| self.wgetrc()));
        let proxied = Proxied {
            address,
            bundle: &bundle,
            authority: &authority,
            preload: &preload,
            php: &php,
            wgetrc: wgetrc.as_deref(),
            java: self.java.as_ref(),
        };
        environment::proxied(&proxied, outer, is_intercepted)
    }
}

/// What PHP's curl and its streams trust: settings that no variable makes.
/// <https://www.php.net/manual/en/curl.configuration.php#ini.curl.cainfo>
/// <https://www.php.net/manual/en/openssl.configuration.php#ini.openssl.cafile>
fn php_ini(bundle: &Path) -> String {
    // Between single quotes nothing means anything else.
    let path = bundle.display().to_string();
    let quote = if path.contains('\'') { '"' } else { '\'' };
    format!("curl.cainfo = {quote}{path}{quote}\nopenssl.cafile = {quote}{path}{quote}\n")
}

/// Our certificate, those of the user's own bundles, and those that the system trusts, as PEM. Ours is the
/// first, since some tools take only that.
fn bundle(ours: &str, outer: impl Fn(&str) -> Option<OsString>, further: Option<&Path>) -> String {
    let mut text = ours.to_owned();
    let mut read = Vec::new();
    let named = BUNDLE_NAMES.iter().filter_map(|name| outer(name));
    for file in named.chain(further.map(|it| it.into())) {
        // What cannot be read the program could not have read either; a directory is none of ours.
        if !read.contains(&file)
            && let Ok(more) = reading::text(Path::new(&file), LARGEST)
        {
            text.push_str(&more);
            if !text.ends_with('\n') {
                text.push('\n');
            }
            read.push(file);
        }
    }
    for certificate in rustls_native_certs::load_native_certs().certs {
        text.push_str(&pem::encode("CERTIFICATE", &certificate));
    }
    text
}

fn preload(proxied: &Intercepted, proxy: SocketAddr, except: &str, ca: &Path) -> String {
    let except = except.split([',', ' ', '\t']).map(|it| it.trim_start_matches(['*', '.']));
    let except: Vec<_> = except.filter(|entry| !entry.is_empty()).collect();
    let config = json!({
        "host": proxy.ip().to_string(),
        "port": proxy.port(),
        "suffixes": proxied.suffixes,
        "names": proxied.names,
        "except": except,
        "ca": ca.to_string_lossy(),
    });
    // JSON's string literals are JavaScript's, too.
    NODE_PRELOAD.replace("\"CONFIG\"", &json!(config.to_string()).to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_bundle_has_ours_first_and_the_users_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corp.pem");
        fs::write(&path, "CORP").unwrap();
        let outer = |name: &str| match name {
            "AWS_CA_BUNDLE" | "SSL_CERT_FILE" => Some(path.clone().into_os_string()),
            "CURL_CA_BUNDLE" => Some("/no/such/file".into()),
            _ => None,
        };
        let text = bundle("OURS\n", outer, Some(&path));
        assert!(text.starts_with("OURS\nCORP\n"), "{text}");
        assert_eq!(text.matches("CORP").count(), 1);
    }

    #[test]
    fn what_node_loads_is_complete() {
        let proxied = Intercepted {
            certificate: String::new(),
            suffixes: vec!["amazonaws.com".to_owned()],
            names: vec!["storage.example".to_owned()],
            java: false,
        };
        let proxy = "127.0.0.1:4711".parse().unwrap();
        let text = preload(&proxied, proxy, "*.corp.example", Path::new("/a \"b\"/ca.pem"));
        assert!(!text.contains("CONFIG"), "{text}");
        assert!(text.contains(r#"\"port\":4711"#), "{text}");
        assert!(text.contains(r#"\"except\":[\"corp.example\"]"#), "{text}");
        assert!(text.contains(r#"/a \\\"b\\\"/ca.pem"#), "{text}");
    }
}
