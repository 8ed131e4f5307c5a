//! What is known of a resource that a call acts on, and that the call's conditions do not say: what policies may ask of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::evaluate::verdict::Context;

/// Tags are bound to be told by whoever answers. AWS takes 50 on a resource
/// (<https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html>); of more nothing is known.
const MOST_TAGS: usize = 64;
/// Characters of all tags, or of all values of a key; of more nothing is known.
const LONGEST: usize = 32 * 1_024;

/// What condition keys of a resource's tags begin with.
const RESOURCE_TAG: &str = "aws:ResourceTag/";
/// What condition keys of the tags that a request sets begin with.
const REQUEST_TAG: &str = "aws:RequestTag/";
/// The names of the tags that a request sets.
const TAG_KEYS: &str = "aws:TagKeys";
/// Whose the resource is.
const RESOURCE_ACCOUNT: &str = "aws:ResourceAccount";

/// What is known of a resource in one request, as it was before the request; by default nothing.
///
/// Only what AWS puts into the context of a request on such a resource belongs here: tags of a type whose tags it does not
/// evaluate would be taken for tags that meet a condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Known {
    pattern: Option<String>,
    /// By what their condition keys begin with.
    tags: BTreeMap<&'static str, BTreeMap<String, String>>,
    keys: BTreeMap<String, BTreeSet<String>>,
}

impl Known {
    /// Whether that is nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Known::default()
    }

    /// The resource was made by the run, so another run has another; this stands for it in a policy that is to hold then
    /// (`arn:aws:ec2:eu-west-1:111122223333:vpc/*`).
    #[must_use]
    pub fn with_pattern(mut self, pattern: &str) -> Known {
        self.pattern = Some(pattern.to_owned());
        self
    }

    /// These are all tags of the resource, by their names (`aws:ResourceTag/NAME`).
    #[must_use]
    pub fn with_tags<'t>(self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Known {
        self.with_all(RESOURCE_TAG, tags)
    }

    /// These are all tags that the request sets, by their names (`aws:RequestTag/NAME`, `aws:TagKeys`).
    #[must_use]
    pub fn with_request_tags<'t>(
        self,
        tags: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Known {
        let known = self.with_all(REQUEST_TAG, tags);
        match known.tags.get(REQUEST_TAG).map(|tags| tags.keys().cloned().collect::<Vec<_>>()) {
            Some(names) => known.with_key(TAG_KEYS, names.iter().map(String::as_str)),
            None => known,
        }
    }

    /// The request has the key with these values and no others; without any, it does not have it. So is told in what the
    /// resource lies (`ec2:Vpc`), what its aliases are (`kms:ResourceAliases`) and which of them the request named
    /// (`kms:RequestAlias`), the names of records (`route53:ChangeResourceRecordSetsNormalizedRecordNames`), and by which
    /// call what it tags is made (`ec2:CreateAction`).
    #[must_use]
    pub fn with_key<'t>(mut self, key: &str, values: impl IntoIterator<Item = &'t str>) -> Known {
        let values: BTreeSet<String> = values.into_iter().map(str::to_owned).collect();
        if values.iter().map(String::len).sum::<usize>() <= LONGEST {
            self.keys.insert(key.to_owned(), values);
        }
        self
    }

    /// The account that the resource is in, where its ARN does not say it.
    #[must_use]
    pub fn with_account(self, account: &str) -> Known {
        self.with_key(RESOURCE_ACCOUNT, [account])
    }

    /// What stands for the resource in a policy that is to hold the next time, if it is another one then.
    pub fn pattern(&self) -> Option<&str> {
        self.pattern.as_deref()
    }

    /// Leaves what is known of another one, too. Tags that both have stay; that there are no others is not known any more.
    pub fn keep_common(&mut self, other: &Known) {
        if self == other {
            return;
        }
        if self.pattern != other.pattern {
            self.pattern = None;
        }
        let (ours, theirs) = (self.all_keys(), other.all_keys());
        self.tags.retain(|beginning, tags| other.tags.get(beginning) == Some(tags));
        let is_common =
            |(key, values): &(String, BTreeSet<String>)| theirs.get(key) == Some(values);
        self.keys = ours.into_iter().filter(is_common).collect();
    }

    /// Its keys, those of tags among them, but for those of tags whose names differ in case alone; names in lower case.
    fn all_keys(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut all = BTreeMap::new();
        for (key, values) in &self.keys {
            all.insert(key.to_ascii_lowercase(), values.clone());
        }
        for (beginning, tags) in &self.tags {
            let mut own: BTreeMap<String, Option<&String>> = BTreeMap::new();
            for (name, value) in tags {
                let key = format!("{beginning}{name}").to_ascii_lowercase();
                own.entry(key).and_modify(|known| *known = None).or_insert(Some(value));
            }
            for (key, value) in own {
                match value {
                    Some(value) => all.insert(key, BTreeSet::from([value.clone()])),
                    None => all.remove(&key),
                };
            }
        }
        all
    }

    /// The same with the ARNs in it changed.
    #[must_use]
    pub fn map_arns(&self, changed: impl Fn(&str) -> String) -> Known {
        let values =
            |values: &BTreeSet<String>| values.iter().map(|value| changed(value)).collect();
        Known {
            pattern: self.pattern.as_deref().map(&changed),
            tags: self.tags.clone(),
            keys: self.keys.iter().map(|(key, all)| (key.clone(), values(all))).collect(),
        }
    }

    /// Puts it into the context of the request, in the place of what was there. What `is_open` says to lack something that is
    /// not known is told as not known.
    pub fn tell(&self, context: &mut Context, is_open: impl Fn(&str) -> bool) {
        for (beginning, tags) in &self.tags {
            let tags = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            context.set_all(beginning, tags);
        }
        for (key, values) in &self.keys {
            if values.iter().any(|value| is_open(value)) {
                context.forget(key);
            } else {
                context.set(key, values);
            }
        }
    }

    fn with_all<'t>(
        mut self,
        beginning: &'static str,
        tags: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Known {
        // One more than are kept tells that there are too many.
        let tags: BTreeMap<String, String> = tags
            .into_iter()
            .take(MOST_TAGS + 1)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let length: usize = tags.iter().map(|(name, value)| name.len() + value.len()).sum();
        if tags.len() <= MOST_TAGS && length <= LONGEST {
            self.tags.insert(beginning, tags);
        }
        self
    }
}

