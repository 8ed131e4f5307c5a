//! Java: a JVM goes by a trust store of its own and by a proxy that its properties name, so both are told to it.

mod error;
mod keystore;
mod options;
mod pkcs12;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::clients::java::error::Unreadable;
use crate::clients::java::options::{Given, STORE, STORE_PASSWORD, STORE_TYPE};
use crate::reading;
use crate::replace::replace_private;

/// No trust store is larger: the JDK's own has a twentieth of it.
const LARGEST: u64 = 8 << 20;
/// That of the JDK's own stores. It guards nothing: who has none may read the store as well, but some programs ask with this one.
const PASSWORD: &str = "changeit";
/// Types of stores that are the system's own, and no file.
const OF_THE_SYSTEM: [&str; 3] = ["WINDOWS-ROOT", "WINDOWS-MY", "KEYCHAINSTORE"];

/// What leads JVMs here.
#[derive(Debug)]
pub struct Java {
    store: PathBuf,
}

/// Why JVMs are not led here: a sentence.
#[derive(Debug)]
pub struct NotLed(pub String);

impl Java {
    /// Writes the trust store into `directory`: what the JVM would trust, and `ours`. `outer` is our own environment.
    ///
    /// # Errors
    ///
    /// When it cannot be written; within, when what the user's options name cannot be read: then those are left alone.
    pub fn prepare(
        directory: &Path,
        ours: &[u8],
        outer: impl Fn(&str) -> Option<OsString>,
    ) -> io::Result<Result<Java, NotLed>> {
        let given = Given::read(&outer);
        let roots = match roots_of(&given, &outer) {
            Ok(roots) => roots,
            Err(not_led) => return Ok(Err(not_led)),
        };
        let store = directory.join("java-trust.jks");
        replace_private(&store, &trust_store(ours, &roots))?;
        Ok(Ok(Java { store }))
    }

    /// The variables that tell JVMs. Of the user's options everything is kept; of the hosts that they except from a proxy those
    /// are not of which `is_seen` says that the proxy is to see them.
    pub(super) fn variables(
        &self,
        proxy: SocketAddr,
        outer: impl Fn(&str) -> Option<OsString>,
        is_seen: impl Fn(&str) -> bool,
    ) -> Vec<(&'static str, OsString)> {
        let told = Given::read(outer).with_ours(&self.store, PASSWORD, proxy, is_seen);
        told.unwrap_or_default()
    }
}

fn trust_store(ours: &[u8], roots: &[Vec<u8>]) -> Vec<u8> {
    let mut known = HashSet::from([ours]);
    let mut all = vec![ours];
    all.extend(roots.iter().map(Vec::as_slice).filter(|it| known.insert(it)));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let named = all.into_iter().enumerate().map(|(number, certificate)| {
        let name = if number == 0 { "leastwise".to_owned() } else { format!("trusted-{number}") };
        (name, certificate)
    });
    keystore::write(named, u64::try_from(now.as_millis()).unwrap_or_default(), PASSWORD)
}

