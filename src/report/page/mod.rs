//! The report: one page of HTML that opens anywhere, asks nothing of any network, and has all that is known of a policy.
//!
//! What is known goes into it as JSON that no browser runs ([`Model`]), and a script of ours draws it, as text. The page itself (its
//! frame, style and scripts) lies beside this file; `build/page.rs` joins it and computes the hashes by which the browser knows our
//! script and style from any other.

mod gathering;
mod model;
mod nearest;
mod notes;
mod pages;
mod rows;

pub use gathering::{Baseline, Gathering};
pub use model::{Made, Model};
pub use notes::{Note, missing};
use pages::unpacked;
pub use rows::Moment;

use crate::text;

/// The page without its data, packed.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page.bin"));

/// Where the page has its data from, beside what it is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file: nothing else.
    File,
    /// The server that it came from tells what is new.
    Live,
}

/// The page of a file.
pub fn render(model: &Model) -> String {
    page(&model.plain(), &model.json(), Kind::File)
}

/// The page, with the policy as it is read where no script runs, and the model as JSON.
pub fn page(plain: &str, data: &str, kind: Kind) -> String {
    let frame = unpacked(PACKED);
    let connect = match kind {
        Kind::File => "'none'",
        Kind::Live => "'self'",
    };
    // What is put in is never looked into for what is to be put in next.
    let mut page = String::with_capacity(frame.len() + data.len() + data.len() / 16);
    let mut rest = frame.as_str();
    for (mark, value) in [
        ("{{connect}}", connect.to_owned()),
        ("{{plain}}", escaped(plain)),
        ("{{data}}", inert(data)),
    ] {
        if let Some((before, after)) = rest.split_once(mark) {
            page.push_str(before);
            page.push_str(&value);
            rest = after;
        }
    }
    page.push_str(rest);
    page
}

/// JSON that ends no element: in it `<` stands only in strings, where it can be written otherwise.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Text as HTML.
fn escaped(plain: &str) -> String {
    text::page(plain).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
