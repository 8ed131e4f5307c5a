//! What may enter the policy: only what the program asked of AWS, and AWS answered.

/// Plain HTTP, and hosts where strangers answer.
mod plain_http;
mod server;
/// Who never was authenticated.
mod unauthenticated;
/// Hosts whose name TLS has verified.
mod verified;
