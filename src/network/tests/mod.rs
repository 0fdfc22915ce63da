//! Networks over loopback. Every wait is for an event or a counter, with a deadline that only a
//! defect reaches.

mod access;
mod delivery;
mod harness;
mod misbehaviour;
mod raw_peer;
mod requests;
