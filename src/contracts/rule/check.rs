//! Checking an expression: its fields, types and steps.

use cel::common::ast::operators;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr};
use cel::parser::Expression;

use super::environment::{DURATION, TIMESTAMP};
use super::steps::{of_bytes, of_match};
use super::types::{Sized, Type};
use super::{MAX_COMPREHENSION_DEPTH, MAX_NODES};
use crate::contracts::schema::{self, Declared, MAX_PATTERNS, check_pattern};

/// What a rule may read.
#[derive(Clone, Copy, Debug)]
pub(in crate::contracts) struct Scope<'s> {
    /// The schema of the record.
    pub body: Declared<'s>,
    /// The schema of the asset as it is; none if the record cannot find one.
    pub old_body: Option<Declared<'s>>,
}

/// Which variables an expression reads, and what it costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Whether it reads more than the record: `oldSelf`, `submitter` or `block`.
    pub(super) reads_state: bool,
    /// Whether it reads `oldSelf`.
    pub(super) reads_old: bool,
    /// The regular expressions that it matches with.
    pub(super) patterns: Vec<String>,
    /// The steps that it takes at most.
    pub(super) steps: u64,
}

/// A fault, at a node of the expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CheckFault {
    pub(super) node: u64,
    pub(super) reason: String,
}

/// Checks that an expression is a condition that a rule may state.
/// `patterns_left` is how many more regular expressions the contract may have.
pub(super) fn check(
    root: &Expression,
    scope: Scope<'_>,
    patterns_left: &mut usize,
) -> Result<Findings, CheckFault> {
    let mut checker = Checker {
        scope,
        patterns_left,
        variables: Vec::new(),
        depth: 0,
        nodes: 0,
        findings: Findings::default(),
    };
    let (result, steps) = checker.expression(root)?;
    if !matches!(result.kind, Type::Bool) {
        return Err(CheckFault {
            node: root.id,
            reason: format!(
                "a rule is true or false, this is of the type {}",
                result.kind
            ),
        });
    }
    checker.findings.steps = steps;
    Ok(checker.findings)
}

struct Checker<'s, 'p> {
    scope: Scope<'s>,
    patterns_left: &'p mut usize,
    /// Variables of the comprehensions around, the innermost last.
    variables: Vec<(String, Sized<'s>)>,
    depth: usize,
    nodes: usize,
    findings: Findings,
}

/// A type, its size, and the steps to get there.
type Checked<'s> = Result<(Sized<'s>, u64), CheckFault>;

fn fault<T>(node: &Expression, reason: impl Into<String>) -> Result<T, CheckFault> {
    Err(CheckFault {
        node: node.id,
        reason: reason.into(),
    })
}

