//! Why a command line is not one.

/// Why a command line is not one; each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A settings file or variable says something that is no setting.
    #[error("{0}")]
    Settings(String),
    /// An option of the proxy without the proxy.
    #[error(
        "{given} needs the proxy, which is off ({mode}), so {consequence}; add --mode proxy or --mode both, or {or}"
    )]
    WithoutProxy {
        /// The option, and the file or variable that it is from.
        given: String,
        /// What is heard instead.
        mode: String,
        /// What would come of it.
        consequence: &'static str,
        /// What else to do.
        or: String,
    },
}
