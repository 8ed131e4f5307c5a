//! What AWS did with the caller's permissions, out of sight.

use std::fmt::Write as _;

use crate::session::unseen::Unseen;
use crate::text::counted;

/// Types stand in lines of so many columns.
const WIDTH: usize = 100;

/// Tells it.
pub fn tell(unseen: &Unseen, text: &mut String) {
    let calls: u64 = unseen.operations.values().map(|seen| seen.calls).sum();
    if calls == 0 {
        return;
    }
    let has = if calls == 1 { "has" } else { "have" };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "  {} {has} AWS act with the caller's own permissions, in calls that only AWS sees: what they need is not in the\n  policy. Give AWS a role for it, or add what these resources need:",
        counted(calls, "call")
    );
    for ((service, operation), seen) in &unseen.operations {
        let mut words: Vec<String> = seen.types.iter().cloned().collect();
        if seen.untold > 0 {
            words.push(if seen.types.is_empty() {
                "of types that the request does not name".to_owned()
            } else {
                "and others, of types that the request does not name".to_owned()
            });
        }
        let unless = match seen.unless {
            "" => String::new(),
            unless => format!(" (unless {unless})"),
        };
        let _ = writeln!(text, "    {:>6}  {service}.{operation}{unless}:", seen.calls);
        write_list(text, &words);
    }
}

/// Words with commas between them, in lines that are not too long.
fn write_list(text: &mut String, words: &[String]) {
    const INDENT: &str = "            ";
    let mut line = INDENT.to_owned();
    for (index, word) in words.iter().enumerate() {
        let comma = if index + 1 < words.len() { "," } else { "" };
        if line.len() > INDENT.len() && line.len() + word.len() + 2 > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            INDENT.clone_into(&mut line);
        }
        let _ = write!(line, "{word}{comma} ");
    }
    let _ = writeln!(text, "{}", line.trim_end());
}
