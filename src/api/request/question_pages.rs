//! The pages of an answer that go by a count.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;

use super::page_list::PageList;
use super::page_size::PageSize;
use super::pairs::with_plus;
use super::query::query_pairs;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::ledger::questions::{MAX_TRACE_THINGS, PageRange};
use crate::records::epcis::Identifier;
use crate::types::{LedgerId, LogIndex, Timestamp};

/// The parameters that say which page is asked for, and as of when: what is beside them is the question. The first page
/// may be asked for without a height, and those that follow as of the height that it names.
const OF_PAGES: [&str; 3] = ["limit", "after", "as_of_height"];

/// The question that a request asks, whose pages go by how many items stand before them. The token of a page is of its
/// question: the route, what stands in the path, and the parameters.
pub(in crate::api) struct QuestionPages(PageList);

impl QuestionPages {
    /// The pages of the question that a route asks with these values in its path and these parameters, however they
    /// are spelt and in whatever order.
    fn new(
        ledger: &LedgerId,
        route: &str,
        in_path: &[String],
        mut parameters: Vec<(String, String)>,
    ) -> Self {
        parameters.retain(|(name, _)| !OF_PAGES.contains(&name.as_str()));
        parameters.sort();
        let mut names = vec!["question".to_owned(), route.to_owned()];
        names.extend(in_path.iter().map(|value| canonical(value)));
        for (name, value) in parameters {
            names.extend([name, canonical(&value)]);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Self(PageList::new(ledger, &names))
    }

    /// How many items stand before the page that a request asks for with `after`, or what number its question has for the
    /// page's beginning: 0 if it is not given.
    ///
    /// # Errors
    /// [`ProblemKind::BadQuery`] if it is no token of this question.
    pub(in crate::api) fn skip(&self, after: Option<&str>) -> Result<u64, Problem> {
        let Some(token) = after else {
            return Ok(0);
        };
        let bytes = self.0.read(token);
        let count = bytes.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)));
        count.ok_or_else(|| {
            let cause = "after is no page token of this question: it is of another one, or was changed";
            Problem::new(ProblemKind::BadQuery, cause).with_way_out(
                "give the next of the page before as it is, with the same parameters; only limit and as_of_height may be \
                 others. Without after the first page is answered",
            )
        })
    }

    /// The page of an answer that a request asks for.
    ///
    /// # Errors
    /// As [`skip`](Self::skip).
    pub(in crate::api) fn range(
        &self,
        after: Option<&str>,
        limit: PageSize,
    ) -> Result<PageRange, Problem> {
        let skip = usize::try_from(self.skip(after)?).unwrap_or(usize::MAX);
        if skip > MAX_TRACE_THINGS {
            let cause = format!(
                "after is of a page behind {skip} items, no answer has more than {MAX_TRACE_THINGS}"
            );
            return Err(Problem::new(ProblemKind::BadQuery, cause));
        }
        let count = limit.items();
        Ok(PageRange { skip, count })
    }

    /// The entry that the page of a list comes after, which a request asks for with `after`.
    ///
    /// # Errors
    /// As [`skip`](Self::skip).
    pub(in crate::api) fn after(&self, after: Option<&str>) -> Result<Option<LogIndex>, Problem> {
        Ok(self.skip(after)?.checked_sub(1).map(LogIndex))
    }

    /// The token of the page that comes after an entry, if there is one.
    pub(in crate::api) fn next_after(&self, entry: Option<LogIndex>) -> Option<String> {
        self.next(entry.map(|entry| entry.next().0))
    }

    /// The token of the page that so many items stand before, or that its question has this number for, if there is one.
    pub(in crate::api) fn next(&self, skip: Option<impl TryInto<u64>>) -> Option<String> {
        let skip = skip?.try_into().ok()?;
        Some(self.0.token(&skip.to_be_bytes()))
    }
}

impl FromRequestParts<SharedContext> for QuestionPages {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &SharedContext,
    ) -> Result<Self, Problem> {
        let route = MatchedPath::from_request_parts(parts, context)
            .await
            .map_err(|_| Problem::internal("a question without a route"))?;
        let in_path = RawPathParams::from_request_parts(parts, context)
            .await
            .map_err(|_| Problem::new(ProblemKind::BadPath, "a part of the path is not UTF-8"))?;
        let in_path: Vec<String> = in_path.iter().map(|(_, value)| value.to_owned()).collect();
        let parameters =
            query_pairs(&parts.uri).map_err(|cause| Problem::new(ProblemKind::BadQuery, cause))?;
        let ledger = &context.setup.ledger;
        Ok(Self::new(ledger, route.as_str(), &in_path, parameters))
    }
}

/// A value in the one spelling of what it means, if it is an identifier or a time.
fn canonical(value: &str) -> String {
    if let Ok(identifier) = Identifier::parse(value) {
        return identifier.canonical().to_owned();
    }
    let time = with_plus(value);
    match Timestamp::parse_rfc3339(time.as_deref().unwrap_or(value)) {
        Ok(time) => time.to_string(),
        Err(_) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Blake3Digest;

    const URN: &str = "urn:epc:id:sgtin:9521004.000701.AHAFO0005";
    const LINK: &str = "https://example.com/01/09521004007013/21/AHAFO0005";

    fn pages(route: &str, in_path: &str, query: &str) -> QuestionPages {
        let ledger = LedgerId(Blake3Digest::ZERO);
        let uri = format!("/?{query}").parse().unwrap();
        QuestionPages::new(
            &ledger,
            route,
            &[in_path.to_owned()],
            query_pairs(&uri).unwrap(),
        )
    }

    #[test]
    fn a_token_is_of_its_question_in_whatever_spelling() {
        let first = pages("/v1/a/{id}", URN, "b=1&c=2024-06-01T12:00:00Z&limit=3");
        let token = first.next(Some(7_usize)).unwrap();
        for (route, in_path, query) in [
            ("/v1/a/{id}", URN, "b=1&c=2024-06-01T12:00:00Z"),
            ("/v1/a/{id}", LINK, "c=2024-06-01T12:00:00.000Z&b=1&after=x"),
            (
                "/v1/a/{id}",
                URN,
                "c=2024-06-01T13:00:00+01:00&b=1&as_of_height=9",
            ),
        ] {
            let found = pages(route, in_path, query).skip(Some(&token));
            assert_eq!(found.unwrap(), 7, "{in_path} {query}");
        }
        for (route, in_path, query) in [
            ("/v1/b/{id}", URN, "b=1&c=2024-06-01T12:00:00Z"),
            (
                "/v1/a/{id}",
                "urn:epc:id:sgtin:9521004.000701.7",
                "b=1&c=2024-06-01T12:00:00Z",
            ),
            ("/v1/a/{id}", URN, "b=2&c=2024-06-01T12:00:00Z"),
            ("/v1/a/{id}", URN, "c=1&b=2024-06-01T12:00:00Z"),
            ("/v1/a/{id}", URN, "b=1"),
        ] {
            let problem = pages(route, in_path, query).skip(Some(&token)).unwrap_err();
            assert_eq!(problem.status().as_u16(), 400, "{route} {in_path} {query}");
        }
        assert!(first.next(None::<u64>).is_none());
        assert_eq!(first.skip(None).unwrap(), 0);
        let limit = PageSize::default();
        assert_eq!(first.range(Some(&token), limit).unwrap().skip, 7);
        let far = first.next(Some(u64::MAX)).unwrap();
        assert!(first.range(Some(&far), limit).is_err());
        for bad in ["", "0", "7", "AAAA"] {
            assert!(first.skip(Some(bad)).is_err(), "{bad}");
        }
    }
}
