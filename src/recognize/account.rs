//! The account that an access key id belongs to.
//!
//! AWS writes the account's number into the ids that it has given out since about 2019. After the
//! four letters of the prefix come 16 characters of base32 (80 bits); their first bit is set, the
//! next 40 are the account, the rest is random.
//!
//! Not decoded, because there is no account in them or it cannot be told:
//! - older ids, whose first bit is not set (the fifth character is one of `A` to `P`, mostly `I` or
//!   `J`). Among them are the ids of AWS's documentation (`AKIAIOSFODNN7EXAMPLE`);
//! - ids of another length or prefix, or with characters that base32 lacks (`testing`,
//!   `AKIAI44QH8DHBEXAMPLE`), and numbers that are no account (above 999999999999, or 0);
//! - placeholders: `…EXAMPLE`, and one character repeated (`AKIAXXXXXXXXXXXXXXXX`).
//!
//! An id that somebody made up of the right letters (`ASIATESTTESTTESTTEST`) cannot be told from a
//! real one and is decoded.

/// Prefixes of ids that sign requests: long-lived keys, temporary keys, STS bearer tokens and
/// context-specific credentials. Ids of users or roles (`AIDA`, `AROA`) never do.
const PREFIXES: [&str; 4] = ["AKIA", "ASIA", "ABIA", "ACCA"];
const LENGTH: usize = 20;

/// The 12-digit account id in an access key id, `None` where there is none to be read (see the
/// module's text).
pub fn from_access_key(id: &str) -> Option<String> {
    let (prefix, rest) = id.split_at_checked(4)?;
    if id.len() != LENGTH || !PREFIXES.contains(&prefix) || is_placeholder(rest.as_bytes()) {
        return None;
    }
    // Eight characters are 40 bits; two more hold the rest of the 48 that are looked at.
    let bits = rest.bytes().try_fold(0u128, |bits, letter| Some(bits << 5 | base32(letter)?))?;
    let first_48 = (bits >> 32) as u64;
    if first_48 >> 47 == 0 {
        return None;
    }
    let account = (first_48 & 0x7fff_ffff_ff80) >> 7;
    (1..=999_999_999_999).contains(&account).then(|| format!("{account:012}"))
}

fn is_placeholder(rest: &[u8]) -> bool {
    rest.ends_with(b"EXAMPLE") || rest.windows(2).all(|pair| pair[0] == pair[1])
}

fn base32(letter: u8) -> Option<u128> {
    match letter {
        b'A'..=b'Z' => Some(u128::from(letter - b'A')),
        b'2'..=b'7' => Some(u128::from(letter - b'2') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_ids_give_their_published_accounts() {
        // From public articles on the format, where AWS's own answer (sts:GetAccessKeyInfo) is quoted.
        assert_eq!(from_access_key("ASIAY34FZKBOKMUTVV7A").as_deref(), Some("609629065308"));
        assert_eq!(from_access_key("ASIAQNZGKIQY56JQ7WML").as_deref(), Some("029608264753"));
        // What LocalStack and moto issue for their default account.
        assert_eq!(from_access_key("AKIARZPUZDIKGB2VALC4").as_deref(), Some("123456789012"));
    }

    #[test]
    fn only_the_account_part_counts() {
        // Both ids differ in the random part alone.
        assert_eq!(
            from_access_key("ASIAY34FZKBOAAAAAAAA"),
            from_access_key("ASIAY34FZKBOP2222222"),
        );
        // The 13th character's first bit is the account's last one: odd and even neighbours.
        assert_eq!(from_access_key("ASIAY34FZKBOQAAAAAAA").as_deref(), Some("609629065309"));
    }

    #[test]
    fn no_account_is_invented() {
        for id in [
            "",
            "AKIA",
            "testing",
            "foobar_key",
            // AWS's documentation: the old format, and a character that base32 lacks.
            "AKIAIOSFODNN7EXAMPLE",
            "ASIAIOSFODNN7EXAMPLE",
            "AKIAI44QH8DHBEXAMPLE",
            // The old format.
            "AKIAJQABLZS4A3QDU576",
            // Placeholders.
            "AKIAXXXXXXXXXXXXXXXX",
            "ASIARANDOMXXXEXAMPLE",
            "AKIA7777777777777777",
            // Account 000000000000, as stand-ins issue it.
            "ASIAQAAAAAAAGMKEM7X5",
            // Wrong length, prefix, case; not one byte per character.
            "ASIAY34FZKBOKMUTVV7",
            "ASIAY34FZKBOKMUTVV7AA",
            "LSIAY34FZKBOKMUTVV7A",
            "AROAY34FZKBOKMUTVV7A",
            "asiay34fzkbokmutvv7a",
            "ASIAY34FZKBOKMUTVVé",
            "éééééééééé",
        ] {
            assert_eq!(from_access_key(id), None, "{id}");
        }
    }

    #[test]
    fn numbers_above_the_last_account_are_none() {
        // All bits set: 1099511627775, but not one letter repeated.
        assert_eq!(from_access_key("AKIA7777777777777776"), None);
    }
}
