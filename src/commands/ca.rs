//! `leastwise ca`: the certificate authority that `listen` keeps.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use time::{Date, OffsetDateTime};

use crate::capture::proxy::authority::{Authority, Store};
use crate::cli::{Ca, CaAction, Rotate};
use crate::failure::Failure;
use crate::live::hosts;
use crate::output::console::{Console, Verbosity};
use crate::output::data_directory;
use crate::output::print;
use crate::report::documents::document;

/// Shows or renews it, and returns the exit code.
///
/// # Errors
///
/// When there is none to be shown, or it cannot be read or written.
pub(super) fn run(options: Ca) -> Result<i32, Failure> {
    let directory = data_directory::ours()?;
    let store = Store::new(&directory);
    match options.action {
        None => {
            let authority = store.load()?.ok_or(Failure::NoAuthority(directory))?;
            Ok(print::show(&description(&authority, &store.certificate_path()))?)
        }
        Some(CaAction::Rotate(Rotate { intercept })) => {
            let had_one = store.key_path().exists();
            let hosts = hosts::of_aws(&intercept)?;
            let authority = store.rotate(&hosts, SystemTime::now())?;
            if had_one {
                Console::new(Verbosity::Quiet).warn(
                    "the certificate authority is new; remove the old one from the trust stores that you added it to",
                );
            }
            Ok(print::show(&description(&authority, &store.certificate_path()))?)
        }
    }
}

/// What it is, and how clients are told to trust it.
fn description(authority: &Authority, path: &Path) -> String {
    let path = path.display();
    let rest = document("docs/clients.md");
    let mut text = String::new();
    let _ = writeln!(text, "certificate  {path}");
    let _ = writeln!(text, "SHA-256      {}", authority.fingerprint());
    let _ = writeln!(text, "expires      {}", date(authority.not_after()));
    let _ = writeln!(text, "vouches for  {}", vouches_for(authority));
    let _ = write!(
        text,
        "
`leastwise run` needs none of this: it makes an authority for the run, and its command trusts that one.
For `leastwise listen --mode proxy`, in the shell of the program to record (what `listen` prints does the same, and keeps
the system's authorities in force beside it):

  AWS CLI, boto3, Go        export AWS_CA_BUNDLE='{path}'
  Node.js                   export NODE_EXTRA_CA_CERTS='{path}'
  curl                      curl --cacert '{path}' …
  Java                      keytool -importcert -noprompt -alias leastwise -file '{path}' -keystore leastwise.p12 -storepass changeit
                            java -Djavax.net.ssl.trustStore=leastwise.p12 -Djavax.net.ssl.trustStorePassword=changeit …
  .NET, Ruby                export SSL_CERT_FILE=… (a bundle that has it and the system's, as `listen` writes it)

The rest is in {rest}. There is no need to add it to the system's trust store.
"
    );
    text
}

fn vouches_for(authority: &Authority) -> String {
    let hosts = authority.hosts();
    let mut names: Vec<&str> =
        hosts.suffixes().iter().chain(hosts.named()).map(String::as_str).collect();
    names.sort_unstable();
    format!("{}, and names below them", names.join(", "))
}

/// `2027-11-22`, in UTC.
pub(super) fn date(time: SystemTime) -> Date {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).date()
}
