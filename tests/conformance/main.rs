//! Held against official vectors, schemas and independent implementations. Vectors stand beside the
//! repository, in the folder that `WAYBILL_CONFORMANCE` names; what is skipped without it is counted
//! and printed.

mod epcis;
mod merkle;
mod tlog;
