//! What commands are given beside files, and who reaches it.

use std::path::PathBuf;

use crate::capture::proxy::UpstreamProxy;
use crate::recording::trail::{Elsewhere, Only, Options};
use crate::remote::address::{global_regions, is_address, of_lookup};
use crate::remote::asking::Asking;
use crate::remote::error::RemoteError;
use crate::remote::reached::Remote;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What is wrong stops it.
    pub strict: bool,
    /// Which events count.
    pub only: Only,
    /// CloudTrail itself is asked.
    pub lookup: bool,
    /// The profile with the credentials; `None`: what SDKs find.
    pub profile: Option<String>,
    /// So much of what distinct calls are is kept in memory, in MiB.
    pub memory: Option<u32>,
}

/// How inputs are read, and who reaches those that are no files.
pub struct Sources {
    strict: bool,
    only: Only,
    /// In bytes.
    memory: Option<usize>,
    remote: Option<Remote>,
}

impl Sources {
    /// Those of inputs, to which the regions are added in which CloudTrail is to be asked. `via` is the user's own proxy, which is found
    /// out only if something is to be reached.
    ///
    /// # Errors
    ///
    /// When what is configured cannot be used, or no region is.
    pub fn of<E: From<RemoteError>>(
        asked: Asked,
        inputs: &mut Vec<PathBuf>,
        via: impl FnOnce() -> Result<UpstreamProxy, E>,
    ) -> Result<Sources, E> {
        let Asked { strict, mut only, lookup, profile, memory } = asked;
        let memory = memory.map(|mebibytes| mebibytes as usize * (1 << 20));
        let is_remote = |path: &PathBuf| path.to_str().is_some_and(is_address);
        if !lookup && !inputs.iter().any(is_remote) {
            return Ok(Sources { strict, only, memory, remote: None });
        }
        let remote = Remote(Asking::new(profile.as_deref(), via()?)?);
        if lookup {
            let regions = regions(&only, remote.region())?;
            inputs.extend(regions.iter().map(|region| PathBuf::from(of_lookup(region))));
            if !only.regions.is_empty() {
                only.regions = regions;
            }
        }
        Ok(Sources { strict, only, memory, remote: Some(remote) })
    }

    /// How they are read.
    pub fn options(&self) -> Options<'_> {
        let elsewhere = self.remote.as_ref().map(|remote| remote as &dyn Elsewhere);
        let Sources { strict, only, memory, .. } = self;
        Options {
            strict: *strict,
            only: Some(only),
            memory: *memory,
            elsewhere,
            ..Options::default()
        }
    }
}

/// The regions in which CloudTrail is asked: those that are named, or the one that is configured; and those in which the events of global
/// services are.
fn regions(only: &Only, configured: Option<&str>) -> Result<Vec<String>, RemoteError> {
    let mut regions = only.regions.clone();
    if regions.is_empty() {
        regions.push(configured.ok_or(RemoteError::NoRegion)?.to_owned());
    }
    for region in regions.clone() {
        for global in global_regions(&region) {
            if !regions.iter().any(|it| it == global) {
                regions.push(global.to_owned());
            }
        }
    }
    Ok(regions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_regions_of_global_services_are_asked_too() {
        let named = |regions: &[&str], configured| {
            let regions = regions.iter().map(|it| (*it).to_owned()).collect();
            super::regions(&Only { regions, ..Only::default() }, configured)
        };
        assert_eq!(named(&[], Some("eu-west-1")).unwrap(), ["eu-west-1", "us-east-1"]);
        assert_eq!(named(&["eu-west-2"], Some("eu-west-1")).unwrap(), ["eu-west-2", "us-east-1"]);
        assert_eq!(named(&["us-east-1"], None).unwrap(), ["us-east-1"]);
        assert!(matches!(named(&[], None), Err(RemoteError::NoRegion)));
    }
}
