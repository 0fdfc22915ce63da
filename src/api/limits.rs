//! Every bound on what the interface takes, each with its reason.

use std::time::Duration;

use crate::types::limits::{MAX_RECORDS_PER_SUBMISSION, MAX_SUBMISSION_BYTES};

/// Longest submission in canonical bytes.
pub const MAX_BINARY_BODY_BYTES: usize = MAX_SUBMISSION_BYTES;

/// Longest submission as JSON. A body's text is escaped once more: a quote takes two bytes instead
/// of one, and a writer that escapes everything outside ASCII turns two bytes into six. The names of
/// a record's fields come on top.
pub const MAX_JSON_BODY_BYTES: usize = 3 * MAX_SUBMISSION_BYTES + 64 * MAX_RECORDS_PER_SUBMISSION;

/// Bodies of submissions that are in memory at once, in KiB; more are refused until some are done.
/// Bounds what many clients with large bodies can take of the node's memory.
pub const MAX_BODIES_IN_MEMORY_KIB: u32 = 48 * 1024;

/// A body up to this length is decoded at once, a longer one on a thread for blocking work: it
/// would keep other requests waiting.
pub const MAX_INLINE_DECODE_BYTES: usize = 32 * 1024;

/// Longest request line and headers together, in bytes.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Most headers of a request.
pub const MAX_HEADER_COUNT: usize = 64;

/// Most connections at once; each costs a descriptor and some memory.
pub const MAX_CONNECTIONS: usize = 1_024;

/// Most requests served at once; more are refused, not queued: a client that is told to come back
/// is better off than one that waits for its own time-out.
pub const MAX_REQUESTS_IN_FLIGHT: usize = 256;

/// Most requests that wait for a commit at once. More get their answer without waiting.
pub const MAX_WAITING_REQUESTS: usize = 128;

/// Most reads of the store at once: bounds the threads that block for them.
pub const MAX_BLOCKING_READS: usize = 32;

/// How long a request may take in all: reading its body, waiting, and making the answer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the headers of a request may take, and how long a connection may be idle between two
/// requests.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a body may pause between two pieces.
pub const BODY_IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may take no byte of an answer.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(20);

/// How long requests in progress may take after the node was told to stop.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// How long to accept no connection after the system refused one, such as for want of descriptors.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Most requests on one connection: so that load spreads anew now and then.
pub const MAX_REQUESTS_PER_CONNECTION: u64 = 10_000;

/// How long a client may ask to wait for a commit, in milliseconds.
pub const MAX_WAIT_MS: u64 = 30_000;

/// How long a client waits for a commit unless it says so, in milliseconds.
pub const DEFAULT_WAIT_MS: u64 = 10_000;

/// Most items on a page.
pub const MAX_PAGE_ITEMS: usize = 1_000;

/// Items on a page unless the client says so.
pub const DEFAULT_PAGE_ITEMS: usize = 100;

/// Most events that are captured at once.
pub const MAX_CAPTURE_EVENTS: usize = MAX_RECORDS_PER_SUBMISSION;

/// Longest document of events, in bytes.
pub const MAX_CAPTURE_BYTES: usize = MAX_SUBMISSION_BYTES;

/// Most submissions that one document becomes, if its events stand by themselves: each event gets a copy
/// of the document's context, so that they are longer than the document.
pub const MAX_CAPTURE_PARTS: usize = 4;

/// Longest address of the EPCIS interface, path and query together, in bytes. Longer queries get a name.
pub const MAX_EPCIS_ADDRESS_BYTES: usize = 8 * 1024;

/// Most documents of events that are checked at once. Each takes a few times [`MAX_CAPTURE_BYTES`] of
/// memory.
pub const MAX_CAPTURE_CHECKS: usize = 4;

/// Most submissions of capture jobs that are given to the node at once, with 4 MiB in memory at most for each; and most
/// threads that look for them on the ledger.
pub const MAX_SETTLING_CAPTURES: usize = 16;

/// How long a node that has no vote any more looks for what it had submitted before: the validators put on the ledger
/// within seconds what a node that leaves them has handed over.
pub const CAPTURE_GIVE_UP_AFTER: Duration = Duration::from_secs(120);

