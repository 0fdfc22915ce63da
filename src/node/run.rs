//! Starting a node, and stopping it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, mpsc as std_mpsc};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info, warn};

use super::assemble::log_format;
use super::capture_files::CaptureFiles;
use super::checks::CheckPools;
use super::config::NodeConfig;
use super::core_loop::CoreLoop;
use super::error::NodeError;
use super::executor::{Executor, SyncCounters};
use super::file_handles::secure_file_handles;
use super::folder::DataFolder;
use super::inbound::Inbound;
use super::limits::{MAX_STOP_MS, MAX_STORAGE_JOBS, MAX_WAITING_INPUTS};
use super::named_queries::NamedQueryFile;
use super::observed::Observed;
use super::pending::PendingSubmissions;
use super::ports::Ports;
use super::recovery::{Recovered, recover};
use super::setup::{DamagedLog, NodeSetup};
use super::storage_worker::{allowed_peers, run_storage};
use super::telemetry::start_logging;
use super::timers::Timers;
use crate::api::{self, ApiSetup, BindDecision, CaptureJobs, CaptureQueue, EpcisSetup};
use crate::network::{Network, NetworkLimits, NetworkSetup};
use crate::replica::Replica;
use crate::storage::{RealDisk, Store};

/// How long a peer may take to answer: a batch of 4 MiB over a slow line.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the node that a configuration describes, with logging, until a signal stops it or something
/// fails.
///
/// # Errors
/// [`NodeError`] with the reason; [`NodeError::exit_reason`] says of which kind it is.
pub fn run(config: &NodeConfig, damaged_log: DamagedLog) -> Result<(), NodeError> {
    start_logging(log_format(config), &config.log.level)?;
    let setup = NodeSetup::from_config(config, damaged_log).inspect_err(tell)?;
    run_node(setup).inspect_err(tell)
}

/// The last line of the log says why the node stops.
fn tell(error: &NodeError) {
    error!(target: "waybill::operator", event = "node-stops", %error, "the node stops");
}

fn run_node(setup: NodeSetup) -> Result<(), NodeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| thread_error("runtime", &error))?;
    let outcome = runtime.block_on(run_until_stopped(setup, &runtime));
    runtime.shutdown_timeout(Duration::from_millis(MAX_STOP_MS));
    outcome
}

fn thread_error(what: &'static str, error: &dyn std::fmt::Display) -> NodeError {
    NodeError::Thread {
        what,
        reason: error.to_string(),
    }
}

