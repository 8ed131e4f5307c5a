//! A form of the query protocols.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| leastwise_fuzz::body("ec2", "/", ("content-type", "application/x-www-form-urlencoded"), data));
