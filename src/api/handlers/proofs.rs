//! Proofs that an auditor verifies alone.

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::records::{INDEX_FORM, read_entry};
use super::status::latest_checkpoint;
use super::{CACHE_NEVER, TEXT, answer};
use crate::api::context::SharedContext;
use crate::api::ledger_hashes::LedgerHashes;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, PathText, QueryParameters, parse_number};
use crate::api::views::ConsistencyProofView;
use crate::crypto::merkle::{consistency_proof, inclusion_proof, root};
use crate::crypto::tlog_proof::TlogProof;
use crate::ledger::RecordReceipt;
use crate::types::{Encode, LedgerReader, LogIndex};

/// Get an entry's proof
///
/// A `.tlog-proof` file (C2SP tlog-proof@v1): the entry's inclusion in the latest cosigned
/// checkpoint. For a submitted record, `extra` is its receipt: the submission's header, record root
/// and signature, and the record's path to that root.
#[utoipa::path(
    get,
    path = "/v1/records/{index}/proof",
    params(("index" = u64, Path, description = "The entry's position in the log, from 0")),
    responses((status = 200, description = "The proof", body = String, content_type = "text/plain"))
)]
pub(in crate::api) async fn get_record_proof(
    State(context): State<SharedContext>,
    PathText(index): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    let index = LogIndex(parse_number(&index, INDEX_FORM)?);
    let proof = context.read(move |reader| prove(reader, index)).await?;
    let name = format!("attachment; filename=\"{index}.tlog-proof\"");
    let response = answer(TEXT, CACHE_NEVER, proof.to_string());
    Ok(([(CONTENT_DISPOSITION, name)], response).into_response())
}

fn prove(reader: &dyn LedgerReader, index: LogIndex) -> Result<TlogProof, Problem> {
    read_entry(reader, index)?;
    let signed = latest_checkpoint(reader)?
        .filter(|signed| index.0 < signed.checkpoint().size())
        .ok_or_else(|| {
            Problem::new(
                ProblemKind::NoCheckpointYet,
                format!("no cosigned checkpoint covers entry {index} yet"),
            )
        })?;
    let hashes = LedgerHashes::new(reader);
    let path = inclusion_proof(&hashes, index.0, signed.checkpoint().size())
        .map_err(|error| hashes.problem(&error))?;
    let extra = match reader.record_proof(index)? {
        Some(proof) => RecordReceipt::from_proof(proof)
            .map_err(|error| Problem::internal(&error.to_string()))?
            .to_bytes(),
        None => Vec::new(),
    };
    TlogProof::new(extra, index.0, path, signed)
        .map_err(|error| Problem::internal(&error.to_string()))
}

/// Between which sizes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ConsistencyParameters {
    /// The smaller size, at least 1.
    #[param(minimum = 1)]
    from: u64,
    /// The larger size; that of the latest cosigned checkpoint unless given.
    #[param(minimum = 1)]
    to: Option<u64>,
}

/// Get a consistency proof
///
/// That the log at one size begins with the log at another: nothing was changed in between.
#[utoipa::path(
    get,
    path = "/v1/proofs/consistency",
    params(ConsistencyParameters),
    responses((status = 200, description = "The proof", body = ConsistencyProofView))
)]
pub(in crate::api) async fn get_consistency_proof(
    State(context): State<SharedContext>,
    QueryParameters(sizes): QueryParameters<ConsistencyParameters>,
) -> Result<Json<ConsistencyProofView>, Problem> {
    let view = context
        .read(move |reader| prove_consistency(reader, &sizes))
        .await?;
    Ok(Json(view))
}

fn prove_consistency(
    reader: &dyn LedgerReader,
    sizes: &ConsistencyParameters,
) -> Result<ConsistencyProofView, Problem> {
    let from = sizes.from;
    let to = match sizes.to {
        Some(to) => to,
        None => latest_checkpoint(reader)?
            .map(|signed| signed.checkpoint().size())
            .ok_or_else(|| {
                Problem::new(
                    ProblemKind::NoCheckpointYet,
                    "no checkpoint is cosigned yet",
                )
            })?,
    };
    let size = reader.tip()?.log_size;
    if to.max(from) > size {
        return Err(Problem::new(
            ProblemKind::BeyondLog,
            format!("the log has {size} entries"),
        ));
    }
    if from == 0 || from > to {
        return Err(Problem::new(
            ProblemKind::BadQuery,
            format!("from is {from} and to is {to}: 1 <= from <= to is needed"),
        ));
    }
    let hashes = LedgerHashes::new(reader);
    let proof = consistency_proof(&hashes, from, to);
    let roots = root(&hashes, from).and_then(|first| Ok((first, root(&hashes, to)?)));
    let failed = |error| hashes.problem(&error);
    let (proof, (from_root, to_root)) = (proof.map_err(failed)?, roots.map_err(failed)?);
    Ok(ConsistencyProofView {
        from,
        from_root: from_root.to_string(),
        to,
        to_root: to_root.to_string(),
        hashes: proof.iter().map(ToString::to_string).collect(),
    })
}