impl<'s> Checker<'s, '_> {
    fn expression(&mut self, node: &Expression) -> Checked<'s> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return fault(node, format!("the rule has more than {MAX_NODES} parts"));
        }
        match &node.expr {
            Expr::Literal(value) => literal(node, value),
            Expr::Ident(name) => self.variable(node, name),
            Expr::Select(select) => self.select(node, select),
            Expr::List(list) => self.list(node, &list.elements),
            Expr::Call(call) => self.call(node, call),
            Expr::Comprehension(comprehension) => self.comprehension(node, comprehension),
            Expr::Map(_) => fault(node, "a rule builds no maps: their order would be random"),
            Expr::Struct(_) => fault(node, "a rule builds no messages"),
            Expr::Unspecified => fault(node, "this is no expression"),
        }
    }

    fn variable(&mut self, node: &Expression, name: &str) -> Checked<'s> {
        if let Some((_, sized)) = self.variables.iter().rev().find(|(own, _)| own == name) {
            return Ok((sized.clone(), 1));
        }
        let body = |place: Declared<'s>| match Sized::declared(place) {
            Some(sized) if matches!(sized.kind, Type::Object(_)) => Ok((sized, 1)),
            _ => fault(node, "the schema has to say \"type\": \"object\" for this"),
        };
        let kind = match name {
            "self" => return body(self.scope.body),
            "oldSelf" => {
                self.findings.reads_state = true;
                self.findings.reads_old = true;
                return match self.scope.old_body {
                    Some(place) => body(place),
                    None => fault(
                        node,
                        "there is no oldSelf: this kind of record creates its asset or has none",
                    ),
                };
            }
            "submitter" => Type::Submitter,
            "block" => Type::Block,
            _ => {
                return fault(
                    node,
                    format!("{name} is unknown: there are self, oldSelf, submitter and block"),
                );
            }
        };
        self.findings.reads_state = true;
        Ok((Sized::scalar(kind), 1))
    }

    fn select(&mut self, node: &Expression, select: &SelectExpr) -> Checked<'s> {
        let (operand, steps) = self.expression(&select.operand)?;
        let field = self.field(node, &operand.kind, &select.field)?;
        let result = if select.test {
            Sized::scalar(Type::Bool)
        } else {
            field
        };
        Ok((result, steps + 1))
    }

    fn field(&self, node: &Expression, of: &Type<'s>, name: &str) -> Result<Sized<'s>, CheckFault> {
        let Type::Object(place) = of else {
            return match Sized::built_in_field(of, name) {
                Some(field) => Ok(field),
                None => fault(node, no_field(of, name)),
            };
        };
        let Some(property) = place.property(name) else {
            return fault(node, format!("the schema declares no field {name:?} here"));
        };
        match Sized::declared(property) {
            Some(field) => Ok(field),
            None => fault(
                node,
                format!("the schema has to give {name:?} one \"type\" for a rule to read it"),
            ),
        }
    }

    fn list(&mut self, node: &Expression, elements: &[Expression]) -> Checked<'s> {
        let mut items: Option<Box<Sized<'s>>> = None;
        let (mut bytes, mut steps) = (0u64, 1u64);
        for element in elements {
            let (item, item_steps) = self.expression(element)?;
            steps = steps.saturating_add(item_steps);
            bytes = bytes.saturating_add(item.bytes);
            match &mut items {
                None => items = Some(Box::new(item)),
                Some(first) if first.kind.is_comparable(&item.kind) => {
                    first.bytes = first.bytes.max(item.bytes);
                }
                Some(_) => return fault(node, "the items of a list are of one type"),
            }
        }
        let max_items = Some(elements.len() as u64);
        Ok((Sized::new(Type::List { items, max_items }, bytes), steps))
    }

    fn call(&mut self, node: &Expression, call: &CallExpr) -> Checked<'s> {
        let mut steps = 1u64;
        let mut arguments = Vec::new();
        for argument in call.target.as_deref().into_iter().chain(&call.args) {
            let (sized, argument_steps) = self.expression(argument)?;
            steps = steps.saturating_add(argument_steps);
            arguments.push(sized);
        }
        let name = call.func_name.as_str();
        let mut pattern_kib = 0;
        if name == "matches" {
            let pattern = call.args.last().map(|argument| &argument.expr);
            let Some(Expr::Literal(LiteralValue::String(pattern))) = pattern else {
                return fault(node, "the pattern of matches() is a literal");
            };
            let pattern = pattern.inner().to_owned();
            let Some(left) = self.patterns_left.checked_sub(1) else {
                let reason = format!("a contract has {MAX_PATTERNS} regular expressions at most");
                return fault(node, reason);
            };
            *self.patterns_left = left;
            if let Err(reason) = check_pattern(&pattern) {
                return fault(node, reason);
            }
            pattern_kib = schema::pattern_kib(&pattern);
            self.findings.patterns.push(pattern);
        }
        if name == "scaled" {
            check_scale(node, call)?;
        }
        if name == operators::INDEX
            && let [of, _] = arguments.as_slice()
            && let Type::Object(_) = of.kind
        {
            let Some(Expr::Literal(LiteralValue::String(field))) =
                call.args.last().map(|argument| &argument.expr)
            else {
                return fault(node, "a field is named by a literal");
            };
            let field = self.field(node, &of.kind, field.inner())?;
            return Ok((field, steps));
        }
        let style = if call.target.is_some() {
            Style::Member
        } else {
            Style::Global
        };
        match apply(name, style, &arguments, pattern_kib) {
            Some((result, own_steps)) => Ok((result, steps.saturating_add(own_steps))),
            None => fault(node, no_overload(name, &arguments)),
        }
    }

    fn comprehension(&mut self, node: &Expression, of: &ComprehensionExpr) -> Checked<'s> {
        if self.depth >= MAX_COMPREHENSION_DEPTH {
            return fault(
                node,
                format!("lists are gone through {MAX_COMPREHENSION_DEPTH} deep at most"),
            );
        }
        let (range, range_steps) = self.expression(&of.iter_range)?;
        let (item, rounds) = match range.kind {
            Type::List {
                items,
                max_items: Some(max_items),
            } => match items {
                Some(items) => (*items, max_items),
                None if max_items == 0 => (Sized::scalar(Type::Null), 0),
                None => {
                    return fault(
                        &of.iter_range,
                        "the schema has to give the items of this list one \"type\"",
                    );
                }
            },
            Type::List { .. } => {
                return fault(
                    &of.iter_range,
                    "this list needs \"maxItems\" in the schema: a rule goes through it",
                );
            }
            other => {
                return fault(
                    &of.iter_range,
                    format!("a rule goes through lists only, this is of the type {other}"),
                );
            }
        };
        if of.iter_var2.is_some() {
            return fault(node, "a rule goes through a list with one variable");
        }
        let (start, start_steps) = self.expression(&of.accu_init)?;
        self.depth += 1;
        let variables = self.variables.len();
        self.variables.push((of.iter_var.clone(), item));
        self.variables.push((of.accu_var.clone(), start.clone()));
        let (_, condition_steps) = self.expression(&of.loop_cond)?;
        let (mut step, step_steps) = self.expression(&of.loop_step)?;
        self.depth -= 1;
        let mut collecting_steps = 0;
        if let Type::List { items, max_items } = &mut step.kind {
            // What map() and filter() collect: the list may be copied in each round.
            collecting_steps = of_bytes(rounds.saturating_mul(rounds));
            *max_items = Some(rounds);
            let each = items.as_ref().map_or(0, |items| items.bytes);
            step.bytes = each.saturating_mul(rounds);
        }
        self.variables.truncate(variables);
        self.variables.push((of.accu_var.clone(), step));
        let (result, result_steps) = self.expression(&of.result)?;
        self.variables.truncate(variables);
        let per_round = condition_steps.saturating_add(step_steps);
        let steps = rounds
            .saturating_mul(per_round)
            .saturating_add(collecting_steps)
            .saturating_add(range_steps)
            .saturating_add(start_steps)
            .saturating_add(result_steps);
        Ok((result, steps))
    }
}

