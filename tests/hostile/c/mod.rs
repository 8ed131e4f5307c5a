//! Silent mistakes: nothing goes wrong without a word.

mod accounts;
mod twins;
mod upstream_certificate;
