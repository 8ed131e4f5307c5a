//! What may enter the policy: only what the program asked of AWS, and AWS answered.

#[cfg(unix)]
mod client_id;
#[cfg(unix)]
mod denials;
mod names;
#[cfg(target_os = "linux")]
mod neighbours;
/// Plain HTTP, and hosts where strangers answer.
mod plain_http;
mod server;
/// Who never was authenticated.
mod unauthenticated;
/// Hosts whose name TLS has verified.
mod verified;
