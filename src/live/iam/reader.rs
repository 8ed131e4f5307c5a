//! Reads IAM from the stand-in, part by part.

use std::collections::BTreeSet;

use tokio::runtime::{Builder, Runtime};

use crate::aws::{Client, Credentials, Reach, Reached, Stream};
use crate::capture::proxy::{Line, Scheme};
use crate::enforce::iam::{Part, Read};
use crate::live::iam::asking::{Asking, ReadError};
use crate::live::iam::upkeep::parts_of;
use crate::live::iam::{identities, resources};

/// Reads IAM from a stand-in.
pub struct Reader {
    runtime: Runtime,
    asking: Asking,
}

impl Reader {
    /// Of whoever is at the end of this line, who is asked with these credentials.
    ///
    /// # Errors
    ///
    /// When the system gives nothing to wait with.
    pub fn new(line: Line, credentials: Credentials) -> Result<Reader, ReadError> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let scheme = match line.scheme() {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let authority = line.authority();
        let client = Client::new(scheme, &authority, credentials, Box::new(Way(line)));
        let asking = Asking::new(client);
        Ok(Reader { runtime, asking })
    }

    /// The account that is asked, and all that is read of it, with the policies of this region.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn all(&mut self, region: &str) -> Result<(String, Vec<Read>), ReadError> {
        let account = self.runtime.block_on(identities::account(&self.asking.client))?;
        let read = self.read(&parts_of(region).collect(), &BTreeSet::new())?;
        Ok((account, read))
    }

    /// These parts. `wanted`: ARNs of managed policies that are needed beside those that are attached.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn read(
        &mut self,
        parts: &BTreeSet<Part>,
        wanted: &BTreeSet<String>,
    ) -> Result<Vec<Read>, ReadError> {
        let Reader { runtime, asking } = self;
        runtime.block_on(async {
            let mut read = Vec::new();
            for part in parts {
                read.push(match part.service {
                    "iam" => Read::Identities(identities::read(asking, wanted).await?),
                    _ => Read::Resources(part.clone(), resources::read(asking, part).await?),
                });
            }
            Ok(read)
        })
    }

    /// What is to be said of what was read, and was not said before.
    pub fn take_notes(&mut self) -> Vec<String> {
        self.asking.take_notes()
    }
}

/// Connects as the proxy does.
struct Way(Line);

impl Reach for Way {
    fn reach(&self) -> Reached<'_> {
        Box::pin(async {
            let stream = self.0.dial().await?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}