/// What the JVM trusts without us: the store that the user's options name, else its own, else what the system trusts.
fn roots_of(
    given: &Given,
    outer: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<Vec<u8>>, NotLed> {
    let kind = given.property(STORE_TYPE).map_or("", |(_, kind)| kind).to_ascii_uppercase();
    if OF_THE_SYSTEM.iter().any(|it| kind.starts_with(it)) {
        return Ok(of_the_system());
    }
    if let Some((variable, store)) = given.property(STORE).filter(|(_, store)| !store.is_empty()) {
        let password = given.property(STORE_PASSWORD).map(|(_, password)| password);
        return read(Path::new(store), password.filter(|it| !it.is_empty())).map_err(|why| {
            NotLed(format!(
                "{store}: the trust store that {variable} names {why}; Java programs keep it as it is and are not recorded; \
                 `keytool -importkeystore -srckeystore {store} -destkeystore trust.jks -deststoretype JKS` makes one that can \
                 be read (--no-java leaves Java alone without this message)"
            ))
        });
    }
    let mut found = Vec::new();
    for home in homes(&outer) {
        if let Some(roots) = own_store(&home).and_then(|store| read(&store, None).ok()) {
            found.extend(roots);
        }
    }
    Ok(if found.is_empty() { of_the_system() } else { found })
}

fn of_the_system() -> Vec<Vec<u8>> {
    let found = rustls_native_certs::load_native_certs().certs;
    found.into_iter().map(|certificate| certificate.to_vec()).collect()
}

fn read(store: &Path, password: Option<&str>) -> Result<Vec<Vec<u8>>, Unreadable> {
    let bytes = reading::open(store)
        .and_then(|file| reading::bytes_of(file, LARGEST))
        .map_err(|error| Unreadable::File(error.to_string()))?;
    if keystore::is_one(&bytes) {
        return keystore::trusted(&bytes);
    }
    pkcs12::trusted(&bytes, password)
}

/// The JVMs that a command may start: that of `JAVA_HOME`, which build tools go by, and that of `PATH`.
fn homes(outer: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let mut homes = Vec::new();
    homes.extend(outer("JAVA_HOME").filter(|home| !home.is_empty()).map(PathBuf::from));
    let program = format!("java{}", std::env::consts::EXE_SUFFIX);
    let path = outer("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(&program));
    // What is on the path leads there: /usr/bin/java, /etc/alternatives/java, /usr/lib/jvm/java-17/bin/java.
    let java = on_path.into_iter().find(|it| it.is_file()).and_then(|it| it.canonicalize().ok());
    homes.extend(java.iter().filter_map(|it| it.parent()?.parent()).map(Path::to_owned));
    homes
}

/// The store that a JVM takes when it is told none. In Java 8 it lies a folder deeper.
/// <https://docs.oracle.com/en/java/javase/21/security/java-secure-socket-extension-jsse-reference-guide.html>
fn own_store(home: &Path) -> Option<PathBuf> {
    let places = ["lib/security", "jre/lib/security"].map(|folder| home.join(folder));
    let names = ["jssecacerts", "cacerts"];
    let stores = names.into_iter().flat_map(|name| places.each_ref().map(|it| it.join(name)));
    stores.into_iter().find(|store| store.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const OPEN: &[u8] = include_bytes!("../../../tests/fixtures/trust/open.p12");
    const ENCRYPTED: &[u8] = include_bytes!("../../../tests/fixtures/trust/encrypted.p12");
    const LEGACY: &[u8] = include_bytes!("../../../tests/fixtures/trust/legacy.p12");
    const JKS: &[u8] = include_bytes!("../../../tests/fixtures/trust/corporate.jks");
    const CORPORATE: &str = include_str!("../../../tests/fixtures/trust/corporate.pem");

    fn prepared(pairs: &[(&str, &str)]) -> Result<Vec<Vec<u8>>, String> {
        let folder = tempfile::tempdir().unwrap();
        let outer = |name: &str| {
            pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| OsString::from(*value))
        };
        let java = Java::prepare(folder.path(), b"OURS", outer).unwrap();
        java.map(|java| keystore::trusted(&fs::read(&java.store).unwrap()).unwrap())
            .map_err(|NotLed(why)| why)
    }

    fn ours_and_corporate() -> Vec<Vec<u8>> {
        vec![b"OURS".to_vec(), ::pem::parse(CORPORATE).unwrap().into_contents()]
    }

    #[test]
    fn the_store_has_the_jvms_own_roots_and_ours() {
        let folder = tempfile::tempdir().unwrap();
        for (home, place, bytes) in [
            ("17", "lib/security", JKS),
            ("21", "lib/security", OPEN),
            ("8", "jre/lib/security", JKS),
        ] {
            let home = folder.path().join(home);
            fs::create_dir_all(home.join(place)).unwrap();
            fs::write(home.join(place).join("cacerts"), bytes).unwrap();
            let found = prepared(&[("JAVA_HOME", home.to_str().unwrap())]).unwrap();
            assert_eq!(found, ours_and_corporate());
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_jvm_of_the_path_is_found_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let (home, bin) = (folder.path().join("jvm"), folder.path().join("bin"));
        for made in [home.join("bin"), home.join("lib/security"), bin.clone()] {
            fs::create_dir_all(made).unwrap();
        }
        fs::write(home.join("bin/java"), "").unwrap();
        fs::write(home.join("lib/security/cacerts"), "not a store").unwrap();
        fs::write(home.join("lib/security/jssecacerts"), OPEN).unwrap();
        std::os::unix::fs::symlink(home.join("bin/java"), bin.join("java")).unwrap();
        let found = prepared(&[("PATH", bin.to_str().unwrap())]).unwrap();
        assert_eq!(found, ours_and_corporate());
    }

    #[test]
    fn the_users_own_store_takes_the_place_of_the_jvms() {
        let folder = tempfile::tempdir().unwrap();
        let store = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let named = |path: &str| format!("\"-Djavax.net.ssl.trustStore={path}\"");
        let jks = named(&store("a b.jks", JKS));
        assert_eq!(prepared(&[("JDK_JAVA_OPTIONS", &jks)]).unwrap(), ours_and_corporate());
        let encrypted = named(&store("e.p12", ENCRYPTED));
        let options = format!("{encrypted} -Djavax.net.ssl.trustStorePassword=changeit");
        assert_eq!(prepared(&[("JAVA_TOOL_OPTIONS", &options)]).unwrap(), ours_and_corporate());

        let legacy = store("l.p12", LEGACY);
        let options = format!("{} -Djavax.net.ssl.trustStorePassword=sesame-1", named(&legacy));
        let why = prepared(&[("JAVA_TOOL_OPTIONS", &options)]).unwrap_err();
        assert!(
            why.starts_with(&format!(
                "{legacy}: the trust store that JAVA_TOOL_OPTIONS names is encrypted"
            )),
            "{why}"
        );
        assert!(!why.contains("sesame"), "{why}");
        let why =
            prepared(&[("_JAVA_OPTIONS", "-Djavax.net.ssl.trustStore=/no/such")]).unwrap_err();
        assert!(why.contains("_JAVA_OPTIONS names cannot be read: "), "{why}");
    }

    #[test]
    fn a_certificate_is_in_it_once() {
        let roots = [b"A".to_vec(), b"OURS".to_vec(), b"A".to_vec(), b"B".to_vec()];
        let store = trust_store(b"OURS", &roots);
        assert_eq!(keystore::trusted(&store).unwrap(), [&b"OURS"[..], b"A", b"B"]);
    }
}
