//! What the file of a principal's policy is called.

use crate::session::principals::directory::account_of;
use crate::session::principals::principal::Principal;

/// Characters of a file's name that are a principal's.
const LONGEST: usize = 100;

/// What a principal's file is called: `role-deploy`, `user-ann`, `root-111122223333`, `AKIA…`.
pub fn file_name(principal: &Principal) -> String {
    let name = match principal {
        Principal::Arn(arn) => {
            let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
            match resource {
                "root" => format!("root-{}", account_of(arn).unwrap_or("no-account")),
                // What only IAM knows of a name.
                _ => resource.trim_end_matches(['*', '_']).to_owned(),
            }
        }
        Principal::Key(key) => {
            let is_one = key.len() >= 16 && key.bytes().all(|it| it.is_ascii_alphanumeric());
            if is_one { key.clone() } else { format!("key-{key}") }
        }
        other => other.name().to_owned(),
    };
    let fit = |letter: char| letter.is_ascii_alphanumeric() || "_-+=,.@".contains(letter);
    let name = name.chars().take(LONGEST).map(|letter| if fit(letter) { letter } else { '-' });
    let name = name.collect::<String>();
    match name.trim_start_matches(['.', '-']) {
        "" => "principal".to_owned(),
        name => name.to_owned(),
    }
}
