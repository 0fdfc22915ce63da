//! Power failures, and starting again from what the disk holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use waybill::consensus::{SignGuard, SigningState};
use waybill::replica::{Input, LogEntry, Replica, ReplicaSetup, ValidatorKeys};
use waybill::storage::simulated_disk::FaultPlan;
use waybill::storage::{
    ConsensusLog, ConsensusRecoveryError, LogHistory, RecoveredConsensus, recover_consensus,
};
use waybill::types::{Batch, BatchSequence};

use crate::events::{CrashPoint, Event};
use crate::faults::RANGES;
use crate::invariants::{Invariant, Violation, require};
use crate::node::{Purpose, Running, secret_of};
use crate::planted::Plant;
use crate::world::World;

/// How long it takes at most until a peer is noticed to be gone, in milliseconds.
const NOTICED_WITHIN_MS: u64 = 800;

/// What a damaged disk loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Guard,
    Log,
}

impl World {
    /// The power will fail at a node, or fails now.
    pub fn crash(&mut self, index: usize, when: CrashPoint) {
        let node = &mut self.nodes[index];
        let Some(running) = &mut node.running else {
            return;
        };
        match when {
            CrashPoint::Now => self.power_off(index),
            CrashPoint::AfterEffects(_) => running.crash = Some(when),
            CrashPoint::AtDiskOperation(at) => node.disk.plan(FaultPlan {
                power_cut_at: Some(at),
                ..FaultPlan::default()
            }),
        }
    }

    /// The power is off: the process and what was not synced are gone.
    pub fn power_off(&mut self, index: usize) {
        let down_ms = self.random.within(&RANGES.down_ms);
        self.trace
            .line(self.now_ms, format_args!("{index} loses power"));
        let node = &mut self.nodes[index];
        let Some(gone) = node.running.take() else {
            return;
        };
        let boot = node.boot;
        node.boot += 1;
        // The oldest job may have reached the disk before anybody was told.
        let kept_jobs = usize::from(node.store.jobs() > 0 && self.random.happens(500));
        node.store.lose_queue(kept_jobs);
        for peer in gone.connected.keys().copied() {
            let within = 0..=NOTICED_WITHIN_MS;
            let at_ms = self.now_ms + self.random.within(&within);
            let event = Event::Gone {
                node: peer,
                boot: self.nodes[peer].boot,
                peer: index,
                peer_boot: boot,
            };
            self.add(at_ms, event);
        }
        self.add(self.now_ms + down_ms, Event::Restart { node: index });
    }

    /// Starts a node from what its disk holds.
    pub fn start(&mut self, index: usize) -> Result<(), Violation> {
        if self.nodes[index].running.is_some() {
            return Ok(());
        }
        self.nodes[index].disk.restart(&mut self.random);
        let running = self.recover(index)?;
        let node = &mut self.nodes[index];
        node.boot += 1;
        node.running = Some(running);
        let (height, told) = (node.height(), node.told_height);
        require(height >= told, Invariant::Durability, || {
            format!("node {index} told of height {told} and has height {height}")
        })?;
        self.trace.line(
            self.now_ms,
            format_args!("{index} starts at height {height}"),
        );
        self.input(index, Input::Start)?;
        for peer in 0..self.nodes.len() {
            if peer != index && self.nodes[peer].running.is_some() {
                self.connect(index, peer)?;
                self.connect(peer, index)?;
            }
        }
        Ok(())
    }

    fn connect(&mut self, index: usize, peer: usize) -> Result<(), Violation> {
        let peer_boot = self.nodes[peer].boot;
        let key = self.nodes[peer].network_key;
        let Some(running) = &mut self.nodes[index].running else {
            return Ok(());
        };
        if running.connected.insert(peer, peer_boot).is_some() {
            self.input(index, Input::Disconnected(key))?;
        }
        self.input(index, Input::Connected(key))
    }

    /// A node notices that a peer is gone.
    pub fn on_gone(&mut self, index: usize, peer: usize, peer_boot: u64) -> Result<(), Violation> {
        let key = self.nodes[peer].network_key;
        let running = self.running(index);
        if running.connected.get(&peer) != Some(&peer_boot) {
            return Ok(());
        }
        running.connected.remove(&peer);
        self.input(index, Input::Disconnected(key))
    }

