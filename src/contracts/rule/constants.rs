//! Parts of a rule that consist of literals alone: their value is known before any record is.
//!
//! One that cannot be evaluated makes a rule that refuses whatever reaches it, and is a slip of its author. Only calls
//! are tried, each when all that it is made of has been: the fault is at the innermost that fails. What is divided by a
//! literal nothing, or indexed by a literal below it, need not be known for that.

use cel::common::ast::{Expr, operators};
use cel::parser::Expression;
use cel::{Context, ExecutionError, Value};

use super::program::{INTERPRETER_FAILS, describe, guarded};

/// A part of a rule that can never be evaluated.
pub(super) struct ConstantFault<'e> {
    /// The part.
    pub(super) part: &'e Expression,
    /// Why not.
    pub(super) reason: String,
}

/// Evaluates the calls that have literals alone. Whether the expression is one of literals alone.
/// It has been checked: its types, its size and the depth of its brackets.
///
/// # Errors
/// [`ConstantFault`] with the first, innermost part that cannot be evaluated.
pub(super) fn check_constants<'e>(
    node: &'e Expression,
    context: &Context<'_, '_>,
) -> Result<bool, ConstantFault<'e>> {
    let mut is_constant = !matches!(
        node.expr,
        Expr::Ident(_) | Expr::Select(_) | Expr::Comprehension(_)
    );
    let mut is_last_constant = false;
    for part in parts(node) {
        is_last_constant = check_constants(part, context)?;
        is_constant &= is_last_constant;
    }
    let Expr::Call(call) = &node.expr else {
        return Ok(is_constant);
    };
    let fault = |reason: String| ConstantFault { part: node, reason };
    if is_constant {
        return match guarded(|| Value::resolve(node, context)) {
            Some(Ok(_)) => Ok(true),
            Some(Err(error)) => Err(fault(describe(&error))),
            None => Err(fault(INTERPRETER_FAILS.to_owned())),
        };
    }
    if is_last_constant
        && let Some(last) = call.args.last()
        && let Some(Ok(Value::Int(number))) = guarded(|| Value::resolve(last, context))
    {
        match call.func_name.as_str() {
            operators::DIVIDE if number == 0 => {
                return Err(fault(describe(&ExecutionError::DivisionByZero(
                    number.into(),
                ))));
            }
            operators::MODULO if number == 0 => {
                return Err(fault(describe(&ExecutionError::RemainderByZero(
                    number.into(),
                ))));
            }
            operators::INDEX if number < 0 => {
                return Err(fault("an index before the beginning of a list".to_owned()));
            }
            _ => {}
        }
    }
    Ok(false)
}

/// The parts that an expression is put together from, in the order of their evaluation.
pub(super) fn parts(node: &Expression) -> Vec<&Expression> {
    match &node.expr {
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Comprehension(of) => vec![
            &of.iter_range,
            &of.accu_init,
            &of.loop_cond,
            &of.loop_step,
            &of.result,
        ],
        _ => Vec::new(),
    }
}