fn literal<'s>(node: &Expression, value: &LiteralValue) -> Checked<'s> {
    let sized = match value {
        LiteralValue::Boolean(_) => Sized::scalar(Type::Bool),
        LiteralValue::Int(_) => Sized::scalar(Type::Int),
        LiteralValue::Null => Sized::scalar(Type::Null),
        LiteralValue::String(text) => Sized::new(Type::String, text.inner().len() as u64),
        LiteralValue::Double(_) => {
            return fault(
                node,
                "a rule has no floating point: write scaled(x, 2) and compare with whole numbers",
            );
        }
        LiteralValue::UInt(_) => return fault(node, "a rule has no unsigned numbers: leave the u"),
        LiteralValue::Bytes(_) => return fault(node, "a rule has no byte strings"),
    };
    Ok((sized, 1))
}

/// The places of scaled() are a literal: how far a number is shifted is part of the rule.
fn check_scale(node: &Expression, call: &CallExpr) -> Result<(), CheckFault> {
    let places = call.args.last().map(|argument| &argument.expr);
    match places {
        Some(Expr::Literal(LiteralValue::Int(places))) if (0..=18).contains(places.inner()) => {
            Ok(())
        }
        _ => fault(
            node,
            "the places of scaled(x, places) are a literal from 0 to 18",
        ),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Global,
    Member,
}

fn no_field(of: &Type<'_>, name: &str) -> String {
    match of {
        Type::Submitter => format!("submitter has member and roles, and no field {name:?}"),
        Type::Block => format!("block has height and time, and no field {name:?}"),
        Type::Int => format!("an {of} has no field {name:?}"),
        _ => format!("a {of} has no field {name:?}"),
    }
}

/// What `sum` lacks in what it is given, if that is a list.
fn no_sum(arguments: &[Sized<'_>]) -> Option<&'static str> {
    let [list] = arguments else {
        return None;
    };
    let Type::List { items, max_items } = &list.kind else {
        return None;
    };
    Some(match items.as_ref().map(|items| &items.kind) {
        Some(Type::Int) if max_items.is_none() => {
            ": the list needs \"maxItems\" in the schema, a rule goes through it"
        }
        Some(Type::Number) => {
            ": the schema allows fractions here, use sum(list.map(x, scaled(x, places)))"
        }
        None => ": the items of the list have no single \"type\"",
        _ => ": it adds up whole numbers",
    })
}

fn no_overload(name: &str, arguments: &[Sized<'_>]) -> String {
    let types: Vec<String> = arguments
        .iter()
        .map(|argument| argument.kind.to_string())
        .collect();
    let name = name.trim_matches(|c| c == '_' || c == '@');
    let has_fraction = |argument: &Sized<'_>| matches!(argument.kind, Type::Number);
    let hint = match name {
        "sum" => no_sum(arguments).unwrap_or_default(),
        _ if arguments.iter().any(has_fraction) => {
            ": the schema allows a fraction here, use scaled(x, places)"
        }
        _ => "",
    };
    format!("rules have no {name} for ({}){hint}", types.join(", "))
}

/// The type of a call and its own steps; none if there is no such function for these types. `pattern_kib` is the
/// size of the pattern that it matches with.
fn apply<'s>(
    name: &str,
    style: Style,
    arguments: &[Sized<'s>],
    pattern_kib: u64,
) -> Option<(Sized<'s>, u64)> {
    let of_bool = |steps| Some((Sized::scalar(Type::Bool), steps));
    let of_int = |steps| Some((Sized::scalar(Type::Int), steps));
    let of_text = |bytes| Some((Sized::new(Type::String, bytes), of_bytes(bytes)));
    if style == Style::Member {
        return apply_member(name, arguments, pattern_kib);
    }
    match (name, arguments) {
        (operators::LOGICAL_AND | operators::LOGICAL_OR, operands)
            if operands.iter().all(|one| matches!(one.kind, Type::Bool)) =>
        {
            of_bool(operands.len() as u64)
        }
        (operators::LOGICAL_NOT | operators::NOT_STRICTLY_FALSE, [one])
            if matches!(one.kind, Type::Bool) =>
        {
            of_bool(1)
        }
        (operators::NEGATE, [one]) if matches!(one.kind, Type::Int) => Some((one.clone(), 1)),
        (operators::CONDITIONAL, [condition, yes, no])
            if matches!(condition.kind, Type::Bool) && yes.kind.is_comparable(&no.kind) =>
        {
            // Of an empty list and one with items, that with items tells the type.
            let mut result = match &yes.kind {
                Type::Null | Type::List { items: None, .. } => no.clone(),
                _ => yes.clone(),
            };
            result.bytes = yes.bytes.max(no.bytes);
            Some((result, 1))
        }
        (operators::EQUALS | operators::NOT_EQUALS, [a, b]) if a.kind.is_comparable(&b.kind) => {
            of_bool(of_bytes(a.bytes.min(b.bytes)))
        }
        (
            operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS,
            [a, b],
        ) if a.kind.is_ordered() && a.kind.is_comparable(&b.kind) && b.kind.is_ordered() => {
            of_bool(of_bytes(a.bytes.min(b.bytes)))
        }
        (operators::IN, [one, list]) => match &list.kind {
            Type::List { items, max_items } => {
                let is_comparable = items
                    .as_ref()
                    .is_none_or(|items| items.kind.is_comparable(&one.kind));
                let rounds = max_items.unwrap_or(list.bytes);
                is_comparable.then(|| {
                    let steps = rounds.saturating_add(of_bytes(list.bytes));
                    (Sized::scalar(Type::Bool), steps)
                })
            }
            _ => None,
        },
        (operators::INDEX, [list, index]) if matches!(index.kind, Type::Int) => match &list.kind {
            Type::List {
                items: Some(items), ..
            } => Some(((**items).clone(), 1)),
            _ => None,
        },
        (operators::ADD, [a, b]) => add(a, b),
        (operators::SUBSTRACT, [a, b]) => {
            let kind = match (&a.kind, &b.kind) {
                (Type::Int, Type::Int) => Type::Int,
                (Type::Timestamp, Type::Timestamp) | (Type::Duration, Type::Duration) => {
                    Type::Duration
                }
                (Type::Timestamp, Type::Duration) => Type::Timestamp,
                _ => return None,
            };
            Some((Sized::scalar(kind), 1))
        }
        (operators::MULTIPLY | operators::DIVIDE | operators::MODULO, [a, b])
            if matches!((&a.kind, &b.kind), (Type::Int, Type::Int)) =>
        {
            of_int(1)
        }
        ("size", [one]) => size(one),
        ("matches", [text, _]) if matches!(text.kind, Type::String) => {
            of_bool(of_match(text.bytes, pattern_kib))
        }
        ("scaled", [one, _]) if matches!(one.kind, Type::Number | Type::Int | Type::String) => {
            of_int(of_bytes(one.bytes))
        }
        ("sum", [list]) => match &list.kind {
            Type::List {
                items: Some(items),
                max_items: Some(rounds),
            } if matches!(items.kind, Type::Int) => of_int(*rounds),
            _ => None,
        },
        ("string", [one]) => match one.kind {
            Type::String => of_text(one.bytes),
            Type::Int | Type::Bool | Type::Timestamp => of_text(40),
            _ => None,
        },
        ("int", [one]) => match one.kind {
            Type::Int | Type::Timestamp => of_int(1),
            Type::String => of_int(of_bytes(one.bytes)),
            _ => None,
        },
        (TIMESTAMP, [one]) => match one.kind {
            Type::Timestamp | Type::Int => Some((Sized::scalar(Type::Timestamp), 1)),
            Type::String => Some((Sized::scalar(Type::Timestamp), of_bytes(one.bytes))),
            _ => None,
        },
        (DURATION, [one]) => match one.kind {
            Type::Duration => Some((one.clone(), 1)),
            Type::String => Some((Sized::scalar(Type::Duration), of_bytes(one.bytes))),
            _ => None,
        },
        _ => None,
    }
}

fn apply_member<'s>(
    name: &str,
    arguments: &[Sized<'s>],
    pattern_kib: u64,
) -> Option<(Sized<'s>, u64)> {
    let scalar = |kind, steps| Some((Sized::scalar(kind), steps));
    match (name, arguments) {
        ("contains" | "startsWith" | "endsWith", [text, part])
            if matches!((&text.kind, &part.kind), (Type::String, Type::String)) =>
        {
            let bytes = text.bytes.saturating_add(part.bytes);
            scalar(Type::Bool, of_bytes(bytes))
        }
        ("matches", [text, _]) if matches!(text.kind, Type::String) => {
            scalar(Type::Bool, of_match(text.bytes, pattern_kib))
        }
        ("size", [one]) => size(one),
        (
            "getFullYear" | "getMonth" | "getDate" | "getDayOfMonth" | "getDayOfWeek"
            | "getDayOfYear" | "getHours" | "getMinutes" | "getSeconds" | "getMilliseconds",
            [one],
        ) if matches!(one.kind, Type::Timestamp) => scalar(Type::Int, 1),
        ("getHours" | "getMinutes" | "getSeconds" | "getMilliseconds", [one])
            if matches!(one.kind, Type::Duration) =>
        {
            scalar(Type::Int, 1)
        }
        _ => None,
    }
}

fn size<'s>(of: &Sized<'s>) -> Option<(Sized<'s>, u64)> {
    // The characters of a string are counted one by one.
    let steps = match of.kind {
        Type::String => of_bytes(of.bytes),
        Type::List { .. } | Type::Object(_) => 1,
        _ => return None,
    };
    Some((Sized::scalar(Type::Int), steps))
}

fn add<'s>(a: &Sized<'s>, b: &Sized<'s>) -> Option<(Sized<'s>, u64)> {
    let bytes = a.bytes.saturating_add(b.bytes);
    let kind = match (&a.kind, &b.kind) {
        (Type::Int, Type::Int) => return Some((Sized::scalar(Type::Int), 1)),
        (Type::Timestamp, Type::Duration) | (Type::Duration, Type::Timestamp) => {
            return Some((Sized::scalar(Type::Timestamp), 1));
        }
        (Type::Duration, Type::Duration) => return Some((Sized::scalar(Type::Duration), 1)),
        (Type::String, Type::String) => Type::String,
        (
            Type::List {
                items: of_a,
                max_items: most_a,
            },
            Type::List {
                items: of_b,
                max_items: most_b,
            },
        ) if a.kind.is_comparable(&b.kind) => Type::List {
            items: of_a.clone().or_else(|| of_b.clone()),
            max_items: most_a
                .zip(*most_b)
                .map(|(most_a, most_b)| most_a.saturating_add(most_b)),
        },
        _ => return None,
    };
    Some((Sized::new(kind, bytes), of_bytes(bytes)))
}