async fn run_until_stopped(setup: NodeSetup, runtime: &Runtime) -> Result<(), NodeError> {
    let started = Instant::now();
    let network_limits = network_limits();
    secure_file_handles(
        &network_limits.connections,
        setup.api_limits.max_connections,
    )?;
    let signals = stop_signals()?;
    let store = Arc::new(Store::open(
        setup.folder.store(),
        &setup.genesis,
        setup.store_options,
    )?);
    let consensus_key = Some(setup.validator_keys.consensus.public_key());
    let Recovered {
        setup: replica_setup,
        log,
        guard_file,
    } = recover(
        &setup.genesis,
        &setup.folder,
        &store,
        Some(setup.validator_keys),
        setup.replica_limits,
        setup.damaged_log,
    )?;
    let replica = Replica::new(replica_setup, store.as_ref())?;
    let ledger = setup.genesis.ledger();
    let allowed = allowed_peers(store.as_ref())?;
    let network_key = setup.network_key.public_key();
    let (driver, network, events) = Network::new(NetworkSetup {
        identity: setup.network_key,
        ledger,
        listen: setup.network_listen,
        peers: setup.peers,
        allowed,
        limits: network_limits,
    })?;
    let listener = bind(setup.api_listen).await?;

    let pools = Arc::new(CheckPools::new()?);
    let observed = Arc::new(Observed::new(&replica));
    let pending = Arc::new(PendingSubmissions::default());
    let replies = Arc::new(Mutex::new(BTreeMap::new()));
    let syncs = Arc::new(SyncCounters::default());
    let (inputs_sender, inputs) = mpsc::channel(MAX_WAITING_INPUTS);
    let (completions_sender, completions) = mpsc::unbounded_channel();
    let (jobs_sender, jobs) = std_mpsc::sync_channel(MAX_STORAGE_JOBS);
    let (stop_sender, stop) = watch::channel(false);

    let mut storage_thread = spawn("storage", {
        let (store, network) = (Arc::clone(&store), network.clone());
        move || run_storage(&store, &network, &jobs, &completions_sender)
    })?;
    let core = CoreLoop {
        executor: Executor {
            observed: Arc::clone(&observed),
            log,
            guard_file,
            storage: jobs_sender,
            network: network.clone(),
            runtime: runtime.handle().clone(),
            pools: Arc::clone(&pools),
            inputs: inputs_sender.clone(),
            timers: Timers::default(),
            replies: Arc::clone(&replies),
            pending: Arc::clone(&pending),
            syncs: Arc::clone(&syncs),
        },
        replica,
        store: Arc::clone(&store),
        inputs,
        completions,
        observed: Arc::clone(&observed),
        stop: stop.clone(),
    };
    let mut core_thread = spawn("replica", move || core.run())?;
    let network_task = tokio::spawn(driver.run());
    let inbound = Inbound {
        events,
        inputs: inputs_sender.clone(),
        pools: Arc::clone(&pools),
        observed: Arc::clone(&observed),
        store: Arc::clone(&store),
        network: network.clone(),
    };
    let inbound_task = tokio::spawn(inbound.run());
    let ports = Arc::new(Ports {
        member: setup.member.clone(),
        network_key,
        consensus_key,
        queue_byte_limit: setup.replica_limits.queue.queue_bytes,
        heartbeat_ms: setup.genesis.consensus().heartbeat_ms,
        started,
        inputs: inputs_sender,
        pools,
        replies,
        pending,
        observed,
        network,
        store: Arc::clone(&store),
        members: Arc::default(),
        syncs,
        next_ticket: AtomicU64::new(0),
    });
    let (named_queries, named_queries_failed) = open_named_queries(&setup.folder)?;
    let named_queries = Arc::new(named_queries);
    let (captures, capture_queue) = open_captures(&setup.folder)?;
    let api_setup = ApiSetup {
        ledger,
        ledger_name: setup.genesis.name().to_owned(),
        reader: store,
        submissions: ports.clone(),
        node: ports,
        epcis: EpcisSetup {
            member: setup.member.clone(),
            node_key: network_key,
            gateway: setup.gateway_key.map(Arc::new),
            capture_members: setup.capture_members,
            captures,
        },
        named_queries,
        limits: setup.api_limits,
    };
    let mut capture_task = tokio::spawn(api::run_captures(api_setup.clone(), capture_queue));
    let router = api::router(api_setup);
    let mut api_stop = stop;
    let api_task = tokio::spawn(api::serve(listener, router, setup.api_limits, async move {
        let _ = api_stop.wait_for(|is_stopping| *is_stopping).await;
    }));
    info!(
        member = %setup.member, %ledger, name = setup.genesis.name(), api = %setup.api_listen,
        startup_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "node started"
    );

    // Whatever ends first ends the node: a signal, or a thread that failed.
    let (mut is_core_ended, mut is_storage_ended) = (false, false);
    let mut outcome = tokio::select! {
        name = signals => {
            info!(signal = name, "stopping");
            Ok(())
        }
        ended = &mut core_thread => {
            is_core_ended = true;
            ended_thread("replica thread", ended)
        }
        ended = &mut storage_thread => {
            is_storage_ended = true;
            ended_thread("storage thread", ended)
        }
        ended = network_task => Err(match ended {
            Ok(_) => thread_error("network", &"it ended"),
            Err(error) => thread_error("network", &error),
        }),
        ended = &mut capture_task => Err(match ended {
            Ok(Err(error)) => NodeError::Captures(error),
            Ok(Ok(_)) => thread_error("capture worker", &"it ended"),
            Err(error) => thread_error("capture worker", &error),
        }),
        Ok(error) = named_queries_failed => Err(NodeError::NamedQueries(error)),
    };
    // The receivers may be gone already.
    let _ = stop_sender.send(true);
    inbound_task.abort();
    // What it has not finished goes on at the next start.
    capture_task.abort();
    let grace = Duration::from_millis(MAX_STOP_MS);
    if tokio::time::timeout(grace, api_task).await.is_err() {
        warn!("clients are cut off");
    }
    // The process must not end while a thread writes. The storage thread ends when the replica's
    // has, and with it nobody gives it work.
    if !is_core_ended && tokio::time::timeout(grace, core_thread).await.is_err() {
        warn!("the replica thread does not stop");
    }
    if !is_storage_ended {
        match tokio::time::timeout(grace, storage_thread).await {
            // Where storage failed, that is the reason, and the replica's end its consequence.
            Ok(Ok(Err(error))) => outcome = Err(error),
            Ok(_) => {}
            Err(_) => warn!("the storage thread does not stop"),
        }
    }
    outcome
}

