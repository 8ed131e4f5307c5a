//! The sockets: what is heard on them, as bytes, for [`recognize`](crate::recognize) to read; and the
//! recordings of what they heard.

pub mod csm;
mod drops;
pub mod neighbours;
pub mod ownership;
pub mod proxy;
pub mod recording;
