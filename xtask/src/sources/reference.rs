//! AWS's Service Reference: actions, resource types, and AWS's map from operations to actions.
//!
//! The same documents come from the pinned crate, from a folder, or from AWS's published index: a list
//! of `{"service": …, "url": …}`, each URL giving one service's document
//! (docs.aws.amazon.com/service-authorization/latest/reference/service-reference.html).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::tar_gz;
use crate::error::Error;

/// One service's document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Document {
    #[serde(default)]
    pub(crate) actions: Vec<Action>,
    #[serde(default)]
    pub(crate) resources: Vec<ResourceType>,
    #[serde(default)]
    pub(crate) operations: Vec<Operation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Action {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) resources: Vec<ActionResource>,
    #[serde(default)]
    pub(crate) action_condition_keys: Vec<String>,
    #[serde(default)]
    pub(crate) annotations: Annotations,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Annotations {
    #[serde(default)]
    pub(crate) properties: Properties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Properties {
    pub(crate) is_list: bool,
    pub(crate) is_permission_management: bool,
    pub(crate) is_tagging_only: bool,
    pub(crate) is_write: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ActionResource {
    pub(crate) name: String,
    /// What the action's row for this type lists; most services list it for the type as a whole instead.
    pub(crate) condition_keys: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ResourceType {
    #[serde(rename = "Name")]
    pub(crate) name: String,
    #[serde(rename = "ARNFormats", default)]
    pub(crate) arn_formats: Vec<String>,
    #[serde(rename = "ConditionKeys", default)]
    pub(crate) condition_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    #[serde(rename = "Name")]
    pub(crate) name: String,
    #[serde(rename = "AuthorizedActions", default)]
    pub(crate) authorized_actions: Vec<AuthorizedAction>,
    /// The SDK methods that call it; `Name` is botocore's service name where the package is Boto3.
    #[serde(rename = "SDK", default)]
    pub(crate) sdk: Vec<Sdk>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuthorizedAction {
    pub(crate) service: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Sdk {
    pub(crate) name: String,
    pub(crate) package: String,
}

#[derive(Deserialize)]
struct Pinned {
    services: Vec<PinnedService>,
}

#[derive(Deserialize)]
struct PinnedService {
    service: String,
    document: Document,
}

#[derive(Deserialize)]
struct IndexEntry {
    service: String,
    url: String,
}

/// Reads `data/sar/catalog.json` out of the crate's archive.
pub(crate) fn read_crate(archive: &Path) -> Result<BTreeMap<String, Document>, Error> {
    let mut documents = BTreeMap::new();
    tar_gz(
        archive,
        |name| name.ends_with("/data/sar/catalog.json"),
        |name, bytes| {
            let pinned: Pinned =
                serde_json::from_slice(bytes).map_err(|problem| Error::form(name, problem))?;
            documents
                .extend(pinned.services.into_iter().map(|entry| (entry.service, entry.document)));
            Ok(())
        },
    )?;
    not_empty(documents, &archive.to_string_lossy())
}

/// Reads AWS's published index at a URL, or a folder with a copy of it: `index.json` beside
/// `SERVICE.json` files (the last part of each URL in the index).
pub(crate) fn read_index(place: &str) -> Result<BTreeMap<String, Document>, Error> {
    let remote = is_remote(place);
    let fetch = |url: &str| if remote { get(url) } else { copy(place, url) };

    let index = fetch(place)?;
    let entries: Vec<IndexEntry> =
        serde_json::from_slice(&index).map_err(|problem| Error::form(place, problem))?;
    let mut documents = BTreeMap::new();
    for entry in entries {
        let bytes = fetch(&entry.url)?;
        let document =
            serde_json::from_slice(&bytes).map_err(|problem| Error::form(&*entry.url, problem))?;
        documents.insert(entry.service, document);
    }
    not_empty(documents, place)
}

fn is_remote(place: &str) -> bool {
    place.starts_with("http://") || place.starts_with("https://")
}

/// By `curl`, which every machine that fetches sources has: an HTTP client of our own would be compiled by everybody who runs
/// the tests.
fn get(url: &str) -> Result<Vec<u8>, Error> {
    // The largest document (EC2's) is about 3 MB.
    const LIMIT: &str = "67108864";
    let failed = |problem: String| Error::Fetch { url: url.to_owned(), problem };
    // The index names the other pages: it may name neither a file nor an option of curl's.
    if !is_remote(url) {
        return Err(failed("it is not an http or https URL".to_owned()));
    }
    let mut curl = Command::new("curl");
    curl.args([
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--proto",
        "=http,https",
        "--max-time",
        "60",
        "--max-filesize",
        LIMIT,
        url,
    ]);
    let output =
        curl.output().map_err(|error| failed(format!("curl could not be started: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

fn copy(folder: &str, url: &str) -> Result<Vec<u8>, Error> {
    let file = if url == folder { "index.json" } else { url.rsplit('/').next().unwrap_or(url) };
    let path = Path::new(folder).join(file);
    std::fs::read(&path).map_err(Error::io("read", path))
}

fn not_empty(
    documents: BTreeMap<String, Document>,
    place: &str,
) -> Result<BTreeMap<String, Document>, Error> {
    if documents.is_empty() {
        return Err(Error::form(place, "it names no service"));
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;

    const DOCUMENT: &str = r#"{"Name":"demo","Version":"v1.5",
        "Actions":[{"Name":"MakeThing","Annotations":{"Properties":{"IsWrite":true}},"Resources":[{"Name":"thing"}]}],
        "Resources":[{"Name":"thing","ARNFormats":["arn:${Partition}:demo:${Region}:${Account}:thing/${ThingName}"]}],
        "Operations":[{"Name":"MakeThing","SDK":[{"Name":"demo","Method":"make_thing","Package":"Boto3"}],
            "AuthorizedActions":[{"Name":"PassRole","Service":"iam","Context":{"iam:PassedToService":["demo.amazonaws.com"]}}]}]}"#;

    /// Serves as many requests as there are pages: path and body. Returns the base URL.
    fn serve(pages: fn(&str) -> Vec<(&'static str, String)>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let pages = pages(&base);
        std::thread::spawn(move || {
            for _ in 0..pages.len() {
                let (mut stream, _) = listener.accept().unwrap();
                let mut line = String::new();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                reader.read_line(&mut line).unwrap();
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                while reader.read_line(&mut line).unwrap() > 2 {}
                let page = pages.iter().find(|page| page.0 == path);
                let (status, body) =
                    page.map_or(("404 Not Found", ""), |page| ("200 OK", page.1.as_str()));
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all((head + body).as_bytes()).unwrap();
            }
        });
        base
    }

    /// Whether pages can be fetched here; that they cannot is a line at the end of a test run.
    fn can_fetch(test: &str) -> bool {
        let found = Command::new("curl").arg("--version").output().is_ok();
        if let (false, Some(skipped)) = (found, std::env::var_os("LEASTWISE_SKIPPED")) {
            let mut skipped = std::fs::OpenOptions::new().append(true).open(skipped).unwrap();
            // In one piece: other tests write to it, too.
            let line = format!("test sources::reference::{test}: curl is not installed\n");
            skipped.write_all(line.as_bytes()).unwrap();
        }
        found
    }

    fn check(documents: &BTreeMap<String, Document>) {
        let document = &documents["demo"];
        assert_eq!(document.actions[0].name, "MakeThing");
        assert!(document.actions[0].annotations.properties.is_write);
        let passed = &document.operations[0].authorized_actions[0];
        assert_eq!(passed.context["iam:PassedToService"], ["demo.amazonaws.com"]);
    }

    #[test]
    fn the_published_index_is_read_from_a_server() {
        if !can_fetch("the_published_index_is_read_from_a_server") {
            return;
        }
        let base = serve(|base| {
            let index = format!(r#"[{{"service":"demo","url":"{base}/v1/demo/demo.json"}}]"#);
            vec![("/", index), ("/v1/demo/demo.json", DOCUMENT.to_owned())]
        });
        check(&read_index(&format!("{base}/")).unwrap());
    }

    #[test]
    fn a_page_that_is_missing_is_said_with_its_address() {
        if !can_fetch("a_page_that_is_missing_is_said_with_its_address") {
            return;
        }
        let base = serve(|base| {
            let index = format!(r#"[{{"service":"gone","url":"{base}/gone.json"}}]"#);
            vec![("/", index), ("/other", String::new())]
        });
        let error = read_index(&format!("{base}/")).unwrap_err().to_string();
        assert!(error.contains("/gone.json could not be fetched"), "{error}");
    }

    #[test]
    fn an_index_names_neither_files_nor_options() {
        if !can_fetch("an_index_names_neither_files_nor_options") {
            return;
        }
        let file = serve(|_| {
            vec![("/", r#"[{"service":"demo","url":"file:///etc/hostname"}]"#.to_owned())]
        });
        let option =
            serve(|_| vec![("/", r#"[{"service":"demo","url":"--output=reference"}]"#.to_owned())]);
        for base in [file, option] {
            let error = read_index(&format!("{base}/")).unwrap_err().to_string();
            assert!(error.contains("it is not an http or https URL"), "{error}");
        }
    }

    #[test]
    fn a_folder_with_a_copy_of_the_index_is_read() {
        let folder = std::env::temp_dir().join(format!("xtask-reference-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let index = r#"[{"service":"demo","url":"https://example.invalid/v1/demo/demo.json"}]"#;
        std::fs::write(folder.join("index.json"), index).unwrap();
        std::fs::write(folder.join("demo.json"), DOCUMENT).unwrap();
        check(&read_index(&folder.to_string_lossy()).unwrap());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
