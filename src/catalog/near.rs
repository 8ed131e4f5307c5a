//! Names that are nearly like one that there is not.

use strsim::damerau_levenshtein;

/// The names that are nearest to this one: by the letters that have to be changed, or because it is the beginning of them.
pub fn close(
    name: &str,
    names: impl Iterator<Item = &'static str>,
    most: usize,
) -> Vec<&'static str> {
    let wanted = folded(name);
    if wanted.is_empty() {
        return Vec::new();
    }
    let allowed = (wanted.len() / 3).clamp(1, 4);
    let mut near: Vec<(usize, &'static str)> = names
        .filter_map(|it| {
            let other = folded(it);
            if wanted.len() >= 3 && other.starts_with(&wanted) {
                return Some((2 + (other.len() - wanted.len()) / 8, it));
            }
            // No distance is smaller than the difference in length.
            if other.len().abs_diff(wanted.len()) > allowed {
                return None;
            }
            let distance = damerau_levenshtein(&wanted, &other);
            (distance <= allowed).then_some((distance, it))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(most).map(|it| it.1).collect()
}

/// Letters and digits alone, in lower case: `copy_object` is `CopyObject`.
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
}
