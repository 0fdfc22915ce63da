//! A rule: compiled once, evaluated for each record.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cel::common::ast::Expr;
use cel::parser::Expression;
use cel::{Context, DeclarationError, Env, ExecutionError, Program, Value};

use super::check::{CheckFault, Findings, Scope, check};
use super::constants::{ConstantFault, check_constants, parts};
use super::environment::{DURATION, Patterns, TIMESTAMP, add_functions, environment};
use super::parse_fault::parse_fault;
use super::shape::check_shape;
use super::values::{BlockFacts, SubmitterFacts};

/// What is said of an expression that the library panics on.
pub(super) const INTERPRETER_FAILS: &str = "the interpreter fails on it";

/// A condition that records have to fulfil.
pub struct Rule {
    name: String,
    message: String,
    expression: String,
    program: Program,
    environment: Arc<Env>,
    patterns: Patterns,
    findings: Findings,
}

/// Why an expression is no rule: at which byte of it, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// The byte.
    pub offset: usize,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rule")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Rule {
    /// Compiles and checks an expression. `patterns_left` is how many more regular expressions the contract
    /// may have.
    ///
    /// # Errors
    /// [`RuleFault`] with the first thing that is wrong.
    pub(in crate::contracts) fn compile(
        name: &str,
        message: &str,
        expression: &str,
        scope: Scope<'_>,
        patterns_left: &mut usize,
    ) -> Result<Self, RuleFault> {
        check_shape(expression)?;
        let environment = environment().map_err(|error| RuleFault {
            offset: 0,
            reason: error.to_string(),
        })?;
        let program = guarded(|| environment.compile(expression))
            .ok_or_else(|| RuleFault {
                offset: 0,
                reason: "the parser fails on it: write it in another way".to_owned(),
            })?
            .map_err(|errors| parse_fault(expression, &errors))?;
        let findings = check(program.expression(), scope, patterns_left)
            .map_err(|fault| located(expression, &program, fault))?;
        let mut patterns = BTreeMap::new();
        for pattern in &findings.patterns {
            // Checked above: what cannot be compiled is found there.
            if let Ok(compiled) = regex::Regex::new(pattern) {
                patterns.insert(pattern.clone(), compiled);
            }
        }
        let rule = Self {
            name: name.to_owned(),
            message: message.to_owned(),
            expression: expression.trim().to_owned(),
            program,
            environment: Arc::new(environment),
            patterns: Arc::new(patterns),
            findings,
        };
        rule.check_constants(expression)?;
        Ok(rule)
    }

    /// Refuses a part of literals alone that can never be evaluated.
    fn check_constants(&self, expression: &str) -> Result<(), RuleFault> {
        let context = self.context().map_err(|error| RuleFault {
            offset: 0,
            reason: error.to_string(),
        })?;
        let fault = |ConstantFault { part, reason }| RuleFault {
            offset: begin(expression, &self.program, part),
            reason: format!("this can never be evaluated: {reason}"),
        };
        let checked = check_constants(self.program.expression(), &context);
        checked.map(|_| ()).map_err(fault)
    }

    /// The context of its evaluation, without variables.
    fn context(&self) -> Result<Context<'_, '_>, DeclarationError> {
        let mut context = Context::with_env(Arc::clone(&self.environment));
        add_functions(&mut context, &self.patterns)?;
        Ok(context)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is said to whom it refuses.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The condition, as it is written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The steps that it takes at most.
    pub fn steps(&self) -> u64 {
        self.findings.steps
    }

    /// Whether it reads more than the record itself.
    pub fn reads_state(&self) -> bool {
        self.findings.reads_state
    }

    /// Whether it reads the asset as it is.
    pub fn reads_old(&self) -> bool {
        self.findings.reads_old
    }

    /// Judges a record by its body alone.
    ///
    /// # Errors
    /// The reason, which names the rule.
    pub(in crate::contracts) fn judge_body(&self, body: &Value) -> Result<(), String> {
        self.evaluate(|context| {
            context.add_variable_from_value("self", body.clone());
        })
    }

    /// Judges a record in its circumstances.
    ///
    /// # Errors
    /// The reason, which names the rule.
    pub(in crate::contracts) fn judge(
        &self,
        body: &Value,
        old_body: &Value,
        submitter: &SubmitterFacts<'_>,
        block: &BlockFacts,
    ) -> Result<(), String> {
        self.evaluate(|context| {
            context.add_variable_from_value("self", body.clone());
            context.add_variable_from_value("oldSelf", old_body.clone());
            let submitter = submitter.value().unwrap_or(Value::Null);
            context.add_variable_from_value("submitter", submitter);
            context.add_variable_from_value("block", block.value().unwrap_or(Value::Null));
        })
    }

    fn evaluate(&self, variables: impl FnOnce(&mut Context<'_, '_>)) -> Result<(), String> {
        let cannot = |why: String| format!("rule {} cannot be evaluated: {why}", self.name);
        let context = self.context();
        let mut context = context.map_err(|error| cannot(error.to_string()))?;
        variables(&mut context);
        match guarded(|| self.program.execute(&context)) {
            Some(Ok(Value::Bool(true))) => Ok(()),
            Some(Ok(Value::Bool(false))) => Err(format!("rule {}: {}", self.name, self.message)),
            Some(Ok(_)) => Err(cannot("it is neither true nor false".to_owned())),
            Some(Err(error)) => Err(cannot(describe(&error))),
            None => Err(cannot(INTERPRETER_FAILS.to_owned())),
        }
    }
}

/// What the library gives; none if it panics. A record must not be able to stop the nodes, and all
/// of them see the same panic.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// What went wrong, without the values at hand: maps have no order, and reasons are kept in the log.
pub(super) fn describe(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => format!("there is no field {name:?}"),
        ExecutionError::NoSuchOverload(_) => "an operation on values of the wrong type".to_owned(),
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "a division by zero".to_owned()
        }
        ExecutionError::Overflow(..) => "a number out of range".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "an index behind the end of a list".to_owned(),
        _ => "an operation on values that it is not for".to_owned(),
    }
}

/// The fault, at the byte that the library gives for its node.
fn located(expression: &str, program: &Program, fault: CheckFault) -> RuleFault {
    RuleFault {
        offset: position(program, fault.node).map_or(0, |byte| begin_of(expression, byte)),
        reason: fault.reason,
    }
}

/// The byte at which a node stands: that of its operator, or of the bracket behind the name of a function.
fn position(program: &Program, node: u64) -> Option<usize> {
    let (start, _) = program.source_info().offset_for(node)?;
    Some(start as usize)
}

/// The byte at which the character begins that a byte of an expression is of.
pub(super) fn begin_of(expression: &str, byte: usize) -> usize {
    let mut begin = byte.min(expression.len());
    while !expression.is_char_boundary(begin) {
        begin -= 1;
    }
    begin
}

/// The byte with which a part of an expression begins.
fn begin(expression: &str, program: &Program, part: &Expression) -> usize {
    let first = parts(part)
        .into_iter()
        .map(|inner| begin(expression, program, inner));
    let own = position(program, part.id).map(|byte| begin_of(expression, byte));
    let first = first.chain(own).min().unwrap_or_default();
    let Expr::Call(call) = &part.expr else {
        return first;
    };
    let name = match call.func_name.as_str() {
        TIMESTAMP => "timestamp",
        DURATION => "duration",
        name => name,
    };
    // A function's name stands before the first thing that has a position.
    let before = expression.get(..first).unwrap_or_default();
    let before = before.trim_end_matches(|c: char| c == '(' || c.is_whitespace());
    before.strip_suffix(name).map_or(first, str::len)
}
