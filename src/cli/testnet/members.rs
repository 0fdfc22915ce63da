//! The members of a test network, for tools that load it.

use std::path::{Path, PathBuf};

use super::layout::Testnet;
use crate::cli::Failure;
use crate::types::{LedgerId, MemberId};

/// A member with its node.
#[derive(Clone, Debug)]
pub(in crate::cli) struct TestnetMember {
    pub(in crate::cli) member: MemberId,
    /// Its node's address for clients.
    pub(in crate::cli) url: String,
    /// The file of the key that it signs with.
    pub(in crate::cli) writer_key: PathBuf,
    /// The process of its node, if that runs.
    pub(in crate::cli) pid: Option<u32>,
}

/// The ledger and the members of the network in a folder.
///
/// # Errors
/// [`Failure`] if there is none.
pub(in crate::cli) fn open_members(
    folder: &Path,
) -> Result<(LedgerId, Vec<TestnetMember>), Failure> {
    let testnet = Testnet::open(folder)?;
    let members = testnet
        .document
        .nodes
        .iter()
        .map(|node| TestnetMember {
            member: node.member.clone(),
            url: node.url(),
            writer_key: testnet.node_folder(node).join("keys/writer.key"),
            pid: testnet.running(node).map(|process| process.pid),
        })
        .collect();
    Ok((testnet.document.ledger, members))
}