/// Whether requests for an action say in whose account the resource is.
pub fn says_account(action: &str) -> bool {
    let is = |listed: &str| match listed.strip_suffix('*') {
        Some(prefix) => {
            action.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix))
        }
        None => action.eq_ignore_ascii_case(listed),
    };
    !LISTED.iter().any(|listed| is(listed))
}

static LISTED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    WITHOUT_RESOURCE_ACCOUNT.lines().filter(|line| !line.starts_with('#')).collect()
});

/// The actions whose requests lack the key.
pub(crate) const WITHOUT_RESOURCE_ACCOUNT: &str =
    include_str!("../../data/without-resource-account.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::verdict;

    fn told(known: &Known) -> Context {
        let mut context = Context::unknown();
        known.tell(&mut context, |_| false);
        context
    }

    #[test]
    fn nothing_is_told_of_what_is_not_known() {
        assert!(Known::default().is_nothing());
        assert_eq!(told(&Known::default()), Context::unknown());
        assert_eq!(
            told(&Known::default().with_pattern("arn:aws:ec2:r:1:vpc/*")),
            Context::unknown()
        );
    }

    #[test]
    fn all_tags_and_keys_are_told() {
        let known = Known::default()
            .with_tags([("Env", "CI")])
            .with_request_tags([("Team", "blue"), ("owner", "")])
            .with_key("ec2:Vpc", ["arn:aws:ec2:r:111122223333:vpc/vpc-1"])
            .with_key("kms:ResourceAliases", [])
            .with_account("111122223333");
        let context = told(&known);
        let values = |key: &str| match context.get(key) {
            verdict::Known::Values(values) => values.join(" "),
            verdict::Known::Absent => "absent".to_owned(),
            verdict::Known::Nothing => "nothing".to_owned(),
        };
        for (key, is) in [
            ("aws:ResourceTag/env", "CI"),
            ("aws:ResourceTag/team", "absent"),
            ("aws:RequestTag/TEAM", "blue"),
            ("aws:RequestTag/env", "absent"),
            ("aws:TagKeys", "Team owner"),
            ("ec2:vpc", "arn:aws:ec2:r:111122223333:vpc/vpc-1"),
            ("kms:ResourceAliases", "absent"),
            ("kms:RequestAlias", "nothing"),
            ("aws:ResourceAccount", "111122223333"),
        ] {
            assert_eq!(values(key), is, "{key}");
        }
    }

    #[test]
    fn more_than_a_resource_can_have_is_not_known() {
        let names: Vec<String> = (0..=MOST_TAGS).map(|number| format!("tag{number}")).collect();
        let tags = |count: usize| names[..count].iter().map(|name| (name.as_str(), "x"));
        let context = told(&Known::default().with_tags(tags(MOST_TAGS)));
        assert_eq!(context.get("aws:ResourceTag/none"), verdict::Known::Absent);
        let context = told(&Known::default().with_tags(tags(MOST_TAGS + 1)));
        assert_eq!(context.get("aws:ResourceTag/none"), verdict::Known::Nothing);
        let long = "x".repeat(LONGEST + 1);
        assert!(Known::default().with_tags([("long", long.as_str())]).is_nothing());
        assert!(Known::default().with_request_tags([("long", long.as_str())]).is_nothing());
        assert!(Known::default().with_key("a:b", [long.as_str()]).is_nothing());
    }

    #[test]
    fn what_several_have_in_common_stays() {
        let known = |tags: &[(&str, &str)], vpc: &str| {
            Known::default()
                .with_pattern("p")
                .with_tags(tags.iter().copied())
                .with_key("ec2:Vpc", [vpc])
        };
        let mut common = known(&[("env", "ci"), ("Name", "1"), ("a", "x"), ("A", "x")], "v");
        let same = common.clone();
        common.keep_common(&same);
        assert_eq!(common, same);
        common.keep_common(&known(&[("Env", "ci"), ("Name", "2"), ("a", "x")], "v"));
        common.keep_common(&known(&[("env", "ci")], "v"));
        let context = told(&common);
        let values = |value: &str| [value.to_owned()];
        assert_eq!(context.get("aws:ResourceTag/env"), verdict::Known::Values(&values("ci")));
        for key in ["aws:ResourceTag/name", "aws:ResourceTag/a", "aws:ResourceTag/none"] {
            assert_eq!(context.get(key), verdict::Known::Nothing, "{key}");
        }
        assert_eq!(context.get("ec2:Vpc"), verdict::Known::Values(&values("v")));
        assert_eq!(common.pattern(), Some("p"));
        common.keep_common(&known(&[], "w").with_request_tags([]).with_pattern("q"));
        assert!(common.is_nothing(), "{common:?}");
    }

    #[test]
    fn an_arn_that_lacks_its_account_is_not_known() {
        let known = Known::default().with_key("ec2:Vpc", ["arn:aws:ec2:r:*:vpc/vpc-1"]);
        let mut context = Context::unknown();
        known.tell(&mut context, |value| value.contains(":*:"));
        assert_eq!(context.get("ec2:Vpc"), verdict::Known::Nothing);
        let settled = known.map_arns(|value| value.replace(":*:", ":111122223333:"));
        assert!(matches!(told(&settled).get("ec2:Vpc"), verdict::Known::Values(_)));
    }
}
