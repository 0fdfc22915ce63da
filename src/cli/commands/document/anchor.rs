//! `waybill document anchor`.

use std::path::Path;

use serde_json::json;

use super::AnchorArguments;
use super::digest::digest_file;
use crate::cli::commands::record::put_record;
use crate::cli::files::shell_word;
use crate::cli::output::Output;
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::records::document::{self, ANCHOR};

/// Media types by the ending of a file's name.
const ENDINGS: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("jsonld", "application/ld+json"),
    ("md", "text/markdown"),
    ("mp4", "video/mp4"),
    ("parquet", "application/vnd.apache.parquet"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// Anchors a file.
///
/// # Errors
/// [`Failure`] if it cannot be read, or the ledger does not take the record.
pub(super) async fn anchor(arguments: &AnchorArguments, output: &Output) -> Result<Exit, Failure> {
    let path = &arguments.file;
    let (sha256, size_bytes) = digest_file(path, output)?;
    let title = arguments.title.clone().unwrap_or_else(|| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    });
    let media_type = match &arguments.media_type {
        Some(media_type) => media_type.clone(),
        None => media_type_of(path).to_owned(),
    };
    let mut body = json!({
        "sha256": sha256.to_string(),
        "sizeBytes": size_bytes,
        "mediaType": media_type,
        "title": title,
    });
    if !arguments.things.is_empty() {
        body["things"] = json!(arguments.things);
    }
    if !arguments.entries.is_empty() {
        body["entries"] = json!(arguments.entries);
    }
    let body = body.to_string();
    document::check(body.as_bytes())
        .map_err(|error| Failure::usage(error.to_string(), "see --help"))?;
    let put = put_record(&arguments.signing, &arguments.nodes, ANCHOR, &body).await?;
    let text = format!(
        "{} is anchored by entry {}: {}\nsha256  {sha256}\nsize    {size_bytes} bytes, {media_type}\n",
        plain(&path.display().to_string()),
        put.index,
        put.outcome.text(),
    );
    output.result(
        &text,
        &json!({
            "index": put.index,
            "outcome": put.outcome,
            "sha256": sha256.to_string(),
            "sizeBytes": size_bytes,
            "mediaType": media_type,
        }),
    )?;
    output.next(&format!(
        "waybill document verify {}{}",
        shell_word(path),
        arguments.nodes.hint()
    ));
    Ok(Exit::Success)
}

/// The media type of a file, by its name: bytes of no particular kind if that says nothing.
pub(super) fn media_type_of(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_ascii_lowercase();
    ENDINGS
        .iter()
        .find(|(known, _)| *known == ending)
        .map_or("application/octet-stream", |(_, media_type)| media_type)
}
