//! Resource types as they are compared with what operations and members are called.

use super::names::{folded, is_chosen, is_id, singular, stem};
use crate::sources::reference::{Document, ResourceType};

/// A resource type.
#[derive(Debug)]
pub(super) struct Kind<'a> {
    pub(super) prefix: &'a str,
    pub(super) name: &'a str,
    /// For each ARN format that ends in a variable its variables, in their order, without those for the place. A format
    /// that ends in a word is of a collection, or of something that is there once.
    pub(super) formats: Vec<Vec<&'a str>>,
    /// Folded, its name, and what its name begins with before a slash.
    types: Vec<String>,
    /// Folded, what one of it is called: by its name, and by its last variables.
    pub(super) names: Vec<String>,
}

impl Kind<'_> {
    /// Whether the type is called so.
    pub(super) fn is(&self, folded: &str) -> bool {
        self.types.iter().any(|name| name == folded)
    }

    /// Whether one of it is called so.
    pub(super) fn is_called(&self, folded: &str) -> bool {
        self.names.iter().any(|name| name == folded)
    }

    /// Whether one is called so in short, as `rule` says for a listener rule.
    pub(super) fn is_called_in_short(&self, short: &str) -> bool {
        short.len() >= 3
            && self.names.iter().any(|it| it.ends_with(short) || short.ends_with(&**it))
    }

    /// The last variables of its formats, each once; where some are ids, only those.
    pub(super) fn last_variables(&self) -> Vec<&str> {
        let mut last: Vec<&str> = self.formats.iter().filter_map(|it| it.last().copied()).collect();
        last.sort_unstable();
        last.dedup();
        let ids: Vec<&str> = last.iter().copied().filter(|it| is_id(&folded(it))).collect();
        if ids.is_empty() { last } else { ids }
    }

    /// The id that stands before a chosen name in its ARNs, if it is of no other type of the prefix.
    pub(super) fn id_before_name(&self, kinds: &[Kind<'_>]) -> Option<&str> {
        let is_of_other = |variable: &&str| {
            kinds.iter().any(|it| it.name != self.name && it.last_variables().contains(variable))
        };
        let formats = self.formats.iter().filter_map(|it| it.split_last());
        let before = formats.filter(|(last, _)| is_chosen(&folded(last))).flat_map(|it| it.1);
        before.copied().rfind(|it| is_id(&folded(it)) && !is_of_other(it))
    }
}

/// The resource types of a prefix.
pub(super) fn of<'a>(prefix: &'a str, document: &'a Document) -> Vec<Kind<'a>> {
    document.resources.iter().map(|it| kind(prefix, it)).collect()
}

fn kind<'a>(prefix: &'a str, of: &'a ResourceType) -> Kind<'a> {
    let formats = of.arn_formats.iter().filter(|it| it.ends_with('}'));
    let formats: Vec<Vec<&str>> = formats.map(|it| variables(it)).collect();
    let before = of.name.split('/').next().unwrap_or_default();
    let types = vec![singular(&folded(&of.name)), singular(&folded(before))];
    let last = formats.iter().filter_map(|it| it.last());
    let mut names: Vec<String> = last.map(|it| stem(&folded(it)).to_owned()).collect();
    // Everything is a resource.
    names.retain(|name| !name.is_empty() && name != "resource");
    names.extend(types.iter().cloned());
    names.sort_unstable();
    names.dedup();
    Kind { prefix, name: &of.name, formats, types, names }
}

/// The variables of the part behind partition, service, region and account.
fn variables(format: &str) -> Vec<&str> {
    let resource = format.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split("${").skip(1).filter_map(|it| it.split('}').next()).collect()
}

/// Whether a request that has members of these folded names in every call names the variable of a type. `is_noun`: the
/// operation's name is about the type.
pub(super) fn is_named(
    kind: &Kind<'_>,
    variable: &str,
    required: &[String],
    is_noun: bool,
) -> bool {
    let variable = folded(variable);
    required.iter().any(|member| {
        // A name does not say which id AWS gives what is called so.
        let says = is_chosen(member) <= is_chosen(&variable);
        let what = stem(member);
        *member == variable
            || (says && what == stem(&variable) && !what.is_empty())
            || (member == "name"
                && is_chosen(&variable)
                && (is_noun || kind.is_called(stem(&variable))))
            || (is_id(member) && if what.is_empty() { is_noun } else { kind.is(what) })
    })
}
