//! The digest of a file, of whatever length.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Failure;
use crate::cli::output::Output;
use crate::crypto::{Sha256Digest, Sha256Hasher};

/// Bytes read at a time.
const PIECE_BYTES: usize = 1024 * 1024;

/// From this length on progress is shown, in bytes.
const LARGE_BYTES: u64 = 64 * 1024 * 1024;

/// How often progress is drawn anew.
const REDRAW: Duration = Duration::from_millis(200);

/// The SHA-256 of a file and its length in bytes. A few pieces of it are in memory at once.
///
/// # Errors
/// [`Failure`] if it cannot be read.
pub(super) fn digest_file(path: &Path, output: &Output) -> Result<(Sha256Digest, u64), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::file(
            path,
            error,
            "see to it that the file exists and can be read",
        )
    };
    let mut file = File::open(path).map_err(cannot)?;
    let length = file.metadata().map_err(cannot)?.len();
    let bar = if output.is_for_script() || length < LARGE_BYTES {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(length)
    };
    let template = "{bar:30} {bytes} of {total_bytes}, {eta} to go";
    // A template that is not understood leaves the standard look.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(REDRAW);
    let mut hasher = Sha256Hasher::default();
    let mut piece = vec![0; PIECE_BYTES];
    let mut bytes = 0;
    loop {
        let count = file.read(&mut piece).map_err(cannot)?;
        if count == 0 {
            break;
        }
        hasher.update(piece.get(..count).unwrap_or_default());
        bytes += count as u64;
        bar.set_position(bytes);
    }
    bar.finish_and_clear();
    Ok((hasher.finish(), bytes))
}
