//! The managed policies that an account can attach, as IAM has them now.

use crate::capture::proxy::UpstreamProxy;
use crate::nearest::{Candidates, Known, Listed};
use crate::remote::asking::Asking;
use crate::remote::error::RemoteError;

/// Reads them, with the credentials of a profile, or what SDKs find instead, through the user's own proxy. Documents that the binary has
/// are not asked for.
///
/// # Errors
///
/// When what is configured cannot be used, or IAM does not give them.
pub fn managed_policies(
    profile: Option<&str>,
    via: UpstreamProxy,
) -> Result<Candidates, RemoteError> {
    let asking = Asking::new(profile, via)?;
    let mut known = Known::embedded();
    let iam = asking.services().iam();
    let policies = asking.wait(iam.managed_policies(|arn, version| known.has(arn, version)))?;
    let listed = policies.into_iter().map(|it| Listed {
        name: it.name,
        arn: it.arn,
        version: it.version,
        is_attachable: it.is_attachable,
        document: it.document,
    });
    Ok(Candidates::of(listed.collect(), &mut known))
}
