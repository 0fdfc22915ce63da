//! Pages: how many items, from where on, and where the next one is.

use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue, Uri};

use crate::api::epcis::EpcisException;
use crate::api::limits::{DEFAULT_EPCIS_PAGE_ITEMS, MAX_PAGE_ITEMS};
use crate::api::problem::Problem;
use crate::api::request::{PageList, token_bytes};
use crate::ledger::questions::epcis_query::Cursor;
use crate::types::{Decode, Encode, LedgerId, parse_digits, plain_words};

/// A request for a page.
#[derive(Clone, Debug)]
pub(super) struct PageRequest {
    /// Most items.
    pub(super) count: usize,
    has_count: bool,
    token: Option<String>,
    path: String,
    /// The query part of the address, but for the token.
    rest: String,
}

impl PageRequest {
    /// The first page of what an address names.
    pub(super) fn new(uri: &Uri) -> Self {
        let pairs = uri.query().unwrap_or_default().split('&');
        let others = pairs.filter(|pair| !pair.is_empty() && !pair.starts_with("nextPageToken="));
        Self {
            count: DEFAULT_EPCIS_PAGE_ITEMS,
            has_count: false,
            token: None,
            path: uri.path().to_owned(),
            rest: others.collect::<Vec<_>>().join("&"),
        }
    }

    /// The path of what is asked for.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Reads a parameter about pages; false if it is another.
    ///
    /// # Errors
    /// [`EpcisException::QueryParameter`] if it is not of its form, or repeated.
    pub(super) fn read(&mut self, name: &str, value: &str) -> Result<bool, Problem> {
        let refused = |cause: String| Err(EpcisException::QueryParameter.problem(cause));
        match name {
            "perPage" => {
                let count = parse_digits(value).filter(|n| (1..=MAX_PAGE_ITEMS).contains(n));
                match count {
                    Some(count) if !self.has_count => {
                        self.count = count;
                        self.has_count = true;
                        Ok(true)
                    }
                    _ => refused(format!(
                        "perPage is given once, as a whole number {}",
                        plain_words::range(1, MAX_PAGE_ITEMS)
                    )),
                }
            }
            "nextPageToken" => {
                if token_bytes(value).is_none() || self.token.is_some() {
                    return refused("nextPageToken is no page token of this interface".to_owned());
                }
                self.token = Some(value.to_owned());
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Whether a page after another one is asked for.
    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The name of a parameter about pages that was given.
    pub(super) fn parameter(&self) -> Option<&'static str> {
        match self.has_count {
            true => Some("perPage"),
            false => self.token.as_ref().map(|_| "nextPageToken"),
        }
    }

    /// Where in the answer of a query the page begins.
    ///
    /// # Errors
    /// [`EpcisException::QueryParameter`] if the token is none of a query.
    pub(super) fn cursor(&self, ledger: &LedgerId) -> Result<Option<Cursor>, Problem> {
        let bytes = self.after(&of_events(ledger))?;
        let cursor = bytes.map(|bytes| Cursor::from_bytes(&bytes));
        cursor.transpose().map_err(|_| foreign())
    }

    /// What of a list the page comes after.
    ///
    /// # Errors
    /// [`EpcisException::QueryParameter`] if the token is of something else.
    pub(super) fn after(&self, list: &PageList) -> Result<Option<Vec<u8>>, Problem> {
        let token = self.token.as_deref();
        token
            .map(|token| list.read(token).ok_or_else(foreign))
            .transpose()
    }

    /// Names the page that a cursor leads to.
    pub(super) fn link_cursor(&self, headers: &mut HeaderMap, ledger: &LedgerId, next: &Cursor) {
        self.link_after(headers, &of_events(ledger), &next.to_bytes());
    }

    /// Names the page of a list that comes after something.
    pub(super) fn link_after(&self, headers: &mut HeaderMap, list: &PageList, after: &[u8]) {
        self.link(headers, &list.token(after));
    }

    fn link(&self, headers: &mut HeaderMap, token: &str) {
        let separator = if self.rest.is_empty() { "" } else { "&" };
        let link = format!(
            "<{}?{}{separator}nextPageToken={token}>; rel=\"next\"",
            self.path, self.rest
        );
        // Path and query came in a request's head, which has no bytes that a header may not have.
        if let Ok(value) = HeaderValue::from_str(&link) {
            headers.insert(LINK, value);
        }
    }
}

/// The lists of events of a ledger. Each token says itself of which query it is.
fn of_events(ledger: &LedgerId) -> PageList {
    PageList::new(ledger, &["epcis events"])
}

/// What a client is told of a page token of something else.
pub(super) fn foreign() -> Problem {
    EpcisException::QueryParameter
        .problem("the page token does not belong to this list, or was changed")
        .with_way_out("ask for the first page again, and follow the Link headers from there")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Blake3Digest;

    fn page(address: &'static str) -> PageRequest {
        PageRequest::new(&Uri::from_static(address))
    }

    #[test]
    fn a_link_keeps_the_query_and_replaces_the_token() {
        let ledger = LedgerId(Blake3Digest::ZERO);
        let list = PageList::new(&ledger, &["things"]);
        let page = page("/epcis/events?EQ_bizStep=a%7Cb&nextPageToken=AAA&perPage=2");
        let mut headers = HeaderMap::new();
        page.link_after(&mut headers, &list, b"x");
        let token = list.token(b"x");
        let expected = format!(
            "</epcis/events?EQ_bizStep=a%7Cb&perPage=2&nextPageToken={token}>; rel=\"next\""
        );
        assert_eq!(headers[LINK], expected);
        let mut next = super::tests::page("/epcis/epcs");
        assert_eq!(next.read("nextPageToken", &token).ok(), Some(true));
        assert_eq!(next.after(&list).unwrap(), Some(b"x".to_vec()));
        let other = PageList::new(&ledger, &["others"]);
        assert!(next.after(&other).is_err() && next.cursor(&ledger).is_err());
        assert!(next.read("nextPageToken", &token).is_err());
    }

    #[test]
    fn pages_have_bounds() {
        for (value, is_taken) in [
            ("1", true),
            ("1000", true),
            ("0", false),
            ("1001", false),
            ("x", false),
            ("+1", false),
        ] {
            let taken = page("/epcis/events").read("perPage", value);
            assert_eq!(taken.is_ok(), is_taken, "{value}");
        }
        let mut twice = page("/epcis/events");
        assert!(twice.read("perPage", "3").is_ok() && twice.read("perPage", "3").is_err());
        assert!(!twice.read("EQ_bizStep", "3").unwrap());
        for token in ["", "?", "a b"] {
            assert!(page("/epcis/events").read("nextPageToken", token).is_err());
        }
    }
}
