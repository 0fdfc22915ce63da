//! Serving a router over TCP.
//!
//! HTTP/1.1 only, with hyper's own connection type: the builder of `hyper-util` that tells versions
//! apart would read the first bytes of a connection without a time limit.
//!
//! Who is cut off: a client whose request head takes longer than
//! [`header_read_timeout`](super::ApiLimits::header_read_timeout), who pauses its body (the body's
//! reader answers 408), or who takes no byte of an answer for
//! [`write_stall_timeout`](super::ApiLimits::write_stall_timeout); and, after
//! [`shutdown_grace`](super::ApiLimits::shutdown_grace), everybody once the node stops.

mod connection;
mod patient_stream;
mod serve;

pub use serve::serve;
