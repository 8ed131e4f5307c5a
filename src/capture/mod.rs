//! The sockets: what is heard on them, as bytes, for [`recognize`](crate::recognize) to read.

pub mod csm;
mod drops;
pub mod neighbours;
pub mod proxy;
