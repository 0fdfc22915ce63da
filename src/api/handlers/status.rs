//! The node and the end of its ledger.

use axum::Json;
use axum::extract::State;

use crate::api::context::SharedContext;
use crate::api::problem::Problem;
use crate::api::request::{NoParameters, QueryParameters};
use crate::api::views::{CheckpointView, StatusView};
use crate::crypto::checkpoint::SignedCheckpoint;
use crate::types::{LedgerReader, ReadError};

/// Tell about the node and its ledger
#[utoipa::path(
    get,
    path = "/v1/status",
    responses((status = 200, description = "The node at this moment", body = StatusView))
)]
pub(in crate::api) async fn get_status(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<StatusView>, Problem> {
    let (tip, checkpoint) = context
        .read(|reader| Ok((reader.tip()?, latest_checkpoint(reader)?)))
        .await?;
    let setup = &context.setup;
    let checkpoint = checkpoint.map(|signed| CheckpointView {
        log_size: signed.checkpoint().size(),
        log_root: signed.checkpoint().root().to_string(),
    });
    Ok(Json(StatusView::new(
        &setup.ledger,
        &setup.ledger_name,
        setup.node.status(),
        setup.node.unready_reasons(),
        &tip,
        checkpoint,
    )))
}

/// The latest cosigned checkpoint, if there is one.
///
/// # Errors
/// A problem if the store fails, or holds what is no checkpoint.
pub(super) fn latest_checkpoint(
    reader: &dyn LedgerReader,
) -> Result<Option<SignedCheckpoint>, Problem> {
    let Some(text) = reader.checkpoint()? else {
        return Ok(None);
    };
    let signed = SignedCheckpoint::parse(text.as_bytes()).map_err(|error| {
        ReadError::new(format!("the stored checkpoint cannot be read: {error}"))
    })?;
    Ok(Some(signed))
}
