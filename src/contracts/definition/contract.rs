//! A contract, compiled from its files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use toml::Spanned;

use super::kind::Kind;
use super::manifest::{Manifest, RecordSection, RuleSection, byte_of_value};
use super::problem::ContractProblem;
use super::setting_place::byte_of_setting;
use crate::contracts::rule::{MAX_STEPS_PER_KIND, Rule, Scope};
use crate::contracts::schema::{MAX_PATTERNS, Schema};
use crate::contracts::shipped;
use crate::records::governance::{BALLOT, PROPOSAL};
use crate::records::{self, NativeFamily, NativeSettings};
use crate::types::json::{self, Limits};
use crate::types::limits::{MAX_CONTRACT_BYTES, MAX_ROLES_PER_MEMBER};
use crate::types::{
    ContractBundle, ContractDigest, ContractName, IdError, MANIFEST_FILE, RecordKind, Role,
};

/// Most kinds of records of one contract.
pub const MAX_CONTRACT_KINDS: usize = 32;

/// Most rules of one kind of record.
const MAX_RULES_PER_KIND: usize = 32;

/// Longest title or message, in bytes: a reason in the log shows the message.
const MAX_TEXT_BYTES: usize = 512;

/// A contract that records can be judged by.
#[derive(Debug)]
pub struct Contract {
    bundle: ContractBundle,
    digest: ContractDigest,
    name: ContractName,
    version: u32,
    title: String,
    kinds: Vec<Kind>,
}

impl Contract {
    /// Reads, checks and compiles the files of a contract.
    ///
    /// # Errors
    /// Everything that is wrong with them, in the order of the files.
    pub fn compile(bundle: &ContractBundle) -> Result<Self, Vec<ContractProblem>> {
        let text = bundle.manifest();
        let manifest = Manifest::parse(text).map_err(|problem| vec![problem])?;
        let mut compiler = Compiler {
            bundle,
            text,
            schemas: BTreeMap::new(),
            implied: BTreeSet::new(),
            patterns_left: MAX_PATTERNS,
            problems: Vec::new(),
        };
        let contract = compiler.contract(manifest);
        let mut problems = compiler.problems;
        match contract {
            Some(contract) if problems.is_empty() => Ok(contract),
            _ => {
                problems.sort();
                problems.dedup();
                Err(problems)
            }
        }
    }

    /// Its files.
    pub fn bundle(&self) -> &ContractBundle {
        &self.bundle
    }

    /// Names its files.
    pub fn digest(&self) -> ContractDigest {
        self.digest
    }

    /// Its name.
    pub fn name(&self) -> &ContractName {
        &self.name
    }

    /// Its version, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What it is, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The kinds of records that it judges, as in the manifest.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }
}

/// What an installed contract sets for the native family of a kind: read without the rest, which costs much more to
/// compile. None if the contract has no such kind.
pub(in crate::contracts) fn read_settings(
    bundle: &ContractBundle,
    kind: &str,
) -> Option<NativeSettings> {
    let manifest = Manifest::parse(bundle.manifest()).ok()?;
    let mut sections = manifest.record.iter();
    let section = sections.find(|section| section.kind.get_ref() == kind)?;
    let Some(native) = &section.native else {
        return Some(NativeSettings::None);
    };
    let given = section
        .settings
        .as_ref()
        .map(|table| table.get_ref().clone());
    let family = records::family(native.get_ref())?;
    family.settings(given.unwrap_or_default()).ok()
}

pub(super) struct Compiler<'a> {
    bundle: &'a ContractBundle,
    text: &'a str,
    /// The schemas that have been compiled, none for those that cannot be.
    schemas: BTreeMap<String, Option<Arc<Schema>>>,
    /// Schemas that some kind has and needs not be compiled for it.
    implied: BTreeSet<String>,
    patterns_left: usize,
    problems: Vec<ContractProblem>,
}

