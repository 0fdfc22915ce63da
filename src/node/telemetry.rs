//! Logging.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use super::error::NodeError;

/// Libraries that tell at `info` what is ours to tell in one line. What an operator asks for about
/// them comes later in the filter, and wins.
const QUIET_LIBRARIES: &str = "arc_malachitebft_core_consensus=warn,\
    arc_malachitebft_core_driver=warn,arc_malachitebft_core_votekeeper=warn,libp2p_swarm=warn";

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogFormat {
    /// For people.
    Human,
    /// One JSON object for each line, for machines.
    Json,
}

/// Starts logging to standard error. `filter` is a level or a list of `target=level`.
///
/// # Errors
/// [`NodeError::Configuration`] if the filter cannot be read or logging has started already.
pub(super) fn start_logging(format: LogFormat, filter: &str) -> Result<(), NodeError> {
    let directives = format!("{QUIET_LIBRARIES},{filter}");
    let filter = EnvFilter::try_new(directives).map_err(|error| NodeError::Configuration {
        reason: format!(
            "the log level {filter:?} cannot be read: {error}; use error, warn, info, debug or trace"
        ),
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE);
    let started = match format {
        LogFormat::Human => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| NodeError::Configuration {
        reason: format!("logging cannot start: {error}"),
    })
}
