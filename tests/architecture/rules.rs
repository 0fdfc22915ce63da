//! The rules, and the tables that they go by.

use std::fmt;

use crate::source::{NamedPath, SourceFile, literals};

/// The floors of the design, section 1. A module imports from lower floors only; modules of one
/// floor do not import each other.
pub const FLOORS: &[(&str, u8)] = &[
    ("crypto", 0),
    ("types", 1),
    ("records", 2),
    ("consensus", 2),
    ("mempool", 2),
    ("sync", 2),
    ("contracts", 3),
    ("ledger", 4),
    ("analytics", 4),
    ("replica", 5),
    ("storage", 6),
    ("archive", 6),
    ("network", 6),
    ("api", 6),
    ("explorer", 6),
    ("node", 7),
    ("cli", 8),
    // Test support builds on the ledger; nothing but tests builds on it.
    ("testing", TEST_SUPPORT),
];

const TEST_SUPPORT: u8 = u8::MAX;

/// The highest floor that test support may import: fuzz targets reach the decoders of disk files.
const TEST_SUPPORT_REACH: u8 = 6;

/// The highest floor that is pure.
const LAST_PURE_FLOOR: u8 = 5;

/// The only pure module that may compute with floating point.
const FLOATING_POINT: &str = "analytics";

/// Longest file, in lines.
pub const MAX_LINES: usize = 600;

/// Names that a pure floor does not use, as the last segments of a path.
const BANNED: &[(&str, &str)] = &[
    ("HashMap", "its order is random: use BTreeMap"),
    ("HashSet", "its order is random: use BTreeSet"),
    ("RandomState", "it is random"),
    ("std::fs", "files belong to floor 6 and above"),
    ("File", "files belong to floor 6 and above"),
    ("OpenOptions", "files belong to floor 6 and above"),
    ("std::net", "sockets belong to floor 6 and above"),
    ("TcpStream", "sockets belong to floor 6 and above"),
    ("TcpListener", "sockets belong to floor 6 and above"),
    ("UdpSocket", "sockets belong to floor 6 and above"),
    ("std::thread", "threads belong to the node"),
    ("thread::spawn", "threads belong to the node"),
    ("rayon", "threads belong to the node"),
    ("tokio", "tasks belong to the node"),
    ("async", "tasks belong to the node"),
    ("await", "tasks belong to the node"),
    ("Instant", "clocks belong to the node"),
    ("SystemTime", "clocks belong to the node"),
    ("OffsetDateTime::now_utc", "clocks belong to the node"),
    ("std::env", "the environment belongs to the node"),
    ("std::process", "processes belong to the node"),
    ("rand::rng", "unseeded randomness"),
    ("rand::random", "unseeded randomness"),
    ("thread_rng", "unseeded randomness"),
    ("OsRng", "unseeded randomness"),
    ("getrandom", "unseeded randomness"),
    ("print", "output belongs to the command line"),
    ("println", "output belongs to the command line"),
    ("eprint", "output belongs to the command line"),
    ("eprintln", "output belongs to the command line"),
    ("std::io::stdout", "output belongs to the command line"),
    ("tracing", "telemetry belongs to the node"),
    ("rocksdb", "the store belongs to storage"),
    ("libp2p", "the network belongs to network"),
    ("axum", "HTTP belongs to api"),
    ("hyper", "HTTP belongs to api"),
    ("reqwest", "HTTP belongs to api"),
    ("static::mut", "shared state"),
    ("f32", FLOAT),
    ("f64", FLOAT),
];

const FLOAT: &str = "floating point is for analytics only";

/// A place where a rule is broken.
#[derive(Debug)]
pub struct Violation {
    path: String,
    line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, what } = self;
        write!(formatter, "src/{path}:{line}: {what}")
    }
}

fn floor(module: &str) -> Option<u8> {
    let found = FLOORS.iter().find(|(name, _)| *name == module);
    found.map(|(_, floor)| *floor)
}

