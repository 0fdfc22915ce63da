//! What every handler has at hand.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::compiled_contracts::CompiledContracts;
use super::epcis::EpcisSetup;
use super::limits::{ApiLimits, MAX_CAPTURE_CHECKS};
use super::ports::{NamedQueryPort, NodePort, SubmissionPort};
use super::problem::Problem;
use crate::types::{LedgerId, LedgerReader};

/// What the interface is made of.
#[derive(Clone)]
pub struct ApiSetup {
    /// The ledger.
    pub ledger: LedgerId,
    /// Its name, which is the origin of its checkpoints.
    pub ledger_name: String,
    /// What is committed.
    pub reader: Arc<dyn LedgerReader>,
    /// Where submissions go.
    pub submissions: Arc<dyn SubmissionPort>,
    /// The node around.
    pub node: Arc<dyn NodePort>,
    /// The EPCIS interface.
    pub epcis: EpcisSetup,
    /// The named queries of the EPCIS interface.
    pub named_queries: Arc<dyn NamedQueryPort>,
    /// The bounds.
    pub limits: ApiLimits,
}

/// The setup with the counts of what is going on.
pub(super) struct ApiContext {
    pub(super) setup: ApiSetup,
    /// The OpenAPI document as JSON text.
    pub(super) openapi: String,
    /// The list of routes for people.
    pub(super) route_list: String,
    /// Contracts that were compiled for an answer.
    pub(super) compiled: CompiledContracts,
    /// A permit for each request that is served.
    pub(super) requests: Arc<Semaphore>,
    /// A permit for each request that waits for a commit.
    pub(super) waiting: Arc<Semaphore>,
    /// A permit for each document of events that is checked.
    pub(super) captures: Arc<Semaphore>,
    /// A permit for each KiB of a body in memory.
    pub(super) body_kib: Arc<Semaphore>,
    /// A permit for each thread that blocks.
    blocking: Arc<Semaphore>,
}

/// How handlers share the context.
pub(super) type SharedContext = Arc<ApiContext>;

impl ApiContext {
    pub(super) fn new(setup: ApiSetup, openapi: String, route_list: String) -> Self {
        let limits = setup.limits;
        let permits = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            openapi,
            route_list,
            compiled: CompiledContracts::default(),
            requests: permits(limits.max_requests_in_flight),
            waiting: permits(limits.max_waiting_requests),
            captures: permits(MAX_CAPTURE_CHECKS),
            body_kib: permits(limits.max_bodies_in_memory_kib as usize),
            // Without one nothing would ever be read.
            blocking: permits(limits.max_blocking_reads.max(1)),
            setup,
        }
    }

    /// Reads the ledger on a thread for blocking work.
    ///
    /// # Errors
    /// What `read` gives.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn LedgerReader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let reader = Arc::clone(&self.setup.reader);
        self.run_blocking(move || read(reader.as_ref())).await
    }

    /// Runs costly work on a thread for blocking work. The permit goes with the work: if the client
    /// leaves, the thread still counts until it is done.
    ///
    /// # Errors
    /// What `work` gives, or a problem if it panicked.
    pub(super) async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = Arc::clone(&self.blocking)
            .acquire_owned()
            .await
            .map_err(|_| Problem::internal("the semaphore of blocking work is closed"))?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|error| Problem::internal(&error.to_string()))?
    }
}
