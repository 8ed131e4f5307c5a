//! Events, and the calls that they are.
