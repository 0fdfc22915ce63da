//! What can be wrong with a contract, and where it is said to be.

use std::collections::BTreeMap;

use crate::contracts::{Contract, ContractProblem, Position};
use crate::types::ContractBundle;

const MANIFEST: &str = r#"name = "loans"
version = 2
title = "Loans of crates"

[[record]]
kind = "loans.lend"
version = 1
title = "crates are lent"
schema = "schemas/loan.json"
roles = ["depot"]
asset = { key = "/id", operation = "create" }

[[record.rule]]
name = "some"
check = "self.count > 0"
message = "at least one crate is lent"

[[record]]
kind = "loans.return"
version = 1
title = "crates come back"
schema = "schemas/return.json"
asset = { key = "/id", operation = "close" }

[[record.rule]]
name = "all"
check = '''
self.count
  == oldSelf.count
'''
message = "all crates come back"
"#;

const LOAN: &str = r#"{
  "type": "object", "required": ["id", "count"], "additionalProperties": false,
  "properties": {"id": {"type": "string"}, "count": {"type": "integer"}}
}"#;

fn files(manifest: &str, loan: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("contract.toml".to_owned(), manifest.to_owned()),
        ("README.md".to_owned(), "# Loans".to_owned()),
        ("schemas/loan.json".to_owned(), loan.to_owned()),
        ("schemas/return.json".to_owned(), LOAN.to_owned()),
    ])
}

fn compile(manifest: &str, loan: &str) -> Result<Contract, Vec<ContractProblem>> {
    Contract::compile(&ContractBundle::new(files(manifest, loan)).unwrap())
}

#[test]
fn a_sound_contract_is_compiled() {
    let contract = compile(MANIFEST, LOAN).unwrap();
    assert_eq!((contract.name().as_str(), contract.version()), ("loans", 2));
    let kinds: Vec<&str> = contract.kinds().iter().map(|k| k.kind().as_str()).collect();
    assert_eq!(kinds, ["loans.lend", "loans.return"]);
    assert_eq!(contract.kinds()[0].roles()[0].as_str(), "depot");
    assert!(contract.kinds()[1].rules()[0].reads_old());
}

/// Each case replaces one piece of the manifest, and names where the fault is then found.
#[test]
fn each_fault_of_a_manifest_has_its_line_and_column() {
    let cases = [
        (
            "name = \"loans\"",
            "name = \"Loans\"",
            "1:8",
            "contract name",
        ),
        ("version = 2", "version = 0", "2:11", "from 1"),
        ("version = 2", "versoin = 2", "2:1", "is not known here"),
        ("version = 2", "version = \"2\"", "2:11", "is expected, not"),
        ("title = \"Loans", "title = Loans", "3:9", ""),
        ("\"loans.lend\"", "\"loans\"", "6:8", "record kind"),
        ("\"loans.return\"", "\"loans.lend\"", "19:8", "listed twice"),
        (
            "\"schemas/loan.json\"",
            "\"schemas/loans.json\"",
            "9:10",
            "no file",
        ),
        ("[\"depot\"]", "[\"De Pot\"]", "10:10", "role"),
        (
            "\"/id\", operation = \"create\"",
            "\"id\", operation = \"create\"",
            "11:17",
            "JSON pointer",
        ),
        (
            "\"/id\", operation = \"create\"",
            "\"/nr\", operation = \"create\"",
            "11:17",
            "JSON pointer",
        ),
        (
            "operation = \"create\"",
            "operation = \"make\"",
            "11:36",
            "is not one of the words",
        ),
        (
            "operation = \"create\"",
            "operation = \"update\"",
            "6:8",
            "creates the asset",
        ),
        (
            "self.count > 0",
            "self.count > 0.5",
            "15:23",
            "floating point",
        ),
        (
            "self.count > 0",
            "self.conut > 0",
            "15:14",
            "declares no field",
        ),
        ("self.count > 0", "self.count >", "15:22", ""),
        (
            "  == oldSelf.count",
            "  == oldSelf.cuont",
            "29:13",
            "declares no field",
        ),
        (
            "asset = { key = \"/id\", operation = \"close\" }\n",
            "",
            "28:6",
            "oldSelf",
        ),
        ("name = \"some\"", "name = \"So me\"", "14:8", "role"),
    ];
    for (piece, other, place, expected) in cases {
        assert!(MANIFEST.contains(piece), "{piece}");
        let problems = compile(&MANIFEST.replacen(piece, other, 1), LOAN).unwrap_err();
        let found = problems.iter().any(|problem| {
            let position = problem.position.unwrap();
            format!("{}:{}", position.line, position.column) == place
                && problem.reason.contains(expected)
        });
        assert!(found, "{other}: {problems:?}");
    }
}

