//! What a run made: names that the next run makes anew.

pub mod form;
