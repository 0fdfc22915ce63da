//! Every bound on what the ledger takes, in one place, each with its reason.

/// Longest record body, in bytes. A log entry must fit the 16-bit length of a tile's entry bundle
/// (65,535 bytes) with its own fields and an outcome's reason beside the body.
pub const MAX_BODY_BYTES: usize = 60 * 1024;

/// Longest log entry, in bytes: what a 16-bit length can say (C2SP tlog-tiles).
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// Most records in one submission: a reader holds one submission in memory at a time.
pub const MAX_RECORDS_PER_SUBMISSION: usize = 10_000;

/// Longest encoded submission, in bytes.
pub const MAX_SUBMISSION_BYTES: usize = 4 * 1024 * 1024;

/// How far ahead of its own clock a node takes a submission to expire, in milliseconds: it bounds how long what was
/// signed can still come on the ledger.
pub const MAX_EXPIRY_AHEAD_MS: i64 = 60 * 60 * 1000;

/// Longest heartbeat that a genesis document may ask for, in milliseconds.
pub const MAX_HEARTBEAT_MS: u64 = 60 * 60 * 1000;

/// Greatest clock drift that a genesis document may ask for, in milliseconds.
pub const MAX_CLOCK_DRIFT_MS: u64 = 10 * 60 * 1000;

/// How far ahead of block time a submission may expire, in milliseconds: block time may be behind the clock of the node
/// that took it, by the drift between clocks, and by a heartbeat if a proposer gives its block the earliest time that is
/// later than that of the block before. What a node has taken is not passed over for that, on any ledger.
pub const MAX_EXPIRY_AHEAD_OF_BLOCK_MS: i64 =
    MAX_EXPIRY_AHEAD_MS + (MAX_HEARTBEAT_MS + MAX_CLOCK_DRIFT_MS).cast_signed();

/// Longest record kind, in bytes: `family.name` with room to spare.
pub const MAX_KIND_BYTES: usize = 64;

/// Longest member id, in bytes: a DNS label, so that it can stand in host names and key names.
pub const MAX_MEMBER_ID_BYTES: usize = 63;

/// Longest display name of a member, in bytes.
pub const MAX_MEMBER_NAME_BYTES: usize = 256;

/// Longest reason in an outcome, in bytes: part of the entry's 65,535.
pub const MAX_REASON_BYTES: usize = 1024;

/// Most flags of one accepted record: what is wrong beyond them shows once these are seen to.
pub const MAX_FLAGS: usize = 4;

/// Longest reason of a flag, in bytes: all of a record's flags take less than a rejection may.
pub const MAX_FLAG_REASON_BYTES: usize = 180;

/// Longest stable code of a rejection or a flag, in bytes.
pub const MAX_CODE_BYTES: usize = 64;

/// Longest encoded batch, in bytes: one full submission, or many small ones, and its header.
pub const MAX_BATCH_BYTES: usize = MAX_SUBMISSION_BYTES + 64 * 1024;

/// Most submissions in a batch.
pub const MAX_SUBMISSIONS_PER_BATCH: usize = 4_096;

/// Most records in a batch: bounds the entries a batch can make.
pub const MAX_RECORDS_PER_BATCH: usize = 16_384;

/// Most batches that one block orders.
pub const MAX_BATCHES_PER_BLOCK: usize = 64;

/// Most bytes of batches that one block orders: bounds the work between two blocks.
pub const MAX_BATCH_BYTES_PER_BLOCK: u64 = 16 * 1024 * 1024;

/// Most pieces of evidence in one block; more waits for the next.
pub const MAX_EVIDENCE_PER_BLOCK: usize = 16;

/// Most validators in a set: votes are all-to-all.
pub const MAX_VALIDATORS: usize = 64;

/// Most members of a ledger.
pub const MAX_MEMBERS: usize = 10_000;

/// Most keys that one member may have, revoked ones included.
pub const MAX_KEYS_PER_MEMBER: usize = 256;

/// Most network keys of one member that are in force: each lets a node in.
pub const MAX_NETWORK_KEYS_PER_MEMBER: usize = 16;

/// Most roles of one member.
pub const MAX_ROLES_PER_MEMBER: usize = 32;

/// Longest role name, in bytes.
pub const MAX_ROLE_BYTES: usize = 64;

/// Longest ledger name, which is the checkpoint origin, in bytes.
pub const MAX_LEDGER_NAME_BYTES: usize = 128;

/// Heights after its creation at which a batch must have been ordered: after that it is garbage.
pub const MAX_BATCH_LIFETIME_HEIGHTS: u64 = 1_000;

/// Longest encoded block (header and body without batch data), in bytes: all certificates of
/// [`MAX_BATCHES_PER_BLOCK`] batches with [`MAX_VALIDATORS`] signatures each, and evidence.
pub const MAX_BLOCK_BYTES: usize = 1024 * 1024;

/// Longest contract name, in bytes: a DNS label.
pub const MAX_CONTRACT_NAME_BYTES: usize = 63;

/// Longest name of a stage in the life of an asset, in bytes.
pub const MAX_STAGE_BYTES: usize = 64;

/// Most files of a contract.
pub const MAX_CONTRACT_FILES: usize = 64;

/// Longest path of a contract's file, in bytes.
pub const MAX_CONTRACT_PATH_BYTES: usize = 100;

/// Most bytes of all files of a contract. A proposal carries them as JSON text in one record body,
/// which escapes line ends and quotation marks; the body's own bound holds besides.
pub const MAX_CONTRACT_BYTES: usize = 56 * 1024;

/// Longest name of a market area, in bytes: an EIC code has 16.
pub const MAX_MARKET_AREA_BYTES: usize = 64;

/// Longest meter id, in bytes: a metering point's number (OBIS, EIC, GSRN) has up to 33.
pub const MAX_METER_ID_BYTES: usize = 64;

/// Most contracts that a genesis document installs.
pub const MAX_GENESIS_CONTRACTS: usize = 64;
