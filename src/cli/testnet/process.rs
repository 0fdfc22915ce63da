//! Processes that run in the background, known by more than a number.

use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::cli::Failure;
use crate::node::config::SETTINGS;

/// A process: its number, and when it started. The system reuses numbers; both together name one
/// process for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProcessIdentity {
    pub(super) pid: u32,
    started: String,
}

impl ProcessIdentity {
    /// The process that has a number now; none if it has ended, even if nobody has taken note yet.
    pub(super) fn of(pid: u32) -> Option<Self> {
        Some(Self {
            pid,
            started: start_of(pid)?,
        })
    }

    /// Whether this very process still runs.
    pub(super) fn is_running(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now == *self)
    }

    /// Sends a signal to this very process; false if it runs no more.
    ///
    /// # Errors
    /// What the system says if the signal cannot be sent.
    pub(super) fn signal(&self, signal: &str) -> Result<bool, String> {
        if !self.is_running() {
            return Ok(false);
        }
        // The shell's own `kill`, which every Unix has.
        let result = Command::new("/bin/sh")
            .args(["-c", "kill -\"$1\" \"$2\"", "sh", signal])
            .arg(self.pid.to_string())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        if result.status.success() || !self.is_running() {
            return Ok(true);
        }
        Err(String::from_utf8_lossy(&result.stderr).trim().to_owned())
    }
}

/// When a process started: the boot it runs in, and clock ticks since then (proc(5), field 22).
#[cfg(target_os = "linux")]
fn start_of(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything, parentheses and spaces as well.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    let ticks = fields.nth(18)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Some(format!("{}/{ticks}", boot.trim()))
}

/// When a process started, as `ps` tells it.
#[cfg(not(target_os = "linux"))]
fn start_of(pid: u32) -> Option<String> {
    let result = Command::new("ps")
        .args(["-o", "stat=,lstart=", "-p"])
        .arg(pid.to_string())
        .output()
        .ok()?;
    let text = String::from_utf8(result.stdout).ok()?;
    let (state, started) = text.trim().split_once(char::is_whitespace)?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

/// Starts a node in the background: no terminal, a process group of its own so that Ctrl-C here
/// does not reach it, output appended to `log`.
///
/// # Errors
/// [`Failure`] if it cannot be started.
pub(super) fn start(program: &Path, config: &Path, log: &Path) -> Result<Child, Failure> {
    let cannot_log = |error: std::io::Error| {
        Failure::file(log, error, "see to it that the folder can be written")
    };
    let out = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .map_err(cannot_log)?;
    let errors = out.try_clone().map_err(cannot_log)?;
    let mut command = Command::new(program);
    command
        .arg("node")
        .arg("--config")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(errors)
        .process_group(0);
    // A variable that is meant for one node would give all of them the same address or folder.
    for setting in SETTINGS {
        if !setting.key.starts_with("log.") {
            command.env_remove(setting.environment_name());
        }
    }
    command
        .spawn()
        .map_err(|error| Failure::file(program, error, "name the program with --program"))
}

/// The last lines of a log, for a person.
pub(super) fn last_lines(log: &Path, count: usize) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    let from = lines.len().saturating_sub(count);
    lines.get(from..).unwrap_or_default().join("\n")
}
