//! Reading requests: path and query parameters, bodies. Whatever does not fit is a
//! [`Problem`](super::problem::Problem).

mod body;
mod path;
mod query;

pub(super) use body::{read_body, read_submission};
pub(super) use path::{PathText, parse_number, parse_part};
pub(super) use query::{NoParameters, QueryParameters, check_period, page_size};