/// Imports that do not go to a strictly lower floor.
pub fn climbing_imports(file: &SourceFile) -> Vec<Violation> {
    let own = file.module();
    let Some(own_floor) = floor(own) else {
        return Vec::new();
    };
    file.paths()
        .iter()
        .filter_map(|path| Some((path, file.top_level_module(path)?)))
        .filter(|(_, module)| {
            *module != own
                && floor(module).is_some_and(|other| {
                    let reach = if own_floor == TEST_SUPPORT {
                        TEST_SUPPORT_REACH + 1
                    } else {
                        own_floor
                    };
                    other >= reach
                })
        })
        .map(|(path, module)| Violation {
            path: file.path().to_owned(),
            line: path.line,
            what: format!("{own} imports {module}, which is not on a lower floor"),
        })
        .collect()
}

/// Names that a pure floor does not use.
pub fn banned_names(file: &SourceFile) -> Vec<Violation> {
    let own = file.module();
    if floor(own).is_none_or(|floor| floor > LAST_PURE_FLOOR) {
        return Vec::new();
    }
    let may_float = own == FLOATING_POINT;
    let violation = |line, name: &str, why: &str| Violation {
        path: file.path().to_owned(),
        line,
        what: format!("{own} is pure and names {name}: {why}"),
    };
    let named = file.paths().into_iter().filter_map(|path| {
        let (name, why) = BANNED
            .iter()
            .find(|(name, why)| path.contains(name) && !(may_float && *why == FLOAT))?;
        Some(violation(path.line, name, why))
    });
    let literals = file.float_literals().into_iter();
    let literals = literals.filter(|_| !may_float);
    named
        .chain(literals.map(|(line, literal)| violation(line, &literal, FLOAT)))
        .collect()
}

/// Code that panics on purpose, or is not there yet.
pub fn unfinished_or_panicking(file: &SourceFile) -> Vec<Violation> {
    if floor(file.module()) == Some(TEST_SUPPORT) {
        return Vec::new();
    }
    file.calls()
        .into_iter()
        .filter_map(|(line, call)| {
            let why = match call.as_str() {
                ".unwrap(" | ".expect(" => "only tests may panic by choice",
                "todo!" | "unimplemented!" => "nothing is left undone",
                "dbg!" => "it prints",
                _ => return None,
            };
            Some(Violation {
                path: file.path().to_owned(),
                line,
                what: format!("{call}: {why}"),
            })
        })
        .collect()
}

/// A file that is longer than [`MAX_LINES`].
pub fn too_long(path: &str, text: &str) -> Option<Violation> {
    let lines = text.lines().count();
    (lines > MAX_LINES).then(|| Violation {
        path: path.to_owned(),
        line: lines,
        what: format!("{lines} lines, the limit is {MAX_LINES}: divide it"),
    })
}

/// Texts with a range in the signs of the language: people are told "from 1 to 1,000".
pub fn ranges_in_texts(path: &str, text: &str) -> Vec<Violation> {
    literals(text)
        .into_iter()
        .filter(|(_, literal)| literal.contains("..="))
        .map(|(line, literal)| Violation {
            path: path.to_owned(),
            line,
            what: format!("{literal}: say it by plain_words::range"),
        })
        .collect()
}

/// A module folder whose `mod.rs` does not begin with its contract.
pub fn missing_contract(path: &str, text: &str) -> Option<Violation> {
    let folder = path.ends_with("/mod.rs");
    (folder && !text.starts_with("//!")).then(|| Violation {
        path: path.to_owned(),
        line: 1,
        what: "a module folder begins with its contract, as //! documentation".to_owned(),
    })
}

impl NamedPath {
    /// Whether the segments of `name` stand next to each other in the path.
    fn contains(&self, name: &str) -> bool {
        let wanted: Vec<&str> = name.split("::").collect();
        self.segments
            .windows(wanted.len())
            .any(|window| window.iter().zip(&wanted).all(|(a, b)| a == b))
    }
}
