//! Where a document of ours is: a packaged binary has no `docs` beside it, so sentences that name one give its address.

/// Where the sources are kept: what the manifest says, else what the build on GitHub was of. The second is a variable of
/// the workflow's own (docs.github.com/actions/reference/workflows-and-actions/variables).
const REPOSITORY: Option<(&str, &str)> = match (
    env!("CARGO_PKG_REPOSITORY").is_empty(),
    option_env!("GITHUB_SERVER_URL"),
    option_env!("GITHUB_REPOSITORY"),
) {
    (false, _, _) => Some((env!("CARGO_PKG_REPOSITORY"), "")),
    (true, Some(server), Some(repository)) => Some((server, repository)),
    _ => None,
};

/// How a document of this version is found: `docs/clients.md (https://…/docs/clients.md)`.
pub(crate) fn document(path: &str) -> String {
    addressed(path, REPOSITORY)
}

fn addressed(path: &str, repository: Option<(&str, &str)>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match repository {
        Some((server, name)) => {
            let mut address = server.trim_end_matches('/').to_owned();
            if !name.is_empty() {
                address.push('/');
                address.push_str(name);
            }
            format!("{path} ({address}/blob/v{version}/{path})")
        }
        None => format!("{path} of the sources of Leastwise {version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_an_address() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            addressed("docs/a.md", Some(("https://host.example/", "o/r"))),
            format!("docs/a.md (https://host.example/o/r/blob/v{version}/docs/a.md)")
        );
        assert_eq!(
            addressed("docs/a.md", Some(("https://host.example/o/r", ""))),
            format!("docs/a.md (https://host.example/o/r/blob/v{version}/docs/a.md)")
        );
        assert!(addressed("docs/a.md", None).starts_with("docs/a.md of the sources"));
    }
}
