//! How many files and connections a process may have open, and a node may need.
//!
//! A store that cannot open a file stops the node. So what clients and peers may open is refused before the store
//! goes without: the node asks the system for as many handles as all of its bounds together, and does not start
//! without them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::info;

use super::error::NodeError;
use crate::network::ConnectionLimits;
use crate::storage::MAX_STORE_FILES;

/// Beside those of the store, of peers and of clients: logs, keys, capture jobs under way, and what the libraries open.
const OTHER_HANDLES: u64 = 256;

/// What has to be done for a process to have as many handles as it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// They may be open already.
    Nothing,
    /// The limit goes up to them.
    Raise,
    /// The system allows no more than so many.
    Refuse { allowed: u64 },
}

impl Step {
    /// By the limit that is in force, and the one up to which a process may raise it; none means that there is none.
    fn of(needed: u64, current: Option<u64>, maximum: Option<u64>) -> Self {
        match (current, maximum) {
            (None, _) => Self::Nothing,
            (Some(current), _) if current >= needed => Self::Nothing,
            (_, Some(maximum)) if maximum < needed => Self::Refuse { allowed: maximum },
            _ => Self::Raise,
        }
    }
}

/// Sees to it that the process may have as many files and connections open as the node may need.
///
/// # Errors
/// [`NodeError::Configuration`] if the system does not allow them.
pub(super) fn secure_file_handles(
    network: &ConnectionLimits,
    clients: usize,
) -> Result<(), NodeError> {
    let peers = network
        .max_established
        .saturating_add(network.max_pending_inbound);
    let clients = u64::try_from(clients).unwrap_or(u64::MAX);
    let needed = [MAX_STORE_FILES, u64::from(peers), clients]
        .into_iter()
        .fold(OTHER_HANDLES, u64::saturating_add);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match Step::of(needed, current, maximum) {
        Step::Nothing => Ok(()),
        Step::Refuse { allowed } => Err(refused(needed, &format!("no more than {allowed}"))),
        Step::Raise => {
            let raised = Rlimit {
                current: Some(needed),
                maximum,
            };
            setrlimit(Resource::Nofile, raised)
                .map_err(|error| refused(needed, &format!("fewer ({error})")))?;
            info!(
                before = current,
                now = needed,
                "more files and connections may be open"
            );
            Ok(())
        }
    }
}

fn refused(needed: u64, allowed: &str) -> NodeError {
    NodeError::Configuration {
        reason: format!(
            "the node may have {needed} files and connections open at once, and the system allows {allowed}: whoever \
             opens connections could stop it. Allow more (`ulimit -n {needed}` in the shell that starts it, \
             LimitNOFILE under systemd), or fewer clients (`api.max_connections`)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_goes_up_as_far_as_the_system_allows() {
        for (current, maximum, step) in [
            (Some(100), Some(100), Step::Nothing),
            (None, None, Step::Nothing),
            (Some(99), None, Step::Raise),
            (Some(99), Some(100), Step::Raise),
            (Some(50), Some(99), Step::Refuse { allowed: 99 }),
        ] {
            assert_eq!(
                Step::of(100, current, maximum),
                step,
                "{current:?} {maximum:?}"
            );
        }
    }
}
