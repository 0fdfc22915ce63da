//! The effects of `telemetry.device` and `telemetry.series`: devices in the state, points in the index.
//!
//! Invariants:
//! - A channel (a member's device and quantity) has one unit, for good.
//! - A channel has one point for each time: the first that was accepted. So what is answered is the union of
//!   the accepted series, in the order of the log.
//! - Whatever is strange about a series is flagged, not dropped, and no series is refused for its values.
//!
//! A series is applied with reads of single keys: one for the device, and one for each of its points that is
//! not later than the latest point of the channel.

mod flags;
mod outliers;
mod points;
mod state;

pub use points::{MAX_AHEAD_MS, StoredPoint, is_gap};
pub use state::{ChannelState, DeviceState, LatestPoint, read_device};

pub(super) use points::record_series;
pub(super) use state::register_device;

use crate::crypto::Sha256Digest;
use crate::types::MemberId;

/// Names a channel: 16 bytes of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelId([u8; 16]);

impl ChannelId {
    /// The name of a channel.
    pub fn of(member: &MemberId, device: &str, quantity: &str) -> Self {
        // None of the three has a zero byte in it.
        let parts: [&[u8]; 5] = [
            member.as_str().as_bytes(),
            &[0],
            device.as_bytes(),
            &[0],
            quantity.as_bytes(),
        ];
        let digest = Sha256Digest::of_parts(&parts);
        let mut id = [0; 16];
        id.iter_mut()
            .zip(digest.as_bytes())
            .for_each(|(own, byte)| *own = *byte);
        Self(id)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}
