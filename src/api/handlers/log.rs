//! The log as C2SP tlog-tiles: checkpoint, tiles of hashes, bundles of entries.

use axum::extract::State;
use axum::response::Response;

use super::{BYTES, CACHE_FOR_A_WHILE, CACHE_FOR_EVER, CACHE_NEVER, TEXT, answer};
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, PathText, QueryParameters};
use crate::crypto::tile::{FULL_WIDTH, TileContent, TilePath, encode_bundle};
use crate::types::{LedgerReader, LogIndex};

/// Get the checkpoint
///
/// The latest one that a quorum of validators has cosigned, as a signed note. GET /policy gives the
/// policy under which it verifies.
#[utoipa::path(
    get,
    path = "/checkpoint",
    responses((status = 200, description = "The checkpoint", body = String, content_type = "text/plain"))
)]
pub(in crate::api) async fn get_checkpoint(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    let text = context.read(|reader| Ok(reader.checkpoint()?)).await?;
    let text = text.ok_or_else(|| {
        Problem::new(
            ProblemKind::NoCheckpointYet,
            "no checkpoint is cosigned yet",
        )
    })?;
    Ok(answer(TEXT, CACHE_NEVER, text))
}

/// Get a tile of hashes
///
/// 256 hashes of the log's tree, or as many as `.p/<width>` says.
#[utoipa::path(
    get,
    path = "/tile/{level}/{index}",
    params(
        ("level" = u8, Path, description = "The tile level, from 0 for leaf hashes"),
        ("index" = String, Path, description = "The tile's index in groups of three digits, all but the last prefixed with x, such as `x001/234`; `.p/<width>` after it for a partial tile. Its slashes are not escaped.")
    ),
    responses((status = 200, description = "The hashes, 32 bytes each", body = Vec<u8>, content_type = "application/octet-stream"))
)]
pub(in crate::api) async fn get_tile(
    State(context): State<SharedContext>,
    PathText((level, index)): PathText<(String, String)>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    serve_tile(context, format!("tile/{level}/{index}")).await
}

/// Get a bundle of entries
///
/// 256 entries of the log, or as many as `.p/<width>` says, each after its length in two bytes.
#[utoipa::path(
    get,
    path = "/tile/entries/{index}",
    params(
        ("index" = String, Path, description = "The bundle's index, written as that of a tile")
    ),
    responses((status = 200, description = "The entries in canonical bytes", body = Vec<u8>, content_type = "application/octet-stream"))
)]
pub(in crate::api) async fn get_entry_bundle(
    State(context): State<SharedContext>,
    PathText(index): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    serve_tile(context, format!("tile/entries/{index}")).await
}

async fn serve_tile(context: SharedContext, path: String) -> Result<Response, Problem> {
    let path = TilePath::parse(&path)
        .map_err(|error| Problem::new(ProblemKind::BadPath, error.to_string()))?;
    let bytes = context.read(move |reader| read_tile(reader, &path)).await?;
    let cache = if path.width().is_full() {
        CACHE_FOR_EVER
    } else {
        CACHE_FOR_A_WHILE
    };
    Ok(answer(BYTES, cache, bytes))
}

fn read_tile(reader: &dyn LedgerReader, path: &TilePath) -> Result<bytes::Bytes, Problem> {
    let width = path.width().get();
    let bytes = match path.content() {
        TileContent::Hashes { level } => reader.tile(level, path.index(), width)?,
        TileContent::Entries => read_bundle(reader, path.index(), width)?,
    };
    bytes.ok_or_else(|| {
        Problem::new(
            ProblemKind::NoSuchTile,
            format!("the log is too short for {path}"),
        )
    })
}

fn read_bundle(
    reader: &dyn LedgerReader,
    index: u64,
    width: u16,
) -> Result<Option<bytes::Bytes>, Problem> {
    let Some(first) = index.checked_mul(FULL_WIDTH.into()) else {
        return Ok(None);
    };
    let entries = reader.entries(LogIndex(first), width.into())?;
    if entries.len() != usize::from(width) {
        return Ok(None);
    }
    let bundle = encode_bundle(&entries).map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(Some(bundle.into()))
}
