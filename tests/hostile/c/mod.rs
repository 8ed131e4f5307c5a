//! Silent mistakes: nothing goes wrong without a word.