fn open_captures(folder: &DataFolder) -> Result<(CaptureJobs, CaptureQueue), NodeError> {
    let path = folder.captures();
    let unusable = |reason: String| NodeError::Folder {
        path: path.clone(),
        reason,
    };
    let disk = RealDisk::open(&path).map_err(|error| unusable(error.to_string()))?;
    let files = CaptureFiles::open(disk).map_err(|error| unusable(error.to_string()))?;
    CaptureJobs::open(Arc::new(files)).map_err(|error| unusable(error.to_string()))
}

/// The standard limits, with requests that end before the replica gives them up.
fn network_limits() -> NetworkLimits {
    let mut limits = NetworkLimits::default();
    limits.requests.timeout = REQUEST_TIMEOUT;
    limits
}

type Outcome = Result<(), NodeError>;

/// Starts a thread whose end can be waited for.
fn spawn(
    name: &'static str,
    work: impl FnOnce() -> Outcome + Send + 'static,
) -> Result<oneshot::Receiver<Outcome>, NodeError> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .name(name.into())
        .spawn(move || {
            let outcome = work();
            // The node may be stopping already.
            let _ = sender.send(outcome);
        })
        .map_err(|error| thread_error(name, &error))?;
    Ok(receiver)
}

fn ended_thread(what: &'static str, ended: Result<Outcome, oneshot::error::RecvError>) -> Outcome {
    match ended {
        Ok(Err(error)) => Err(error),
        Ok(Ok(())) => Err(thread_error(what, &"it ended")),
        Err(_) => Err(thread_error(what, &"it panicked; its message is above")),
    }
}

async fn bind(address: std::net::SocketAddr) -> Result<TcpListener, NodeError> {
    let BindDecision { warning, .. } = api::decide_bind(Some(address));
    if let Some(warning) = warning {
        warn!(target: "waybill::operator", event = "public-api", %address, "{warning}");
    }
    TcpListener::bind(address)
        .await
        .map_err(|error| NodeError::Listen {
            address: address.to_string(),
            reason: error.to_string(),
        })
}

/// Ends with the name of the signal that asks the node to stop.
fn stop_signals() -> Result<impl Future<Output = &'static str>, NodeError> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error: std::io::Error| thread_error("signal handler", &error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// The named queries of the EPCIS interface, in the node's data folder.
fn open_named_queries(
    folder: &DataFolder,
) -> Result<(NamedQueryFile<RealDisk>, oneshot::Receiver<std::io::Error>), NodeError> {
    let path = folder.clients();
    RealDisk::open(&path)
        .and_then(NamedQueryFile::open)
        .map_err(|error| NodeError::Folder {
            path,
            reason: error.to_string(),
        })
}