/// Most capture jobs that are not finished; more are told to come back.
pub const MAX_UNFINISHED_CAPTURES: usize = 64;

/// Most capture jobs that are kept: the oldest finished one makes room.
pub const MAX_KEPT_CAPTURES: usize = 1_000;

/// How long what the gateway signs may wait to be ordered, in milliseconds: a node that is killed and
/// started again within it loses no job.
pub const CAPTURE_LIFETIME_MS: i64 = 30 * 60 * 1000;

/// Capture jobs on a page unless the client says so, as EPCIS 2.0 has it.
pub const DEFAULT_PER_PAGE: u64 = 30;

/// Most capture jobs on a page.
pub const MAX_CAPTURES_PER_PAGE: usize = 100;

/// How long POST /epcis/events waits for the commit: well below [`REQUEST_TIMEOUT`], so that the
/// client learns the submission id.
pub const EVENT_COMMIT_TIMEOUT: Duration = Duration::from_secs(30);

/// Events and values on a page of the EPCIS interface unless the client says so (EPCIS 2.0, `perPage`).
pub const DEFAULT_EPCIS_PAGE_ITEMS: usize = 30;

/// Most named queries that a node keeps.
pub const MAX_NAMED_QUERIES: usize = 256;

/// Most named queries of one member: no member leaves the others without room.
pub const MAX_NAMED_QUERIES_PER_MEMBER: usize = 64;

/// Longest definition of a named query with its name, in bytes.
pub const MAX_NAMED_QUERY_BYTES: usize = 16 * 1024;

/// Longest name of a query, in bytes.
pub const MAX_QUERY_NAME_BYTES: usize = 128;

/// The bounds that a node may set. The defaults are the constants of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiLimits {
    /// See [`MAX_CONNECTIONS`].
    pub max_connections: usize,
    /// See [`MAX_REQUESTS_IN_FLIGHT`].
    pub max_requests_in_flight: usize,
    /// See [`MAX_WAITING_REQUESTS`].
    pub max_waiting_requests: usize,
    /// See [`MAX_BODIES_IN_MEMORY_KIB`].
    pub max_bodies_in_memory_kib: u32,
    /// See [`MAX_BLOCKING_READS`].
    pub max_blocking_reads: usize,
    /// See [`MAX_REQUESTS_PER_CONNECTION`].
    pub max_requests_per_connection: u64,
    /// See [`EVENT_COMMIT_TIMEOUT`].
    pub event_commit_timeout: Duration,
    /// See [`CAPTURE_GIVE_UP_AFTER`].
    pub capture_give_up_after: Duration,
    /// See [`REQUEST_TIMEOUT`].
    pub request_timeout: Duration,
    /// See [`HEADER_READ_TIMEOUT`].
    pub header_read_timeout: Duration,
    /// See [`BODY_IDLE_TIMEOUT`].
    pub body_idle_timeout: Duration,
    /// See [`WRITE_STALL_TIMEOUT`].
    pub write_stall_timeout: Duration,
    /// See [`SHUTDOWN_GRACE`].
    pub shutdown_grace: Duration,
}

impl Default for ApiLimits {
    fn default() -> Self {
        Self {
            max_connections: MAX_CONNECTIONS,
            max_requests_in_flight: MAX_REQUESTS_IN_FLIGHT,
            max_waiting_requests: MAX_WAITING_REQUESTS,
            max_bodies_in_memory_kib: MAX_BODIES_IN_MEMORY_KIB,
            max_blocking_reads: MAX_BLOCKING_READS,
            max_requests_per_connection: MAX_REQUESTS_PER_CONNECTION,
            event_commit_timeout: EVENT_COMMIT_TIMEOUT,
            capture_give_up_after: CAPTURE_GIVE_UP_AFTER,
            request_timeout: REQUEST_TIMEOUT,
            header_read_timeout: HEADER_READ_TIMEOUT,
            body_idle_timeout: BODY_IDLE_TIMEOUT,
            write_stall_timeout: WRITE_STALL_TIMEOUT,
            shutdown_grace: SHUTDOWN_GRACE,
        }
    }
}
