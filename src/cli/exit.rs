//! Exit codes: stable, for scripts.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked.
    Success = 0,
    /// A check came out negative: a proof does not verify, two checkpoints disagree.
    CheckFailed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// A configuration, key or input file is missing or wrong.
    Files = 3,
    /// No node could be reached.
    Unreachable = 4,
    /// A node refused the request.
    Refused = 5,
    /// Records are on the ledger, and some of them were rejected.
    Rejected = 6,
    /// It took longer than allowed; what was asked may still happen.
    TimedOut = 7,
    /// A node stopped because a disk failed.
    DiskFailed = 8,
    /// A node cannot use its consensus log or sign guard.
    ConsensusLogDamaged = 9,
    /// A node's ledger or program contradicts what the validators decided.
    LedgerDiverged = 10,
    /// A node cannot listen on an address.
    AddressTaken = 11,
    /// A node that was started ended before it was ready.
    NodeFailed = 12,
}

impl Exit {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::Success,
        Self::CheckFailed,
        Self::Usage,
        Self::Files,
        Self::Unreachable,
        Self::Refused,
        Self::Rejected,
        Self::TimedOut,
        Self::DiskFailed,
        Self::ConsensusLogDamaged,
        Self::LedgerDiverged,
        Self::AddressTaken,
        Self::NodeFailed,
    ];

    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, for `--help`.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "done",
            Self::CheckFailed => {
                "a check came out negative: a proof does not verify, checkpoints disagree"
            }
            Self::Usage => "the command line makes no sense",
            Self::Files => "a configuration, key or input file is missing or wrong",
            Self::Unreachable => "no node could be reached",
            Self::Refused => "a node refused the request",
            Self::Rejected => "the records are on the ledger, and some were rejected",
            Self::TimedOut => "it took longer than allowed; it may still happen",
            Self::DiskFailed => "a node stopped because a disk failed",
            Self::ConsensusLogDamaged => {
                "a node cannot use its consensus log or sign guard; its message names the way out"
            }
            Self::LedgerDiverged => {
                "a node's ledger or program contradicts what the validators decided"
            }
            Self::AddressTaken => "a node cannot listen on an address",
            Self::NodeFailed => "a node that was started ended before it was ready",
        }
    }

    /// The table for `--help`.
    pub fn table() -> String {
        let mut text = String::from("Exit codes:\n");
        for exit in Self::ALL {
            text.push_str(&format!("  {:2}  {}\n", exit.code(), exit.meaning()));
        }
        text
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
