//! The replica thread.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, watch};

use super::error::NodeError;
use super::executor::Executor;
use super::limits::MAX_INPUTS_PER_GROUP;
use super::observed::Observed;
use super::queued_input::QueuedInput;
use crate::replica::{Input, Replica};
use crate::storage::Store;
use crate::types::Timestamp;

/// Steps the replica until it is told to stop or something fails.
pub(super) struct CoreLoop {
    pub(super) replica: Replica,
    pub(super) store: Arc<Store>,
    pub(super) inputs: mpsc::Receiver<QueuedInput>,
    pub(super) completions: mpsc::UnboundedReceiver<Input>,
    pub(super) executor: Executor,
    pub(super) observed: Arc<Observed>,
    pub(super) stop: watch::Receiver<bool>,
}

impl CoreLoop {
    /// Runs on a thread of its own: a sync of the consensus log blocks it, and nothing else.
    pub(super) fn run(self) -> Result<(), NodeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| NodeError::Thread {
                what: "replica thread",
                reason: error.to_string(),
            })?;
        runtime.block_on(self.take_inputs_and_dismiss())
    }

    async fn take_inputs_and_dismiss(mut self) -> Result<(), NodeError> {
        let outcome = self.take_inputs().await;
        self.executor.dismiss_clients();
        outcome
    }

    async fn take_inputs(&mut self) -> Result<(), NodeError> {
        let mut group = vec![QueuedInput::from(Input::Start)];
        loop {
            group.extend(
                self.executor
                    .timers
                    .take_elapsed()
                    .into_iter()
                    .map(|timer| Input::TimerElapsed(timer).into()),
            );
            self.step_group(&mut group)?;
            if *self.stop.borrow() {
                return Ok(());
            }
            self.wait(&mut group).await;
        }
    }

    fn step_group(&mut self, group: &mut Vec<QueuedInput>) -> Result<(), NodeError> {
        let mut effects = Vec::new();
        for QueuedInput { input, admission } in group.drain(..) {
            effects.extend(self.replica.step(self.store.as_ref(), now(), input)?);
            drop(admission);
        }
        self.executor.execute(effects)?;
        self.observed.update(&self.replica);
        Ok(())
    }

    /// Waits for an input, a timer or the stop, and takes whatever else is there.
    async fn wait(&mut self, group: &mut Vec<QueuedInput>) {
        let timer = self.executor.timers.next();
        let timer = async {
            match timer {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = self.stop.changed() => {}
            Some(completion) = self.completions.recv() => group.push(completion.into()),
            _ = self.inputs.recv_many(group, MAX_INPUTS_PER_GROUP) => {}
            () = timer => {}
        }
        while group.len() < MAX_INPUTS_PER_GROUP
            && let Ok(completion) = self.completions.try_recv()
        {
            group.push(completion.into());
        }
    }
}

/// The wall clock, in milliseconds.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
