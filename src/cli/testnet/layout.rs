//! The folder of a test network.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::process::ProcessIdentity;
use crate::cli::files::{read_bounded, shell_word};
use crate::cli::{Exit, Failure};
use crate::types::{LedgerId, MemberId, plain_words};

/// The marker's format.
pub(super) const TESTNET_FORMAT: &str = "waybill-testnet/1";

/// The marker: by this file a folder is known to be a test network's.
const MARKER_FILE: &str = "testnet.json";

/// Largest marker or pid file, in bytes.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// What the marker says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TestnetDocument {
    pub(super) format: String,
    pub(super) ledger: LedgerId,
    pub(super) ledger_name: String,
    pub(super) nodes: Vec<NodeDocument>,
}

/// A node of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NodeDocument {
    /// `node-1`, `node-2` …: its folder as well.
    pub(super) name: String,
    pub(super) member: MemberId,
    /// The HTTP interface.
    pub(super) api: SocketAddr,
    /// Where peers connect to.
    pub(super) network: SocketAddr,
}

impl NodeDocument {
    /// The address for clients.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.api)
    }
}

/// A test network that exists.
#[derive(Debug)]
pub(super) struct Testnet {
    pub(super) folder: PathBuf,
    pub(super) document: TestnetDocument,
}

impl Testnet {
    /// Where the marker of a folder is.
    pub(super) fn marker(folder: &Path) -> PathBuf {
        folder.join(MARKER_FILE)
    }

    /// Opens a folder that carries the marker.
    ///
    /// # Errors
    /// [`Failure`] if it does not.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let marker = Self::marker(folder);
        let way_out = format!(
            "make one with `waybill testnet create --folder {}`, or name another --folder",
            shell_word(folder)
        );
        if !marker.exists() {
            return Err(Failure::file(
                folder,
                format!("it is no test network: it has no {MARKER_FILE}"),
                way_out,
            ));
        }
        let bytes = read_bounded(&marker, MAX_FILE_BYTES)?;
        let document: TestnetDocument = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::file(&marker, plain_words::of_json(&error), way_out.clone())
        })?;
        let is_plain = |name: &str| {
            name.strip_prefix("node-")
                .is_some_and(|number| number.parse::<u16>().is_ok())
        };
        if document.format != TESTNET_FORMAT
            || !document.nodes.iter().all(|node| is_plain(&node.name))
        {
            return Err(Failure::file(&marker, "it is of another format", way_out));
        }
        // The nodes run with their own working folder in mind.
        let folder = folder
            .canonicalize()
            .map_err(|error| Failure::file(folder, error, "see to it that it can be read"))?;
        Ok(Self { folder, document })
    }

    /// The node called by name or number.
    ///
    /// # Errors
    /// [`Failure`] if there is none.
    pub(super) fn node(&self, called: &str) -> Result<&NodeDocument, Failure> {
        self.document
            .nodes
            .iter()
            .find(|node| node.name == called || node.name.strip_prefix("node-") == Some(called))
            .ok_or_else(|| {
                let names: Vec<_> = self
                    .document
                    .nodes
                    .iter()
                    .map(|n| n.name.as_str())
                    .collect();
                Failure::new(
                    Exit::Usage,
                    format!("there is no node {called:?}"),
                    format!("the nodes are {}", names.join(", ")),
                    "give one of these names, or its number",
                )
            })
    }

    pub(super) fn node_folder(&self, node: &NodeDocument) -> PathBuf {
        self.folder.join(&node.name)
    }

    pub(super) fn config(&self, node: &NodeDocument) -> PathBuf {
        self.node_folder(node).join("waybill.toml")
    }

    pub(super) fn log(&self, node: &NodeDocument) -> PathBuf {
        self.node_folder(node).join("node.log")
    }

    fn pid_file(&self, node: &NodeDocument) -> PathBuf {
        self.node_folder(node).join("node.pid")
    }

    /// The process that was started for a node, if it still runs.
    pub(super) fn running(&self, node: &NodeDocument) -> Option<ProcessIdentity> {
        let bytes = fs::read(self.pid_file(node)).ok()?;
        let identity: ProcessIdentity = serde_json::from_slice(&bytes).ok()?;
        identity.is_running().then_some(identity)
    }

    /// Writes down the process that was started for a node: whole, or not at all.
    pub(super) fn remember(
        &self,
        node: &NodeDocument,
        identity: &ProcessIdentity,
    ) -> Result<(), Failure> {
        let path = self.pid_file(node);
        let new = path.with_extension("pid.new");
        let cannot = |error: std::io::Error| {
            Failure::file(&path, error, "see to it that the folder can be written")
        };
        let bytes = serde_json::to_vec(identity)
            .map_err(|error| Failure::file(&path, error, "try again"))?;
        fs::write(&new, bytes).map_err(cannot)?;
        fs::rename(&new, &path).map_err(cannot)
    }

    /// Forgets the process of a node, which runs no more.
    pub(super) fn forget(&self, node: &NodeDocument) {
        // If it stays, the next reader finds that the process is gone.
        let _ = fs::remove_file(self.pid_file(node));
    }
}
