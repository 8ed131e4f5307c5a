//! Which clients do not go through the proxy as they should, and what to do about it.

use std::fmt::Write as _;

use crate::report::documents::document;
use crate::report::summary::list::{SHOWN, list};
use crate::session::astray::Astray;
use crate::text::counted;

/// Tells it: the connections that failed were told before.
pub(super) fn tell(astray: &Astray, quiet: bool, text: &mut String) {
    let never_asked = astray.never_asked();
    let before = text.len();
    if !never_asked.is_empty() {
        let connections: u64 = never_asked.iter().map(|(_, count)| count).sum();
        let were = if connections == 1 { "was" } else { "were" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {} {were} opened and closed again without a request, as by a client that does not trust Leastwise's certificate:",
            counted(connections, "connection")
        );
        for (host, count) in never_asked.iter().take(SHOWN) {
            let _ = writeln!(text, "    {count:>6}  {host}");
        }
        let others: u64 = never_asked.iter().skip(SHOWN).map(|(_, count)| count).sum();
        if others > 0 {
            let _ = writeln!(text, "    {others:>6}  others");
        }
    }
    if astray.past.total() > 0 && !quiet {
        let _ = writeln!(
            text,
            "  {} went past the proxy and {} heard over client-side monitoring only, so the resources are less exact; made by:",
            counted(astray.past.total(), "call"),
            if astray.past.total() == 1 { "was" } else { "were" }
        );
        list(&astray.past, text);
    }
    if astray.untrusted > 0 || text.len() > before {
        let _ = writeln!(
            text,
            "  A client that is not seen has settings of its own: Java a trust store or proxy on its command line, PHP curl.cainfo in its\n  \
             php.ini, Node.js a `ca` option, C++ and Rust what their code says. LEASTWISE_CA_FILE names the certificate to trust;\n  \
             \"A client that is not seen\" in {} says more.",
            document("docs/clients.md")
        );
    }
}