impl Compiler<'_> {
    pub(super) fn problem(
        &mut self,
        offset: usize,
        path: impl Into<String>,
        reason: impl Into<String>,
    ) {
        let problem = ContractProblem::new(MANIFEST_FILE, path, reason).at(self.text, offset);
        self.problems.push(problem);
    }

    /// A name, or a problem at its place.
    pub(super) fn name<T>(
        &mut self,
        path: &str,
        written: &Spanned<String>,
        read: fn(&str) -> Result<T, IdError>,
    ) -> Option<T> {
        match read(written.get_ref()) {
            Ok(name) => Some(name),
            Err(error) => {
                self.problem(written.span().start, path, error.to_string());
                None
            }
        }
    }

    fn contract(&mut self, manifest: Manifest) -> Option<Contract> {
        let name = self.name("name", &manifest.name, ContractName::new);
        let version = *manifest.version.get_ref();
        if version == 0 {
            let at = manifest.version.span().start;
            self.problem(at, "version", "versions count from 1");
        }
        self.check_text("title", &manifest.title);
        if manifest.record.is_empty() {
            self.problem(0, "record", "a contract judges at least one kind of record");
        }
        if manifest.record.len() > MAX_CONTRACT_KINDS {
            let reason = format!("a contract judges {MAX_CONTRACT_KINDS} kinds at most");
            self.problem(0, "record", reason);
            return None;
        }
        let asset_schema = self.asset_schema(&manifest);
        self.check_stages(&manifest);
        let mut kinds: Vec<Kind> = Vec::new();
        for section in &manifest.record {
            let at = section.kind.span().start;
            let is_known = kinds
                .iter()
                .any(|kind| kind.kind.as_str() == section.kind.get_ref());
            if is_known {
                self.problem(at, "kind", "the kind is listed twice");
            }
            kinds.extend(self.kind(section, asset_schema.as_ref()));
        }
        self.check_unused();
        Some(Contract {
            bundle: self.bundle.clone(),
            digest: self.bundle.digest(),
            name: name?,
            version,
            title: manifest.title.into_inner(),
            kinds,
        })
    }

    fn kind(
        &mut self,
        section: &RecordSection,
        asset_schema: Option<&Arc<Schema>>,
    ) -> Option<Kind> {
        let at = section.kind.span().start;
        let path = section.kind.get_ref().clone();
        let kind = self.name("kind", &section.kind, RecordKind::new);
        if records::DERIVED_KINDS.contains(&path.as_str()) {
            let reason = "records of this kind are made by the ledger, never by members";
            self.problem(at, &path, reason);
        }
        if *section.version.get_ref() == 0 {
            let at = section.version.span().start;
            self.problem(at, &path, "versions count from 1");
        }
        self.check_text(&path, &section.title);
        let native = match &section.native {
            None => None,
            Some(written) => {
                let family = records::family(written.get_ref());
                if family.is_none() {
                    let known: Vec<&str> = records::FAMILIES.iter().map(|f| f.name).collect();
                    let reason = format!(
                        "{:?} is no native family; there are {}",
                        written.get_ref(),
                        known.join(", ")
                    );
                    self.problem(written.span().start, &path, reason);
                }
                family
            }
        };
        let needs_own_name =
            native.is_some_and(|family| records::OWN_NAME_FAMILIES.contains(&family.name));
        if needs_own_name && native.is_some_and(|family| family.name != path) {
            let reason = "this native family is for the kind of the same name alone";
            self.problem(at, &path, reason);
        }
        if native.is_some() && section.asset.is_some() {
            self.problem(
                at,
                &path,
                "a native family keeps its own state: leave the asset",
            );
        }
        let settings = self.settings(section, native, &path);
        if section.schema.is_none() {
            self.problem(
                at,
                &path,
                "a schema is needed: what nobody describes, nobody can read",
            );
        }
        self.check_governance(section, &path);
        let roles = self.roles(section, &path);
        let is_implied = self.is_implied(section, native) && section.rule.is_empty();
        // Compiling what is not used would cost more than all else.
        let schema = match is_implied {
            true => None,
            false => self.schema(section, &path),
        };
        let asset = self.asset(section, schema.as_deref(), &path);
        let finds_asset = section
            .asset
            .as_ref()
            .is_some_and(|asset| asset.operation.may_find_asset());
        let old_schema = asset_schema.filter(|_| finds_asset);
        // Without the schema of what it finds, its rules cannot be judged; that schema's own faults are told.
        let is_known = !finds_asset || asset_schema.is_some();
        let rules = match &schema {
            Some(schema) if is_known => {
                self.rules(section, schema, old_schema.map(|s| &**s), &path)
            }
            _ => Vec::new(),
        };
        let reads_old = rules.iter().any(Rule::reads_old);
        let schema_file = section.schema.as_ref().map(|file| file.get_ref().clone());
        Some(Kind {
            kind: kind?,
            version: *section.version.get_ref(),
            title: section.title.get_ref().clone(),
            native,
            settings,
            schema_file,
            schema,
            old_schema: old_schema.filter(|_| reads_old).cloned(),
            roles,
            asset,
            rules,
        })
    }

    fn settings(
        &mut self,
        section: &RecordSection,
        native: Option<&'static NativeFamily>,
        path: &str,
    ) -> NativeSettings {
        let given = section.settings.as_ref();
        let table = given.map(|table| table.get_ref().clone());
        let read = match native {
            Some(family) => family.settings(table.unwrap_or_default()),
            None if table.is_some() => {
                let at = given.map_or_else(|| section.kind.span(), Spanned::span);
                self.problem(at.start, path, "settings are for native families");
                return NativeSettings::None;
            }
            None => Ok(NativeSettings::None),
        };
        read.unwrap_or_else(|fault| {
            let at = byte_of_setting(self.text, section, &fault);
            self.problem(at, path, fault.reason);
            NativeSettings::None
        })
    }

    /// Whether a native family alone judges what the kind's schema describes: it checks everything that the
    /// schema says, or governs.
    fn is_implied(
        &mut self,
        section: &RecordSection,
        native: Option<&'static NativeFamily>,
    ) -> bool {
        let (Some(family), Some(file)) = (native, &section.schema) else {
            return false;
        };
        let Some(text) = self.bundle.file(file.get_ref()) else {
            return false;
        };
        let is_implied =
            is_governing(family.name) || shipped::native_schema(family.name) == Some(text);
        if is_implied {
            self.implied.insert(file.get_ref().clone());
        }
        is_implied
    }

    /// Proposals and ballots are judged natively alone: no contract may stand between the governing
    /// members and the ledger. Their schemas are for people, and never run, so whatever is written in them
    /// restricts nothing, and a ledger can be governed under every program that knows its families.
    fn check_governance(&mut self, section: &RecordSection, path: &str) {
        let native = section.native.as_ref().map(Spanned::get_ref);
        let concerns = is_governing(path) || native.is_some_and(|name| is_governing(name));
        let is_plain = section.roles.is_none() && section.rule.is_empty();
        let is_own = native.is_some_and(|name| name == path);
        if concerns && !(is_plain && is_own) {
            let reason = format!(
                "{PROPOSAL} and {BALLOT} are native under their own names, without roles and rules: \
                 governing cannot be restricted"
            );
            self.problem(section.kind.span().start, path, reason);
        }
        let Some(file) = section.schema.as_ref().filter(|_| concerns) else {
            return;
        };
        match self.bundle.file(file.get_ref()) {
            None => {
                let reason = format!("the contract has no file {:?}", file.get_ref());
                self.problem(file.span().start, path, reason);
            }
            Some(text) => {
                let limits = Limits {
                    max_text_bytes: MAX_CONTRACT_BYTES,
                    max_values: Limits::RECORD_BODY.max_values,
                };
                if let Err(error) = json::read_within(text.as_bytes(), limits) {
                    let problem = ContractProblem::new(
                        file.get_ref(),
                        &error.pointer,
                        error.fault.to_string(),
                    );
                    self.problems.push(problem.at(text, error.offset));
                }
            }
        }
    }

    fn check_text(&mut self, path: &str, written: &Spanned<String>) {
        let text = written.get_ref();
        if text.trim().is_empty() || text.len() > MAX_TEXT_BYTES {
            let reason = format!("a text of 1 to {MAX_TEXT_BYTES} bytes for people is expected");
            self.problem(written.span().start, path, reason);
        }
    }

    fn roles(&mut self, section: &RecordSection, path: &str) -> Vec<Role> {
        let Some(written) = &section.roles else {
            return Vec::new();
        };
        let roles = written.get_ref();
        if roles.is_empty() || roles.len() > MAX_ROLES_PER_MEMBER {
            let reason = format!(
                "1 to {MAX_ROLES_PER_MEMBER} roles are listed; leave the list out for a kind that every member may submit"
            );
            self.problem(written.span().start, path, reason);
            return Vec::new();
        }
        roles
            .iter()
            .filter_map(|role| self.name(path, role, Role::new))
            .collect()
    }

    pub(super) fn schema(&mut self, section: &RecordSection, path: &str) -> Option<Arc<Schema>> {
        let written = section.schema.as_ref()?;
        let file = written.get_ref();
        if let Some(known) = self.schemas.get(file) {
            return known.clone();
        }
        let Some(text) = self.bundle.file(file) else {
            let reason = format!("the contract has no file {file:?}");
            self.problem(written.span().start, path, reason);
            return None;
        };
        let schema = match Schema::compile(file, text, &mut self.patterns_left) {
            Ok(schema) => Some(Arc::new(schema)),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        };
        self.schemas.insert(file.clone(), schema.clone());
        schema
    }

    fn rules(
        &mut self,
        section: &RecordSection,
        schema: &Schema,
        old_schema: Option<&Schema>,
        path: &str,
    ) -> Vec<Rule> {
        if section.rule.len() > MAX_RULES_PER_KIND {
            let reason = format!("a kind has {MAX_RULES_PER_KIND} rules at most");
            self.problem(section.kind.span().start, path, reason);
            return Vec::new();
        }
        let scope = Scope {
            body: schema.declared(),
            old_body: old_schema.map(Schema::declared),
        };
        let mut rules: Vec<Rule> = Vec::new();
        for written in &section.rule {
            if rules
                .iter()
                .any(|rule| rule.name() == written.name.get_ref())
            {
                let at = written.name.span().start;
                self.problem(at, path, "the kind has two rules of this name");
            }
            rules.extend(self.rule(written, scope, path));
        }
        let steps = rules.iter().map(Rule::steps).fold(0, u64::saturating_add);
        if steps > MAX_STEPS_PER_KIND {
            let reason = format!(
                "the rules could take {steps} steps for one record, the limit is \
                 {MAX_STEPS_PER_KIND}: bound lists by maxItems and strings by maxLength"
            );
            self.problem(section.kind.span().start, path, reason);
        }
        rules
    }

    fn rule(&mut self, written: &RuleSection, scope: Scope<'_>, path: &str) -> Option<Rule> {
        // A rule's name is shown before its message: it is a label, as a role is.
        let name = self.name(path, &written.name, Role::new)?;
        let path = format!("{path} {name}");
        self.check_text(&path, &written.message);
        match Rule::compile(
            name.as_str(),
            written.message.get_ref(),
            written.check.get_ref(),
            scope,
            &mut self.patterns_left,
        ) {
            Ok(rule) => Some(rule),
            Err(fault) => {
                let at = byte_of_value(self.text, &written.check, fault.offset);
                self.problem(at, path, fault.reason);
                None
            }
        }
    }

    fn check_unused(&mut self) {
        let unused: Vec<String> = self
            .bundle
            .files()
            .map(|(path, _)| path)
            .filter(|path| path.starts_with("schemas/"))
            .filter(|path| !self.schemas.contains_key(*path) && !self.implied.contains(*path))
            .map(str::to_owned)
            .collect();
        for path in unused {
            let problem = ContractProblem::new(&path, "", "no kind of record has this schema");
            self.problems.push(problem);
        }
    }
}

/// Whether a kind or a native family is one by which the ledger is governed.
fn is_governing(name: &str) -> bool {
    name == PROPOSAL || name == BALLOT
}
