//! What JVMs are told by variables: options that the user gave, and ours beside them.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

/// A variable: name and value.
pub(super) type Told = (&'static str, OsString);

/// Where a JVM, and the program `java`, find options. A later one wins: the JVM reads the first, then its command line, then the
/// last; the program `java` puts what the second says before its own arguments.
/// <https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html#using-the-jdk_java_options-launcher-environment-variable>
const NAMES: [&str; 3] = [FIRST, "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"];
/// Every JVM reads it, whatever started it.
/// <https://docs.oracle.com/en/java/javase/21/docs/specs/jvmti.html#tooloptions>
const FIRST: &str = "JAVA_TOOL_OPTIONS";

pub(super) const STORE: &str = "javax.net.ssl.trustStore";
pub(super) const STORE_TYPE: &str = "javax.net.ssl.trustStoreType";
pub(super) const STORE_PASSWORD: &str = "javax.net.ssl.trustStorePassword";
const STORE_PROVIDER: &str = "javax.net.ssl.trustStoreProvider";
const NOT_PROXIED: &str = "http.nonProxyHosts";
const PROXY: [(&str, &str); 2] =
    [("https.proxyHost", "https.proxyPort"), ("http.proxyHost", "http.proxyPort")];
/// Java prints the options that it takes from a variable: whoever reads that line learns from the first of ours whose they are.
const OURS: &str = "-Dleastwise=run,--no-java-turns-this-off";

/// The user's options.
#[derive(Debug, Default)]
pub(super) struct Given(Vec<Options>);

/// Those of one variable.
#[derive(Debug)]
struct Options {
    name: &'static str,
    value: OsString,
    /// What of them sets properties.
    properties: Vec<(String, String)>,
}

impl Given {
    pub(super) fn read(outer: impl Fn(&str) -> Option<OsString>) -> Given {
        let given = NAMES.into_iter().filter_map(|name| {
            let value = outer(name).filter(|value| !value.is_empty())?;
            let properties = properties(&value.to_string_lossy());
            Some(Options { name, value, properties })
        });
        Given(given.collect())
    }

    /// The variable that decides a property, and what it says.
    pub(super) fn property(&self, property: &str) -> Option<(&'static str, &str)> {
        self.0.iter().rev().find_map(|options| {
            let found = options.properties.iter().rev().find(|(it, _)| it == property)?;
            Some((options.name, found.1.as_str()))
        })
    }

    /// The variables, with ours behind the user's: of two options that say the same the last one counts. Where a variable that
    /// would win over the first says what ours say, ours are in that one, too. `None` when the store's path cannot be written so.
    pub(super) fn with_ours(
        &self,
        store: &Path,
        password: &str,
        proxy: SocketAddr,
        is_seen: impl Fn(&str) -> bool,
    ) -> Option<Vec<Told>> {
        let mut words = vec![OURS.to_owned()];
        words.push(word(&format!("-D{STORE}={}", store.to_str()?))?);
        words.push(format!("-D{STORE_TYPE}=JKS"));
        words.push(format!("-D{STORE_PASSWORD}={password}"));
        if self.property(STORE_PROVIDER).is_some() {
            words.push(format!("-D{STORE_PROVIDER}="));
        }
        for (host, port) in PROXY {
            words.push(format!("-D{host}={}", proxy.ip()));
            words.push(format!("-D{port}={}", proxy.port()));
        }
        let given = self.property(NOT_PROXIED).map_or("", |(_, hosts)| hosts);
        words.push(word(&format!("-D{NOT_PROXIED}={}", not_proxied(given, is_seen)))?);
        let ours = words.join(" ");

        let mut variables = Vec::new();
        for name in NAMES {
            let given = self.0.iter().find(|options| options.name == name);
            if name == FIRST || given.is_some_and(Options::say_what_ours_say) {
                let mut value = given.map(|options| options.value.clone()).unwrap_or_default();
                if !value.is_empty() {
                    value.push(" ");
                }
                value.push(&ours);
                variables.push((name, value));
            }
        }
        Some(variables)
    }
}

impl Options {
    fn say_what_ours_say(&self) -> bool {
        let ours = [STORE, STORE_TYPE, STORE_PASSWORD, STORE_PROVIDER, NOT_PROXIED];
        let is_ours = |name: &str| {
            ours.contains(&name) || PROXY.iter().any(|(host, port)| [*host, *port].contains(&name))
        };
        self.properties.iter().any(|(name, _)| is_ours(name))
    }
}

/// Those of the user's exceptions that hide nothing from us. Where none is left the list is empty, and with an empty list a JVM
/// takes the proxy to this machine, too, which it otherwise does not.
fn not_proxied(given: &str, is_seen: impl Fn(&str) -> bool) -> String {
    let kept = given.split('|').map(str::trim).filter(|entry| {
        let host = entry.trim_start_matches('*').trim_start_matches('.');
        !host.is_empty() && !is_seen(host)
    });
    kept.collect::<Vec<_>>().join("|")
}

/// The properties that options set (`-Dname=value`).
fn properties(options: &str) -> Vec<(String, String)> {
    let set = words(options).into_iter().filter_map(|word| {
        let (name, value) = word.strip_prefix("-D")?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    set.collect()
}

/// Options stand between spaces; quotes of both kinds keep spaces together, and nothing is escaped.
fn words(options: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in options.chars() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => word.get_or_insert_default().push(character),
            None if character == '"' || character == '\'' => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            None if character.is_ascii_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// An option, in quotes where it needs them.
fn word(option: &str) -> Option<String> {
    if !option.contains(['"', '\'']) && !option.contains(|it: char| it.is_ascii_whitespace()) {
        return Some(option.to_owned());
    }
    ['"', '\'']
        .into_iter()
        .find(|quote| !option.contains(*quote))
        .map(|quote| format!("{quote}{option}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWS: fn(&str) -> bool = |host| host.ends_with("amazonaws.com");

    fn with(pairs: &[(&str, &str)], store: &str) -> Vec<(&'static str, String)> {
        let given = Given::read(|name| {
            pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| OsString::from(*value))
        });
        let proxy = "127.0.0.1:4711".parse().unwrap();
        let variables = given.with_ours(Path::new(store), "changeit", proxy, AWS).unwrap();
        variables.into_iter().map(|(name, value)| (name, value.into_string().unwrap())).collect()
    }

    #[test]
    fn a_jvm_is_told_the_store_and_the_proxy() {
        let ours = "-Dleastwise=run,--no-java-turns-this-off -Djavax.net.ssl.trustStore=/run/t.jks \
            -Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword=changeit \
            -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=4711 -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=4711 \
            -Dhttp.nonProxyHosts=";
        assert_eq!(with(&[], "/run/t.jks"), [("JAVA_TOOL_OPTIONS", ours.to_owned())]);
        let kept = with(
            &[
                ("JAVA_TOOL_OPTIONS", "-Xmx1g -Da=\"b c\""),
                ("JDK_JAVA_OPTIONS", "--enable-preview"),
            ],
            "/run/t.jks",
        );
        assert_eq!(kept, [("JAVA_TOOL_OPTIONS", format!("-Xmx1g -Da=\"b c\" {ours}"))]);
        let spaced = with(&[], "/Users/ann lee/t.jks").remove(0).1;
        assert!(
            spaced.contains(r#" "-Djavax.net.ssl.trustStore=/Users/ann lee/t.jks" "#),
            "{spaced}"
        );
    }

    #[test]
    fn what_would_win_over_ours_gets_ours_behind_it() {
        let set = with(
            &[("JDK_JAVA_OPTIONS", "-Dhttps.proxyHost=corp"), ("_JAVA_OPTIONS", "-Xint")],
            "/run/t.jks",
        );
        let names: Vec<_> = set.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"]);
        assert!(set[1].1.starts_with("-Dhttps.proxyHost=corp -Dleastwise="), "{}", set[1].1);
    }

    #[test]
    fn exceptions_are_kept_but_not_for_aws() {
        let set = |hosts: &str| {
            let options = format!("'-Dhttp.nonProxyHosts={hosts}'");
            let value = with(&[("JAVA_TOOL_OPTIONS", &options)], "/t").remove(0).1;
            value.rsplit_once("-Dhttp.nonProxyHosts=").unwrap().1.to_owned()
        };
        assert_eq!(set("*.corp.example|*.amazonaws.com|*|localhost"), "*.corp.example|localhost");
        assert_eq!(set("*.amazonaws.com"), "");
    }

    #[test]
    fn the_variable_that_wins_is_named() {
        let given = Given::read(|name| match name {
            "JAVA_TOOL_OPTIONS" => {
                Some("-Djavax.net.ssl.trustStore=/a -Djavax.net.ssl.trustStore=/b".into())
            }
            "_JAVA_OPTIONS" => Some("-Djavax.net.ssl.trustStoreType='PKCS12'".into()),
            _ => None,
        });
        assert_eq!(given.property(STORE), Some(("JAVA_TOOL_OPTIONS", "/b")));
        assert_eq!(given.property(STORE_TYPE), Some(("_JAVA_OPTIONS", "PKCS12")));
        assert_eq!(given.property(STORE_PASSWORD), None);
    }

    #[test]
    fn paths_that_no_quotes_can_hold_are_not_told() {
        assert_eq!(word("a\"b'c d"), None);
        assert_eq!(word("a'b").as_deref(), Some("\"a'b\""));
        assert_eq!(words(" a  \"b 'c'\"d '' "), ["a", "b 'c'd", ""]);
    }
}
