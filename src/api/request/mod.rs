//! Reading requests: path and query parameters, bodies. Whatever does not fit is a
//! [`Problem`](super::problem::Problem).

mod body;
mod misfit;
mod page_list;
mod page_size;
mod pairs;
mod path;
mod query;
mod question_pages;

pub(super) use body::{UTF_8_ALONE, check_charset, read_body, read_submission};
#[cfg(any(test, feature = "testing"))]
pub(super) use page_list::{LIST_TOKEN, PAGE_TOKEN};
pub(super) use page_list::{PageList, token_bytes};
pub(super) use page_size::PageSize;
pub(super) use path::{PathText, parse_number, parse_part};
pub(super) use query::{NoParameters, QueryParameters, check_period, query_pairs};
pub(super) use question_pages::QuestionPages;