fn position_of(problems: &[ContractProblem], reason: &str) -> String {
    let found = problems.iter().find(|one| one.reason.contains(reason));
    let position = found.and_then(|one| one.position);
    match position {
        Some(Position { line, column }) => format!("{line}:{column}"),
        None => panic!("{problems:?}"),
    }
}

/// Lines and columns count characters, whatever the letters before.
#[test]
fn faults_behind_letters_of_several_bytes_have_their_place() {
    for (rule, place, reason) in [
        ("'€' == self.naem", "15:21", "declares no field"),
        (
            "'äö€😀' == self.id && self.naem == 1",
            "15:35",
            "declares no field",
        ),
        ("'äö€😀' == self.id && has(1)", "15:35", "has() macro"),
        (
            "'äö€😀' == self.id && if",
            "15:31",
            "a word of the language",
        ),
        ("'äö€😀' == self.id 1", "15:28", "does not fit here"),
        (
            "'äö€😀' == self.id && 1 / 0 == 1",
            "15:31",
            "never be evaluated",
        ),
    ] {
        let manifest = MANIFEST.replacen("self.count > 0", rule, 1);
        let problems = compile(&manifest, LOAN).unwrap_err();
        assert_eq!(
            position_of(&problems, reason),
            place,
            "{rule}: {problems:?}"
        );
    }
    for (rule, place, reason) in [
        (
            "self.count == 1\n  && 'äö€😀' == self.naem",
            "29:20",
            "declares no field",
        ),
        ("// äöü\n'äö€😀' == self.naem", "29:15", "declares no field"),
        (
            "// äöü\n'äö€😀' == self.id && has(1)",
            "29:26",
            "has() macro",
        ),
        ("// äöü\n'äö€😀' == self.id &&", "30:1", "ends too early"),
    ] {
        let manifest = MANIFEST.replacen("self.count\n  == oldSelf.count", rule, 1);
        let problems = compile(&manifest, LOAN).unwrap_err();
        assert_eq!(
            position_of(&problems, reason),
            place,
            "{rule}: {problems:?}"
        );
    }
}

/// What is wrong with a setting of a native family is told at the setting.
#[test]
fn faults_of_settings_have_their_place() {
    let market = crate::contracts::shipped_contracts()
        .into_iter()
        .find(|bundle| bundle.manifest().contains("[[record.settings.area]]"))
        .unwrap();
    let text = market.manifest();
    let begin = text.find("[[record.settings.area]]").unwrap();
    let setting = |name: &str| {
        let line = text[begin..].find(&format!("\n{name} = ")).unwrap();
        begin + line + 1
    };
    let cases = [
        ("currency = \"", "currency = \"€", "ISO 4217", "currency"),
        (
            "auction = \"",
            "auction = \"not-",
            "not one of the words",
            "auction",
        ),
        ("interval = \"", "interval = \"P", "interval is", "interval"),
        (
            "min-price = ",
            "min-price = true #",
            "is expected",
            "min-price",
        ),
    ];
    let compile_with = |other: &str| {
        let files = market.files().map(|(path, text)| {
            let is_manifest = path == "contract.toml";
            let text = if is_manifest { other } else { text };
            (path.to_owned(), text.to_owned())
        });
        Contract::compile(&ContractBundle::new(files.collect()).unwrap()).unwrap_err()
    };
    let position = |text: &str, byte: usize| {
        let Position { line, column } = Position::of_byte(text, byte);
        format!("{line}:{column}")
    };
    for (piece, other, reason, name) in cases {
        let at = setting(name);
        let changed = format!("{}{}", &text[..at], text[at..].replacen(piece, other, 1));
        let problems = compile_with(&changed);
        let value = at + name.len() + " = ".len();
        assert_eq!(
            position_of(&problems, reason),
            position(&changed, value),
            "{problems:?}"
        );
    }
    // A setting that there is not is told at its name, and one that is missing at the area.
    let at = setting("currency");
    let changed = format!("{}x-{}", &text[..at], &text[at..]);
    let problems = compile_with(&changed);
    assert_eq!(
        position_of(&problems, "no setting"),
        position(&changed, at),
        "{problems:?}"
    );
    let changed = format!("{}# {}", &text[..at], &text[at..]);
    let problems = compile_with(&changed);
    assert_eq!(
        position_of(&problems, "is missing"),
        position(&changed, begin),
        "{problems:?}"
    );
}

