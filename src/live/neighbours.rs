//! The other users of this machine: whom the user lets in, and what those are called who were not.

use std::fs;

use crate::capture::neighbours::{Guests, Stranger};
use crate::live::error::LiveError;

const USERS: &str = "/etc/passwd";

/// Who is heard: ourselves, root, the users of `--allow-user`, and perhaps other machines.
///
/// # Errors
///
/// When there is no such user.
pub(crate) fn guests(names: &[String], remote: bool) -> Result<Guests, LiveError> {
    let users = if names.is_empty() { String::new() } else { users() };
    let numbers = names.iter().map(|name| number(&users, name));
    let numbers = numbers.zip(names).map(|(number, name)| match number {
        Some(number) => Ok(number),
        // On Windows users have no numbers, and everybody is heard.
        None if cfg!(windows) => Ok(u32::MAX),
        None => Err(LiveError::NoUser(name.clone())),
    });
    Ok(Guests::new(&numbers.collect::<Result<Vec<_>, _>>()?, remote))
}

/// How a summary names somebody: by the name, where this machine's list has it.
pub(crate) fn name(stranger: Stranger) -> String {
    let Stranger::User(number) = stranger else { return "an unknown user".to_owned() };
    if number == u32::MAX {
        return "other users".to_owned();
    }
    match name_in(&users(), number) {
        Some(name) => format!("user {name} ({number})"),
        None => format!("user {number}"),
    }
}

fn users() -> String {
    // Without it, users are numbers.
    fs::read(USERS).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn number(users: &str, name: &str) -> Option<u32> {
    let by_name = rows(users).find(|(it, _)| *it == name).map(|(_, number)| number);
    // No user is called by a number; -1 is nobody's.
    by_name.or_else(|| name.parse().ok().filter(|number| *number != u32::MAX))
}

fn name_in(users: &str, number: u32) -> Option<&str> {
    rows(users).find(|(_, it)| *it == number).map(|(name, _)| name)
}

/// Names and numbers (man7.org/linux/man-pages/man5/passwd.5.html).
fn rows(users: &str) -> impl Iterator<Item = (&str, u32)> {
    users.lines().filter_map(|row| {
        let mut fields = row.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        Some((name, number.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str =
        "root:x:0:0:root:/root:/bin/sh\n# comment\n+::::::\napp:x:1001:1001::/:/bin/sh\nshort:x\n";

    #[test]
    fn users_are_found_by_name_and_by_number() {
        assert_eq!(number(USERS, "app"), Some(1001));
        assert_eq!(number(USERS, "4711"), Some(4711), "of a container, for example");
        for name in ["short", "nobody-there", "4294967295", "-1", "", "+"] {
            assert_eq!(number(USERS, name), None, "{name}");
        }
        assert_eq!(name_in(USERS, 1001), Some("app"));
        assert_eq!(name_in(USERS, 1002), None);
    }
}
