//! The options of policies beside those of the identity.

use crate::cli::PolicyLevels;
use crate::policies::LevelFiles;

/// The files that are named.
pub(super) fn files(options: &PolicyLevels) -> LevelFiles {
    let resource = options.resource_policy.iter();
    LevelFiles {
        boundary: options.boundary.clone(),
        session: options.session_policy.clone(),
        service_control: options.scp.iter().map(|it| it.0.clone()).collect(),
        resource_control: options.rcp.iter().map(|it| it.0.clone()).collect(),
        endpoint: options.endpoint_policy.clone(),
        resource: resource.map(|file| (file.path.clone(), file.to.clone())).collect(),
        management_account: options.management_account.clone(),
    }
}
