//! Documents that are one after the other in a text.

use crate::policy::Policy;

/// The name of a document: the number follows where there are several.
pub(super) fn numbered(name: &str, separator: &str, index: usize, documents: &[Policy]) -> String {
    if documents.len() > 1 { format!("{name}{separator}{}", index + 1) } else { name.to_owned() }
}
