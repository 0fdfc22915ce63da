//! Answering a peer from the committed ledger.

use super::message::{
    DecidedBlock, MAX_BLOCKS_PER_RESPONSE, MAX_RESPONSE_BYTES, SyncRequest, SyncResponse,
};
use crate::types::{Encode, LedgerReader, ReadError};

/// Answers a request: as many blocks as fit, or the batch.
///
/// # Errors
/// [`ReadError`] if the store fails.
pub fn serve(reader: &dyn LedgerReader, request: &SyncRequest) -> Result<SyncResponse, ReadError> {
    match request {
        SyncRequest::Batch { digest } => Ok(SyncResponse::Batch(reader.batch(digest)?)),
        SyncRequest::Blocks { from } => {
            let mut blocks = Vec::new();
            let mut bytes = 0;
            let mut height = *from;
            while blocks.len() < MAX_BLOCKS_PER_RESPONSE {
                let Some(committed) = reader.block(height)? else {
                    break;
                };
                let decided = DecidedBlock {
                    block: committed.block,
                    certificate: committed.certificate,
                };
                bytes += decided.to_bytes().len();
                // Tag and number of blocks go before them.
                if bytes + 8 > MAX_RESPONSE_BYTES {
                    break;
                }
                blocks.push(decided);
                height = height.next();
            }
            Ok(SyncResponse::Blocks(blocks))
        }
    }
}
