//! `waybill config`: what a node would run with, and whether that can work.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::files::shell_word;
use crate::cli::output::{Output, table};
use crate::cli::setting_flags::ConfigArguments;
use crate::cli::{Exit, Failure};
use crate::node::config::{Finding, SETTINGS, Severity, check, example};

/// Options of `waybill config`.
#[derive(Args, Debug)]
pub struct ConfigCommandArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)] // One of them lives, once.
enum ConfigCommand {
    /// Show each setting's value and where it comes from
    #[command(
        after_help = "Examples:\n  waybill config show --config waybill/waybill.toml\n  \
        WAYBILL_LOG_LEVEL=debug waybill config show"
    )]
    Show(ConfigArguments),
    /// Say what is wrong, where, and what to do about it
    #[command(
        after_help = "Exit code 0 if a node can run with it, perhaps with warnings; 3 if \
        not.\n\nExamples:\n  waybill config check --config waybill/waybill.toml"
    )]
    Check(ConfigArguments),
    /// Print a file with every setting at its default, each with its reason
    Example,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub fn run(arguments: &ConfigCommandArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        ConfigCommand::Example => {
            output.result(&example(), &json!({"toml": example()}))?;
            output.next("waybill config example > waybill.toml, then waybill config check");
            Ok(Exit::Success)
        }
        ConfigCommand::Show(arguments) => {
            show(arguments, output)?;
            output.next(&format!(
                "waybill config check --config {}",
                shell_word(&arguments.config)
            ));
            Ok(Exit::Success)
        }
        ConfigCommand::Check(arguments) => run_check(arguments, output),
    }
}

fn show(arguments: &ConfigArguments, output: &Output) -> Result<(), Failure> {
    let resolved = arguments.load()?;
    let mut rows = Vec::with_capacity(SETTINGS.len());
    let mut values = Vec::with_capacity(SETTINGS.len());
    for setting in SETTINGS {
        let value = setting.show(resolved.config());
        let origin = resolved.origin(setting).to_string();
        values.push(json!({"key": setting.key, "toml": value, "origin": origin}));
        rows.push(vec![setting.key.to_owned(), value, origin]);
    }
    output.result(
        &table(&["setting", "value", "origin"], &rows),
        &json!({"settings": values}),
    )
}

fn run_check(arguments: &ConfigArguments, output: &Output) -> Result<Exit, Failure> {
    let resolved = arguments.load()?;
    let findings = check(&resolved);
    let failed = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let mut text: String = findings.iter().map(describe).collect();
    text.push_str(&match (failed, findings.len()) {
        (true, _) => format!("{} cannot be used\n", arguments.config.display()),
        (false, 0) => format!("{} is right\n", arguments.config.display()),
        (false, _) => format!(
            "{} can be used; heed the warnings\n",
            arguments.config.display()
        ),
    });
    let listed: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "severity": finding.severity.to_string(),
                "place": finding.place.to_string(),
                "what": finding.what,
                "wayOut": finding.way_out,
            })
        })
        .collect();
    output.result(&text, &json!({"usable": !failed, "findings": listed}))?;
    if failed {
        return Ok(Exit::Files);
    }
    output.next(&format!(
        "waybill node --config {}",
        shell_word(&arguments.config)
    ));
    Ok(Exit::Success)
}

fn describe(finding: &Finding) -> String {
    format!(
        "{}: {}: {}\n  way out: {}\n",
        finding.severity, finding.place, finding.what, finding.way_out
    )
}
