//! `waybill contract check` and `test`: a contract before anybody votes on it.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::folder::{read_contract, read_examples};
use crate::cli::causes::{Cause, paragraphs};
use crate::cli::files::shell_word;
use crate::cli::output::{Output, counted, table};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::contracts::{Contract, ContractProblem, MAX_STEPS_PER_KIND, Rule, Rulebook};
use crate::types::ContractBundle;

/// The word for an example that does not come out as it says.
const FAILED: &str = "FAILED";

/// Checks a contract's files.
///
/// # Errors
/// [`Failure`] if the folder cannot be read.
pub(super) fn check(folder: &Path, output: &Output) -> Result<Exit, Failure> {
    let bundle = read_contract(folder)?;
    match Contract::compile(&bundle) {
        Err(problems) => {
            let mut text = String::new();
            for problem in &problems {
                let _ = writeln!(text, "{}", plain(&problem.to_string()));
            }
            let _ = writeln!(text, "\n{}", counted(problems.len(), "fault"));
            let faults: Vec<Value> = problems.iter().map(problem_document).collect();
            output.result(&text, &json!({"sound": false, "faults": faults}))?;
            Ok(Exit::CheckFailed)
        }
        Ok(contract) => {
            output.result(&describe(&contract), &document(&contract))?;
            output.next(&format!("waybill contract test {}", shell_word(folder)));
            Ok(Exit::Success)
        }
    }
}

/// Runs a contract's examples.
///
/// # Errors
/// [`Failure`] if the folder cannot be read, or the contract is not sound.
pub(super) fn test(folder: &Path, output: &Output) -> Result<Exit, Failure> {
    let bundle = read_contract(folder)?;
    let results = run_examples(folder, &bundle)?;
    let failed = results.iter().filter(|result| result.why.is_some()).count();
    let text = describe_examples(&results, failed);
    let documents: Vec<Value> = results
        .iter()
        .map(|result| {
            json!({"example": result.path, "description": result.description, "fault": result.why})
        })
        .collect();
    output.result(&text, &json!({"examples": documents, "failed": failed}))?;
    if failed > 0 {
        return Ok(Exit::CheckFailed);
    }
    output.next(&format!(
        "waybill contract install {} --reason WHY --member MEMBER --key FILE",
        shell_word(folder)
    ));
    Ok(Exit::Success)
}

/// A row for each example, and below the table why some did not come out as they say.
pub(super) fn describe_examples(results: &[ExampleResult], failed: usize) -> String {
    let row = |result: &ExampleResult| {
        let word = if result.why.is_some() { FAILED } else { "ok" };
        let (path, what) = (result.path.clone(), result.description.clone());
        vec![word.to_owned(), path, what]
    };
    let cause = |result: &ExampleResult| {
        Some(Cause {
            outcome: FAILED.to_owned(),
            place: result.path.clone(),
            why: result.why.clone()?,
            way_out: None,
        })
    };
    let rows: Vec<_> = results.iter().map(row).collect();
    let causes: Vec<_> = results.iter().filter_map(cause).collect();
    format!(
        "{}{}\n{}, of them otherwise than they say: {failed}\n",
        table(&["", "example", ""], &rows),
        paragraphs(&causes),
        counted(results.len(), "example")
    )
}

/// What came of an example.
pub(super) struct ExampleResult {
    pub(super) path: String,
    pub(super) description: String,
    /// Why it did not come out as it says.
    pub(super) why: Option<String>,
}

/// Runs all examples of a contract.
///
/// # Errors
/// [`Failure`] if it is not sound, or files cannot be read.
pub(super) fn run_examples(
    folder: &Path,
    bundle: &ContractBundle,
) -> Result<Vec<ExampleResult>, Failure> {
    let rulebook = Rulebook::of(std::slice::from_ref(bundle)).map_err(|p| unsound(folder, &p))?;
    let mut results = Vec::new();
    for file in read_examples(folder)? {
        let (description, why) = match &file.example {
            Err(error) => (String::new(), Some(format!("it is no example: {error}"))),
            Ok(example) => (
                example.description.clone(),
                example.run(&rulebook, file.verdict).err(),
            ),
        };
        results.push(ExampleResult {
            path: file.path,
            description,
            why,
        });
    }
    Ok(results)
}

/// A contract that cannot be used.
pub(super) fn unsound(folder: &Path, problems: &[ContractProblem]) -> Failure {
    let why: Vec<String> = problems
        .iter()
        .map(|problem| plain(&problem.to_string()).into_owned())
        .collect();
    Failure::new(
        Exit::CheckFailed,
        format!("the contract in {} is not sound", folder.display()),
        why.join("\n"),
        format!("correct it; waybill contract check {}", shell_word(folder)),
    )
}

fn problem_document(problem: &ContractProblem) -> Value {
    json!({
        "file": problem.file,
        "line": problem.position.map(|position| position.line),
        "column": problem.position.map(|position| position.column),
        "path": problem.path,
        "reason": problem.reason,
    })
}

fn steps(rules: &[Rule]) -> u64 {
    rules.iter().map(Rule::steps).sum()
}

fn describe(contract: &Contract) -> String {
    let mut text = format!(
        "{} {}: {}\ndigest {}\n\n",
        contract.name(),
        contract.version(),
        plain(contract.title()),
        contract.digest()
    );
    let rows: Vec<_> = contract
        .kinds()
        .iter()
        .map(|kind| {
            let roles: Vec<&str> = kind.roles().iter().map(|role| role.as_str()).collect();
            let effect = match (kind.native(), kind.asset()) {
                (Some(family), _) => format!("native {}", family.name),
                (None, Some(asset)) => {
                    let mut effect =
                        format!("{} {}", asset.operation.as_str(), asset.key.join(" "));
                    if let Some(stage) = &asset.to {
                        let _ = write!(effect, ", then {stage}");
                    }
                    effect
                }
                (None, None) => String::new(),
            };
            vec![
                kind.kind().to_string(),
                if roles.is_empty() {
                    "every member".to_owned()
                } else {
                    roles.join(", ")
                },
                effect,
                kind.rules().len().to_string(),
                steps(kind.rules()).to_string(),
            ]
        })
        .collect();
    text.push_str(&table(&["kind", "who", "effect", "rules", "steps"], &rows));
    let _ = writeln!(
        text,
        "\nsound; the rules of a kind may take {MAX_STEPS_PER_KIND} steps for one record"
    );
    text
}

fn document(contract: &Contract) -> Value {
    let kinds: Vec<Value> = contract
        .kinds()
        .iter()
        .map(|kind| {
            json!({
                "kind": kind.kind().as_str(),
                "version": kind.version(),
                "rules": kind.rules().len(),
                "steps": steps(kind.rules()),
            })
        })
        .collect();
    json!({
        "sound": true,
        "name": contract.name().as_str(),
        "version": contract.version(),
        "digest": contract.digest().to_string(),
        "kinds": kinds,
        "mostStepsPerKind": MAX_STEPS_PER_KIND,
    })
}
