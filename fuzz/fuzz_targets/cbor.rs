//! A CBOR body.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| leastwise_fuzz::body("monitoring", "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm", ("smithy-protocol", "rpc-v2-cbor"), data));
