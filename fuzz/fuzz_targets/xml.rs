//! An XML body, as a request and as an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| leastwise_fuzz::body("s3", "/bucket?delete", ("content-type", "application/xml"), data));
