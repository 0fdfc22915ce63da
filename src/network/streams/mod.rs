//! What is read from and written to an open stream: one future for each stream, run by the driver.

mod liveness;
mod receiver;
mod request;
mod sender;

pub(crate) use liveness::{answer_pings, ping};
pub(crate) use receiver::receive_messages;
pub(crate) use request::{Asking, ask, serve};
pub(crate) use sender::send_messages;

use std::io;

use super::frame::FrameError;
use super::{StreamKind, Violation};

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamEnd {
    /// It was closed or it broke, with its connection or alone.
    Closed,
    /// The peer broke the rules.
    Violation(Violation),
    /// The peer does not answer pings.
    Unresponsive,
}

impl From<io::Error> for StreamEnd {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

impl StreamEnd {
    /// The end of a stream on which a header was refused.
    fn refused(stream: StreamKind, error: FrameError) -> Self {
        Self::Violation(match error {
            FrameError::Empty => Violation::Malformed {
                stream,
                fault: "an empty frame",
            },
            FrameError::Oversize { bytes } => Violation::Oversize { stream, bytes },
        })
    }
}
