//! What a signature is for.

/// Bytes of a ledger's id.
pub const LEDGER_ID_BYTES: usize = 32;

/// The purpose of a signature; its tag is the first part of the signed bytes.
///
/// A new purpose is a new variant with a tag of its own; a changed message under an old purpose is
/// a new version of its tag. Tags hold no zero byte, so none of them, with the zero byte that ends
/// it, is a prefix of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// A writer signs a submission's header and record root.
    Submission,
    /// A validator signs the header of a batch that it sealed.
    Batch,
    /// A validator attests that it checked the form of a batch and stored it durably.
    Acknowledgement,
    /// A validator signs a prevote or a precommit.
    ConsensusVote,
    /// A validator signs a block proposal.
    ConsensusProposal,
    /// A key signs whose it will be and what for: whoever registers it has it.
    KeyPossession,
}

impl Domain {
    /// Every purpose, in declaration order.
    pub const ALL: [Self; 6] = [
        Self::Submission,
        Self::Batch,
        Self::Acknowledgement,
        Self::ConsensusVote,
        Self::ConsensusProposal,
        Self::KeyPossession,
    ];

    /// The text that opens every message signed for this purpose.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Submission => "waybill/submission/v1",
            Self::Batch => "waybill/batch/v1",
            Self::Acknowledgement => "waybill/acknowledgement/v1",
            Self::ConsensusVote => "waybill/consensus-vote/v1",
            Self::ConsensusProposal => "waybill/consensus-proposal/v1",
            Self::KeyPossession => "waybill/key-possession/v1",
        }
    }

    /// The signed bytes: tag ‖ 0x00 ‖ ledger id ‖ payload. Another implementation needs nothing
    /// else to sign or verify.
    pub fn message(self, ledger: &[u8; LEDGER_ID_BYTES], payload: &[u8]) -> Vec<u8> {
        [self.tag().as_bytes(), &[0], ledger, payload].concat()
    }
}
