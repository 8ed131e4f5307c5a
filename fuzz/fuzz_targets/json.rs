//! A JSON body, as a request and as an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| leastwise_fuzz::body("dynamodb", "/", ("x-amz-target", "DynamoDB_20120810.TransactWriteItems"), data));
