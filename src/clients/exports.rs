//! The environment as lines for a shell, or for what reads lines of `NAME=value`.

use crate::clients::environment::Variable;
use crate::text::shell_word;

/// Who reads the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// sh, bash, zsh and their like.
    Sh,
    /// <https://fishshell.com/docs/current/cmds/set.html>
    Fish,
    /// <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_environment_variables>
    PowerShell,
    /// A file of lines that are names and values as they are: `docker run --env-file`
    /// (<https://docs.docker.com/reference/cli/docker/container/run/#env>), `$GITHUB_ENV`
    /// (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-environment-variable>).
    File,
}

/// Each of them ends what a single quote begins, and stands for itself twice
/// (<https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules>).
const POWERSHELL_QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

/// A line for each variable. None can hold a value with a line break, but the shells' own.
pub fn lines<'a>(
    variables: impl Iterator<Item = (&'a str, &'a str)>,
    reader: Reader,
) -> Vec<String> {
    let line = |(name, value): (&str, &str)| match reader {
        Reader::Sh => Some(format!("export {name}={}", shell_word(value))),
        Reader::Fish => {
            let value = value.replace('\\', r"\\").replace('\'', r"\'");
            Some(format!("set -gx {name} '{value}'"))
        }
        Reader::PowerShell => {
            let value = value.chars().flat_map(|it| {
                let twice = POWERSHELL_QUOTES.contains(&it);
                std::iter::repeat_n(it, if twice { 2 } else { 1 })
            });
            Some(format!("$Env:{name} = '{}'", value.collect::<String>()))
        }
        Reader::File => (!value.contains(['\n', '\r'])).then(|| format!("{name}={value}")),
    };
    variables.filter_map(line).collect()
}

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
    #[test]
    fn each_reader_reads_the_value_that_was_written() {
        let value = r"it's a $HOME \ `x`";
        let of = |reader| lines([("A", value)].into_iter(), reader).remove(0);
        assert_eq!(of(Reader::Sh), r"export A='it'\''s a $HOME \ `x`'");
        assert_eq!(of(Reader::Fish), r"set -gx A 'it\'s a $HOME \\ `x`'");
        assert_eq!(of(Reader::PowerShell), r"$Env:A = 'it''s a $HOME \ `x`'");
        assert_eq!(of(Reader::File), format!("A={value}"));
        let curly = lines([("A", "o\u{2019}brien")].into_iter(), Reader::PowerShell);
        assert_eq!(curly, ["$Env:A = 'o\u{2019}\u{2019}brien'"], "it would end the value");
        let broken = lines([("A", "x\ny"), ("B", "z")].into_iter(), Reader::File);
        assert_eq!(broken, ["B=z"]);
    }
}
