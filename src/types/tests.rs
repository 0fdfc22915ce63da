//! Tests of what this floor promises as a whole: codecs, limits, signatures, certificates.

mod certificates;
mod codecs;
mod documents;
mod evidence;
mod generators;
mod limits;
mod quorums;
mod submissions;