#[test]
fn each_fault_of_a_schema_is_found() {
    let cases = [
        (
            LOAN.replace("\"type\": \"object\",", "\"type\": \"object\""),
            "",
        ),
        (LOAN.replace("required", "requried"), "/requried"),
        (
            LOAN.replace("\"integer\"", "\"intger\""),
            "/properties/count/type",
        ),
        (
            LOAN.replace("\"id\": {", "\"id\": {\"format\": \"dat\", "),
            "/properties/id",
        ),
        (
            LOAN.replace("\"id\": {", "\"id\": {\"pattern\": \"(?<=a)\", "),
            "/properties/id/pattern",
        ),
        (
            LOAN.replace("\"id\": {", "\"id\": {\"minLength\": 3, \"maxLength\": 2, "),
            "/properties/id/minLength",
        ),
        (
            LOAN.replace("\"id\", \"count\"", "\"id\", \"weight\""),
            "/required/1",
        ),
        ("[]".to_owned(), ""),
    ];
    for (schema, place) in cases {
        let problems = compile(MANIFEST, &schema).unwrap_err();
        // What follows from it alone, such as rules that read what the schema does not describe, is not told.
        assert!(
            problems
                .iter()
                .all(|problem| problem.file == "schemas/loan.json"
                    && problem.path.starts_with(place)
                    && problem.position.is_some()),
            "{schema}: {problems:?}"
        );
    }
    let problems = compile(MANIFEST, &LOAN.replace("\"integer\"", "\"intger\"")).unwrap_err();
    let at = LOAN.find("\"integer\"").unwrap();
    assert_eq!(problems[0].position, Some(Position::of_byte(LOAN, at)));
    let shown = problems[0].to_string();
    assert!(
        shown.contains("\"intger\" is no type; there are null, boolean"),
        "{shown}"
    );
    let unread = compile(MANIFEST, &LOAN.replace("},", "},\n")).map(|_| ());
    assert_eq!(unread, Ok(()));
}

#[test]
fn a_schema_that_nothing_uses_is_a_fault() {
    let mut files = files(MANIFEST, LOAN);
    files.insert("schemas/left-over.json".to_owned(), "{}".to_owned());
    let problems = Contract::compile(&ContractBundle::new(files).unwrap()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].file, "schemas/left-over.json");
}

#[test]
fn rules_that_take_too_long_together_are_refused() {
    let loan = LOAN.replace(
        "\"count\": {",
        "\"names\": {\"type\": \"array\", \"maxItems\": 300, \"items\": {\"type\": \"string\"}}, \"count\": {",
    );
    let slow = "self.names.all(a, self.names.exists(b, a + b == self.id))";
    let problems = compile(&MANIFEST.replace("self.count > 0", slow), &loan).unwrap_err();
    assert!(problems[0].reason.contains("steps"), "{problems:?}");
}

#[test]
fn all_faults_are_told_at_once_and_in_order() {
    let manifest = MANIFEST
        .replace("self.count > 0", "self.conut > 0")
        .replace("name = \"loans\"", "name = \"Loans\"");
    let problems = compile(&manifest, &LOAN.replace("required", "requried")).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(lines.len() >= 2, "{lines:?}");
    let mut sorted = problems.clone();
    sorted.sort();
    assert_eq!(problems, sorted);
}

#[test]
fn nothing_stands_between_the_members_and_their_ledger() {
    let membership = crate::contracts::shipped_contracts()
        .into_iter()
        .find(|bundle| bundle.manifest().contains("name = \"membership\""))
        .unwrap();
    assert!(Contract::compile(&membership).is_ok());
    let ballot = "kind = \"governance.ballot\"\nversion = 1\n";
    let restrictions = [
        (ballot, format!("{ballot}roles = [\"governor\"]\n")),
        (
            "native = \"governance.ballot\"\n",
            "native = \"governance.ballot\"\n[[record.rule]]\nname = \"never\"\ncheck = \"false\"\nmessage = \"no\"\n".to_owned(),
        ),
        ("native = \"governance.ballot\"\n", String::new()),
        ("\"governance.ballot\"\nversion", "\"acme.ballot\"\nversion".to_owned()),
    ];
    for (piece, other) in restrictions {
        let files = membership
            .files()
            .map(|(path, text)| (path.to_owned(), text.replacen(piece, &other, 1)))
            .collect();
        let problems = Contract::compile(&ContractBundle::new(files).unwrap()).unwrap_err();
        assert!(
            problems
                .iter()
                .any(|p| p.reason.contains("governing cannot be restricted")),
            "{other}: {problems:?}"
        );
    }
}

