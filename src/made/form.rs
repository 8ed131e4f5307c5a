//! Names that a program made of a hash, a UUID or a time, recognised by their form and written as a pattern.
//!
//! The next run of the program makes another name of the same form: `asset.6f1e….zip` becomes `asset.????….zip`. Each form
//! has a fixed length, so that each character of it becomes one `?` and all that stands around it stays. A form that is not
//! certain is none: what a run of the program names once too narrowly costs a line of a policy, and what it names too widely
//! gives rights on what is somebody else's. `leastwise policy --stable` learns from two runs what no form tells.
//!
//! | form | who makes it |
//! | --- | --- |
//! | 32, 40, 56, 64, 96 or 128 hexadecimal digits, with digits and letters, the letters of one case | `cdk deploy` names what it uploads by SHA-256 (docs.aws.amazon.com/cdk/v2/guide/assets.html), `sam deploy` by MD5 (github.com/aws/aws-sam-cli, `samcli/lib/package/s3_uploader.py`), as `aws cloudformation package` does |
//! | a UUID, with `-` or `_` between its parts | everybody |
//! | a date of 2010 to 2099 (`20261125`, `2026-11-25`), alone or with the time of day (`20261125-093000`, `20261125T093000Z`, `2026-11-25T09:30:00.123Z`, `2026-11-25-09-30-00-123`, `20261125093000`) | everybody; the last but one SageMaker's SDK (github.com/aws/sagemaker-python-sdk, `name_from_base`) |
//! | seconds or milliseconds since 1970, of the years 2020 to 2033 | `samcli-deploy1700000000` (`samcli/lib/deploy/deployer.py`), `awscli-cloudformation-package-deploy-1700000000` (github.com/aws/aws-cli, `awscli/customizations/cloudformation/deployer.py`); the Serverless Framework's `1700000000000-2023-11-14T22:13:20.000Z` (github.com/serverless/serverless, `generate-artifact-directory-name.js`) |
//! | a time and a counter of 26 digits, behind a prefix or not | Terraform's `name_prefix` (github.com/hashicorp/terraform-plugin-sdk, `helper/id/id.go`) |
//! | a ULID (26 digits, github.com/ulid/spec) or a KSUID (27, github.com/segmentio/ksuid) of our time | everybody |
//! | `STACK-LOGICALID-SUFFIX`: what CloudFormation names without being told a name | docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html |
//!
//! Digits alone, shorter hashes (Git's seven digits, Pulumi's seven behind a hyphen, www.pulumi.com/docs/iac/concepts/resources/names),
//! versions, years, months and counters are none.

mod parts;
mod pattern;
mod resource;
mod suffix;
mod time;

pub use parts::Kind;
pub(in crate::made) use pattern::may_have_form;
pub use pattern::{Formed, pattern};
pub use resource::{chosen, resource};

#[cfg(test)]
mod tests;
