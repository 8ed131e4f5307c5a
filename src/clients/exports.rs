//! The environment as lines for a shell.

use crate::clients::environment::Variable;
use crate::text::shell_word;

/// What to type in the other shell: one line for each kind of variable.
pub fn exports(additions: &[Variable]) -> Vec<String> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for (name, value) in additions {
        let kind = match *name {
            name if name.starts_with("AWS_CSM_") => "csm",
            name if name.to_ascii_lowercase().ends_with("_proxy") => "proxy",
            "NODE_OPTIONS" | "BUN_OPTIONS" => "node",
            "JAVA_TOOL_OPTIONS" | "JDK_JAVA_OPTIONS" | "_JAVA_OPTIONS" => "java",
            _ => "trust",
        };
        let word = format!(" {name}={}", shell_word(&value.to_string_lossy()));
        match lines.iter_mut().find(|(it, _)| *it == kind) {
            Some((_, line)) => line.push_str(&word),
            None => lines.push((kind, format!("export{word}"))),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_words_for_a_shell() {
        let additions: Vec<Variable> = vec![
            ("AWS_CSM_PORT", "31000".into()),
            ("AWS_CSM_HOST", "127.0.0.1".into()),
            ("HTTPS_PROXY", "http://127.0.0.1:10080".into()),
            ("AWS_CA_BUNDLE", "/it's here/ca.pem".into()),
            ("NODE_OPTIONS", "--require /a.js".into()),
        ];
        assert_eq!(
            exports(&additions),
            [
                "export AWS_CSM_PORT=31000 AWS_CSM_HOST=127.0.0.1",
                "export HTTPS_PROXY=http://127.0.0.1:10080",
                r"export AWS_CA_BUNDLE='/it'\''s here/ca.pem'",
                "export NODE_OPTIONS='--require /a.js'",
            ]
        );
    }
}