/// Another program ships other texts of these schemas. What a ledger has installed has to be usable by
/// it: a schema of governance is read by people, never run, and refuses nothing.
#[test]
fn governing_does_not_depend_on_the_text_of_its_schemas() {
    let membership = crate::contracts::shipped_contracts()
        .into_iter()
        .find(|contract| contract.manifest().contains("governance.ballot"))
        .unwrap();
    let with_schemas = |schema: &str| {
        let files = membership.files().map(|(path, text)| {
            let is_governing = path.ends_with("ballot.json") || path.ends_with("proposal.json");
            let text = if is_governing { schema } else { text };
            (path.to_owned(), text.to_owned())
        });
        Contract::compile(&ContractBundle::new(files.collect()).unwrap())
    };
    let contract = with_schemas("false").unwrap();
    let governing = contract
        .kinds()
        .iter()
        .filter(|kind| kind.kind().as_str().starts_with("governance."));
    for kind in governing {
        assert!(
            kind.schema_file().is_some() && kind.is_judged_natively(),
            "{kind:?}"
        );
    }
    let problems = with_schemas("{").unwrap_err();
    assert!(
        problems
            .iter()
            .all(|problem| problem.file.starts_with("schemas/")),
        "{problems:?}"
    );
    assert_eq!(problems.len(), 2);
}

/// The loans with stages; each case replaces one piece of the manifest.
#[test]
fn stages_make_one_picture() {
    let staged = MANIFEST
        .replace(
            "operation = \"create\"",
            "operation = \"create\", to = \"lent\"",
        )
        .replace(
            "operation = \"close\"",
            "operation = \"close\", from = [\"lent\"], to = \"back\"",
        );
    let contract = compile(&staged, LOAN).unwrap();
    let asset = contract.kinds()[1].asset().unwrap();
    assert_eq!((asset.from.len(), asset.to.is_some()), (1, true));
    let cases = [
        ("from = [\"lent\"]", "from = [\"lost\"]", "no record leads"),
        ("from = [\"lent\"]", "from = [\"Lent\"]", "stage"),
        (", to = \"lent\"", "", "which one a new asset has"),
        (
            ", to = \"lent\"",
            ", from = [\"back\"], to = \"lent\"",
            "before it is created",
        ),
        (
            "operation = \"close\", from = [\"lent\"], to = \"back\"",
            "operation = \"advance\", from = [\"lent\"]",
            "to which stage",
        ),
        (
            "key = \"/id\", operation = \"create\"",
            "key = [], operation = \"create\"",
            "1 to 4 parts",
        ),
        (
            "key = \"/id\", operation = \"create\"",
            "key = [\"/id\", \"/nr\"], operation = \"create\"",
            "\"/nr\"",
        ),
    ];
    for (piece, other, expected) in cases {
        assert!(staged.contains(piece), "{piece}");
        let problems = compile(&staged.replacen(piece, other, 1), LOAN).unwrap_err();
        let found = problems.iter().any(|p| p.reason.contains(expected));
        assert!(found, "{other}: {problems:?}");
    }
}

/// What is one thing for the whole ledger is judged by one kind: a second one could have other roles and settings.
#[test]
fn energy_is_accounted_for_under_its_own_names_alone() {
    let energy = [
        "energy.certificate-cancel",
        "energy.certificate-claim",
        "energy.certificate-issue",
        "energy.certificate-transfer",
        "energy.certificate-withdraw",
        "energy.meter",
        "energy.meter-reading",
        "energy.order",
        "energy.order-withdrawal",
    ];
    for family in energy {
        let manifest = |kind: &str| {
            format!(
                "name = \"other\"\nversion = 1\ntitle = \"Another\"\n\n[[record]]\nkind = \"{kind}\"\nversion = 1\n\
                 title = \"again\"\nschema = \"schemas/loan.json\"\nnative = \"{family}\"\n"
            )
        };
        let faults = |kind: &str| -> Vec<String> {
            match compile(&manifest(kind), LOAN) {
                Ok(_) => Vec::new(),
                Err(problems) => problems.iter().map(ToString::to_string).collect(),
            }
        };
        let is_told = |faults: &[String]| faults.iter().any(|f| f.contains("same name alone"));
        assert!(is_told(&faults("x.other")), "{family}");
        assert!(!is_told(&faults(family)), "{family}");
    }
}
