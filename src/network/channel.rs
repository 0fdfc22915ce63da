//! The channels that messages travel on.

use std::fmt;

/// An independent, ordered flow of messages between two nodes.
///
/// Each channel has a stream, a queue, a window and limits of its own, so that what is stuck or
/// throttled on one never holds back another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Votes and proposals: small, urgent, worthless when old.
    Consensus,
    /// Sealed batches: up to some megabytes each.
    Batches,
    /// Acknowledgements and availability certificates of batches.
    Acknowledgements,
    /// Cosignatures of checkpoints.
    Cosignatures,
    /// What a node says of its own height and health.
    Status,
}

impl Channel {
    /// Number of channels.
    pub const COUNT: usize = 5;

    /// Every channel, in declaration order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Consensus,
        Self::Batches,
        Self::Acknowledgements,
        Self::Cosignatures,
        Self::Status,
    ];

    /// The name in protocol names and in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Batches => "batches",
            Self::Acknowledgements => "acknowledgements",
            Self::Cosignatures => "cosignatures",
            Self::Status => "status",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One value for each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerChannel<T> {
    consensus: T,
    batches: T,
    acknowledgements: T,
    cosignatures: T,
    status: T,
}

impl<T> PerChannel<T> {
    /// Asks `value` once for each channel.
    pub fn from_fn(mut value: impl FnMut(Channel) -> T) -> Self {
        Self {
            consensus: value(Channel::Consensus),
            batches: value(Channel::Batches),
            acknowledgements: value(Channel::Acknowledgements),
            cosignatures: value(Channel::Cosignatures),
            status: value(Channel::Status),
        }
    }

    /// The value of `channel`.
    pub fn get(&self, channel: Channel) -> &T {
        match channel {
            Channel::Consensus => &self.consensus,
            Channel::Batches => &self.batches,
            Channel::Acknowledgements => &self.acknowledgements,
            Channel::Cosignatures => &self.cosignatures,
            Channel::Status => &self.status,
        }
    }

    /// The value of `channel`, to change it.
    pub fn get_mut(&mut self, channel: Channel) -> &mut T {
        match channel {
            Channel::Consensus => &mut self.consensus,
            Channel::Batches => &mut self.batches,
            Channel::Acknowledgements => &mut self.acknowledgements,
            Channel::Cosignatures => &mut self.cosignatures,
            Channel::Status => &mut self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_each_channel_once_and_indexes_it() {
        let values = PerChannel::from_fn(Channel::name);
        let names: std::collections::BTreeSet<_> = Channel::ALL.map(Channel::name).into();
        assert_eq!(names.len(), Channel::COUNT);
        for channel in Channel::ALL {
            assert_eq!(*values.get(channel), channel.name());
            assert_eq!(channel.to_string(), channel.name());
        }
    }
}
