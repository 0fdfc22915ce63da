//! Blocks.

use axum::Json;
use axum::extract::State;

use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, PathText, QueryParameters, parse_number};
use crate::api::views::BlockView;
use crate::types::Height;

/// Get a block
#[utoipa::path(
    get,
    path = "/v1/blocks/{height}",
    params(("height" = u64, Path, description = "Its height, from 1")),
    responses((status = 200, description = "The block with the proof of its decision", body = BlockView))
)]
pub(in crate::api) async fn get_block(
    State(context): State<SharedContext>,
    PathText(height): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<BlockView>, Problem> {
    let height = Height(parse_number(
        &height,
        "a height: a whole number below 2^64",
    )?);
    let block = context
        .read(move |reader| Ok(reader.block(height)?))
        .await?;
    block
        .map(|block| Json(BlockView::from(&block)))
        .ok_or_else(|| {
            Problem::new(
                ProblemKind::NoSuchBlock,
                format!("there is no block at height {height}"),
            )
        })
}

/// Get the last block
#[utoipa::path(
    get,
    path = "/v1/blocks/latest",
    responses((status = 200, description = "The block with the proof of its decision", body = BlockView))
)]
pub(in crate::api) async fn get_latest_block(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<BlockView>, Problem> {
    let block = context
        .read(|reader| Ok(reader.block(reader.tip()?.height)?))
        .await?;
    block
        .map(|block| Json(BlockView::from(&block)))
        .ok_or_else(|| Problem::new(ProblemKind::NoSuchBlock, "the ledger has no block yet"))
}
