//! `waybill master-data`: what members say of places, products and parties.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::cli::client::{NodeClient, escape};
use crate::cli::files::shell_word;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, table};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};

/// Items on a page, as many as a node gives.
const PAGE: usize = 1_000;

/// Most pages that are read.
const MAX_PAGES: usize = 1_000;

/// How the types of the standard's vocabularies begin.
const STANDARD_VOCABULARY: &str = "urn:epcglobal:epcis:vtype:";

/// Options of `waybill master-data`.
#[derive(Args, Debug)]
pub struct MasterDataArguments {
    #[command(subcommand)]
    command: MasterDataCommand,
}

#[derive(Subcommand, Debug)]
enum MasterDataCommand {
    /// Show what each member says of a place, a product or a party
    #[command(
        after_help = "Members say so in the headers of EPCIS documents, or with records of the kind \
        epcis.master-data.\n\nExamples:\n  \
        waybill master-data show urn:epc:id:sgln:9521001.00001.0\n  \
        waybill submit place.json --kind epcis.master-data"
    )]
    Show(ShowArguments),
    /// List all that any member has said something of
    #[command(
        after_help = "Examples:\n  waybill master-data list BusinessLocation\n  \
        waybill master-data list urn:epcglobal:epcis:vtype:EPCClass --json"
    )]
    List(ListArguments),
}

#[derive(Args, Debug)]
struct ShowArguments {
    /// EPC URN, GS1 Digital Link or another URI
    id: String,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ListArguments {
    /// The vocabulary: a word of the standard such as BusinessLocation, ReadPoint or EPCClass, or a URI
    vocabulary: String,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &MasterDataArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        MasterDataCommand::Show(arguments) => show(arguments, output).await,
        MasterDataCommand::List(arguments) => list(arguments, output).await,
    }
}

async fn show(arguments: &ShowArguments, output: &Output) -> Result<Exit, Failure> {
    let address = format!("/v1/master-data/{}?limit={PAGE}", escape(&arguments.id));
    let nodes = &arguments.nodes;
    let report = all_pages(nodes, &address, "statements", arguments.as_of_height).await?;
    output.report(&report, |report| Ok(describe(report)))?;
    if let Some(statement) = items(&report, "statements").last() {
        let index = &statement["signed"]["index"];
        output.next(&format!("waybill proof get {index}{}", nodes.hint()));
    }
    Ok(Exit::Success)
}

async fn list(arguments: &ListArguments, output: &Output) -> Result<Exit, Failure> {
    let vocabulary = match arguments.vocabulary.contains(':') {
        true => arguments.vocabulary.clone(),
        false => [STANDARD_VOCABULARY, &arguments.vocabulary].concat(),
    };
    let name = escape(&vocabulary).replace('&', "%26").replace('+', "%2B");
    let address = format!("/v1/master-data?limit={PAGE}&vocabulary={name}");
    let nodes = &arguments.nodes;
    let report = all_pages(nodes, &address, "elements", arguments.as_of_height).await?;
    let elements = items(&report, "elements");
    let row = |element: &Value| {
        let signed = &element["signed"];
        vec![
            word(&element["id"]),
            word(&signed["member"]),
            word(&signed["index"]),
        ]
    };
    let rows: Vec<_> = elements.iter().map(row).collect();
    let text = format!(
        "{}\n{} of {} at height {}\n",
        table(&["element", "first told by", "in entry"], &rows),
        rows.len(),
        plain(&vocabulary),
        report["height"]
    );
    output.result(&text, &report)?;
    if elements.is_empty() {
        output.note(
            "nobody has said anything of this vocabulary; usual ones are BusinessLocation, ReadPoint, \
             EPCClass, SourceDest and BusinessTransaction",
        );
    }
    if let Some(element) = elements.first() {
        let id = shell_word(word(&element["id"]));
        output.next(&format!("waybill master-data show {id}{}", nodes.hint()));
    }
    Ok(Exit::Success)
}

/// All pages of an answer as one, all of the height of the first.
async fn all_pages(
    nodes: &NodeArguments,
    address: &str,
    list: &str,
    height: Option<u64>,
) -> Result<Value, Failure> {
    let mut height = height;
    let mut whole = Value::Null;
    let mut after = String::new();
    for _ in 0..MAX_PAGES {
        let mut address = address.to_owned();
        if let Some(height) = height {
            address.push_str(&format!("&as_of_height={height}"));
        }
        if !after.is_empty() {
            address.push_str(&format!("&after={}", escape(&after)));
        }
        let address = &address;
        let ask = |client: NodeClient| async move { client.json::<Value>(address).await };
        let mut page = nodes.first(ask).await?;
        // The ledger goes on; the answer does not.
        height = height.or(page["height"].as_u64());
        let next = page["next"].as_str().map(str::to_owned);
        if whole.is_null() {
            if let Some(fields) = page.as_object_mut() {
                fields.remove("next");
            }
            whole = page;
        } else if let (Some(all), Some(more)) = (
            whole.get_mut(list).and_then(Value::as_array_mut),
            page.get_mut(list).and_then(Value::as_array_mut),
        ) {
            all.append(more);
        }
        match next {
            None => return Ok(whole),
            Some(next) if next != after => after = next,
            Some(_) => break,
        }
    }
    Err(Failure::new(
        Exit::Refused,
        "the answer has too many pages",
        format!("more than {MAX_PAGES} pages of {PAGE} were to be read"),
        "ask for it page by page: GET /v1/master-data",
    ))
}

fn describe(report: &Value) -> String {
    let mut text = format!("{}\n", word(&report["id"]));
    for statement in items(report, "statements") {
        let signed = &statement["signed"];
        text.push_str(&format!(
            "\n{} says since {} (entry {}), as {}:\n",
            word(&signed["member"]),
            word(&signed["time"]),
            word(&signed["index"]),
            word(&statement["vocabulary"])
        ));
        let element = &statement["element"];
        let attribute =
            |attribute: &Value| vec![word(&attribute["id"]), word(&attribute["attribute"])];
        let child = |child: &Value| vec!["holds".to_owned(), word(child)];
        let mut rows: Vec<_> = items(element, "attributes").iter().map(attribute).collect();
        rows.extend(items(element, "children").iter().map(child));
        text.push_str(&table(&["attribute", "value"], &rows));
    }
    text.push_str(&format!("\nat height {}\n", word(&report["height"])));
    text
}

fn items<'a>(value: &'a Value, list: &str) -> &'a [Value] {
    value[list].as_array().map_or(&[], Vec::as_slice)
}

/// A text without its quotation marks, anything else as JSON.
fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
