//! Held against official vectors, schemas and independent implementations. Vectors stand beside the
//! repository, in the folder that `WAYBILL_CONFORMANCE` names; what is skipped without it is counted
//! and printed.

mod auction;
mod epcis;
mod merkle;
mod mutations;
mod native_schemas;
mod pages;
mod tlog;

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Where an official artefact is, or `None` after saying how many vectors are skipped without it.
/// That goes past the capture of the test harness: who runs the tests is to see what did not run.
fn official(artefact: &str, vectors: usize) -> Option<PathBuf> {
    let folder = std::env::var_os("WAYBILL_CONFORMANCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"),
        PathBuf::from,
    );
    let path = folder.join(artefact);
    if path.exists() {
        return Some(path);
    }
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {vectors} vectors ({} is absent; WAYBILL_CONFORMANCE names its folder)",
        path.display()
    );
    None
}