    fn recover(&mut self, index: usize) -> Result<Running, Violation> {
        let ledger = self.genesis.ledger();
        let node = &self.nodes[index];
        let (committed, own_key) = (node.height(), node.consensus_key);
        let disk = node.disk.clone();
        let open = |history| recover_consensus(&disk, ledger, committed, Some(&own_key), history);
        let recovered = match open(LogHistory::Kept) {
            Ok(recovered) => recovered,
            // What an operator does when the node says so.
            Err(ConsensusRecoveryError::Log(error)) => {
                self.trace.line(
                    self.now_ms,
                    format_args!("{index} sets aside its log: {error}"),
                );
                ConsensusLog::set_aside(&disk).unwrap();
                open(LogHistory::SetAside).map_err(|error| halted(index, &error))?
            }
            Err(error) => return Err(halted(index, &error)),
        };
        let RecoveredConsensus {
            log,
            guard_file,
            guard,
            signing,
            entries,
            torn_tail,
            ..
        } = recovered;
        self.trace.line(
            self.now_ms,
            format_args!("{index} recovers, torn: {torn_tail:?}"),
        );
        self.begin(index, log, guard_file, (guard, signing), entries)
    }

    fn begin(
        &mut self,
        index: usize,
        log: ConsensusLog<waybill::storage::simulated_disk::SimulatedDisk>,
        guard_file: waybill::storage::SignGuardFile<
            waybill::storage::simulated_disk::SimulatedDisk,
        >,
        (mut guard, signing): (SignGuard, SigningState),
        mut records: Vec<LogEntry>,
    ) -> Result<Running, Violation> {
        let node = &self.nodes[index];
        if !node.is_damaged && node.is_honest() {
            self.invariants.on_recovered(&node.consensus_key, &guard)?;
        }
        if self.plant == Plant::ForgetLock {
            guard = SignGuard::unused();
            records.clear();
        }
        let ledger = self.genesis.ledger();
        let pending: Vec<Arc<Batch>> = node
            .store
            .pending_batches()
            .map(|bytes| Arc::new(Batch::from_shared_bytes(bytes.clone()).unwrap()))
            .collect();
        let context = node.submission_context(ledger);
        let batches = pending
            .into_iter()
            .map(|batch| self.checks.batch(&context, batch))
            .collect();
        let node = &self.nodes[index];
        let start_ms = u64::try_from(self.clock_of(index).as_ms()).unwrap();
        let logged_blocks = records
            .iter()
            .filter_map(|entry| match entry {
                LogEntry::Block(block) => Some(block.digest()),
                LogEntry::Consensus(_) => None,
            })
            .collect();
        let setup = ReplicaSetup {
            genesis: Arc::clone(&self.genesis),
            keys: Some(ValidatorKeys {
                consensus: secret_of(index, node.generation, Purpose::Consensus),
                log: secret_of(index, node.generation, Purpose::Log),
                cosigner: secret_of(index, node.generation, Purpose::Cosigner),
            }),
            limits: self.limits(),
            tip: node.store.ledger_tip().clone(),
            tip_certificate: node.store.tip_certificate(),
            guard,
            signing,
            log: records,
            batches,
            next_sequence: BatchSequence(start_ms),
            cosigned_size: node.store.cosigned_size(),
        };
        let replica = Replica::new(setup, &node.store).map_err(|error| halted(index, &error))?;
        Ok(Running {
            replica,
            log,
            guard_file,
            guard,
            is_unsynced: false,
            logged_blocks,
            timers: BTreeMap::new(),
            timers_set: 0,
            connected: BTreeMap::new(),
            committing: None,
            crash: None,
        })
    }

    /// A disk loses what a validator signed, or what it knew when it did.
    pub fn damage(&mut self, index: usize, loss: Loss) {
        let node = &mut self.nodes[index];
        node.is_damaged = true;
        let prefix = match loss {
            Loss::Guard => "sign-guard.",
            Loss::Log => "consensus-",
        };
        for name in waybill::storage::Disk::list(&node.disk).unwrap_or_default() {
            if name.starts_with(prefix) {
                node.disk.lose(&name);
            }
        }
    }
}

fn halted(index: usize, error: &dyn std::fmt::Display) -> Violation {
    Violation {
        invariant: Invariant::NoHalt,
        details: format!("node {index} does not start: {error}"),
    }
}
