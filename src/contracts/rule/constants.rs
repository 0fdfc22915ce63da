//! Parts of a rule that consist of literals alone: their value is known before any record is.
//!
//! One that cannot be evaluated makes a rule that refuses whatever reaches it, and is a slip of its author. Only calls
//! are tried, each when all that it is made of has been: the fault is at the innermost that fails.

use cel::common::ast::Expr;
use cel::parser::Expression;
use cel::{Context, ExecutionError, Value};

use super::program::guarded;

/// A part of a rule that can never be evaluated.
pub(super) struct ConstantFault<'e> {
    /// The part.
    pub(super) part: &'e Expression,
    /// Why not; none if the library fails on it.
    pub(super) error: Option<ExecutionError>,
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
    for part in parts(node) {
        is_constant &= check_constants(part, context)?;
    }
    if is_constant && matches!(node.expr, Expr::Call(_)) {
        match guarded(|| Value::resolve(node, context)) {
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                return Err(ConstantFault {
                    part: node,
                    error: Some(error),
                });
            }
            None => {
                return Err(ConstantFault {
                    part: node,
                    error: None,
                });
            }
        }
    }
    Ok(is_constant)
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
