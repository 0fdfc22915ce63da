//! See `waybill::testing::fuzz_targets`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| waybill::testing::fuzz_targets::run("governors", data));
