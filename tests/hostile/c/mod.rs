//! Silent mistakes: nothing goes wrong without a word.

mod upstream_certificate;
