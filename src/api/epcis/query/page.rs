//! Pages: how many items, from where on, and where the next one is.

use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue, Uri};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::api::epcis::EpcisException;
use crate::api::limits::{DEFAULT_EPCIS_PAGE_ITEMS, MAX_PAGE_ITEMS};
use crate::api::problem::Problem;
use crate::ledger::questions::epcis_query::Cursor;
#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;
use crate::types::{Decode, Encode};

/// Longest token in text. A list's token holds a word of the vocabulary at most.
const MAX_TOKEN_BYTES: usize = 2_048;

/// A request for a page.
#[derive(Clone, Debug)]
pub(super) struct PageRequest {
    /// Most items.
    pub(super) count: usize,
    has_count: bool,
    token: Option<Vec<u8>>,
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

    /// Reads a parameter about pages; false if it is another.
    ///
    /// # Errors
    /// [`EpcisException::QueryParameter`] if it is not of its form, or repeated.
    pub(super) fn read(&mut self, name: &str, value: &str) -> Result<bool, Problem> {
        let refused = |cause: String| Err(EpcisException::QueryParameter.problem(cause));
        match name {
            "perPage" => {
                let count = value
                    .parse()
                    .ok()
                    .filter(|n| (1..=MAX_PAGE_ITEMS).contains(n));
                match count {
                    Some(count) if !self.has_count => {
                        self.count = count;
                        self.has_count = true;
                        Ok(true)
                    }
                    _ => refused(format!(
                        "perPage is given once, as a whole number in 1..={MAX_PAGE_ITEMS}"
                    )),
                }
            }
            "nextPageToken" => {
                let token = read_token(value);
                if token.is_none() || self.token.is_some() {
                    return refused("nextPageToken is no page token of this interface".to_owned());
                }
                self.token = token;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Where in the answer of a query the page begins.
    ///
    /// # Errors
    /// [`EpcisException::QueryParameter`] if the token is none of a query.
    pub(super) fn cursor(&self) -> Result<Option<Cursor>, Problem> {
        let Some(token) = &self.token else {
            return Ok(None);
        };
        Cursor::from_bytes(token).map(Some).map_err(|_| foreign())
    }

    /// What of a list the page comes after. `list` tells lists apart.
    ///
    /// # Errors
    /// [`EpcisException::QueryParameter`] if the token is of something else.
    pub(super) fn after(&self, list: u8) -> Result<Option<&[u8]>, Problem> {
        match self.token.as_deref() {
            None => Ok(None),
            Some([LIST_TOKEN, of, after @ ..]) if *of == list => Ok(Some(after)),
            Some(_) => Err(foreign()),
        }
    }

    /// Names the page that a cursor leads to.
    pub(super) fn link_cursor(&self, headers: &mut HeaderMap, next: &Cursor) {
        self.link(headers, &next.to_bytes());
    }

    /// Names the page of a list that comes after something.
    pub(super) fn link_after(&self, headers: &mut HeaderMap, list: u8, after: &[u8]) {
        self.link(headers, &[&[LIST_TOKEN, list], after].concat());
    }

    fn link(&self, headers: &mut HeaderMap, token: &[u8]) {
        let token = URL_SAFE_NO_PAD.encode(token);
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

/// What the token of a list begins with; that of a query begins with its version.
const LIST_TOKEN: u8 = 0xff;

/// The bytes of a token.
pub(super) fn read_token(text: &str) -> Option<Vec<u8>> {
    let is_short = !text.is_empty() && text.len() <= MAX_TOKEN_BYTES;
    is_short.then(|| URL_SAFE_NO_PAD.decode(text).ok())?
}

/// The reader of the texts of page tokens, for tests.
#[cfg(any(test, feature = "testing"))]
pub(in crate::api) const PAGE_TOKEN: NamedDecoder = NamedDecoder {
    name: "EpcisPageToken",
    again: |text| {
        let token = read_token(std::str::from_utf8(text).ok()?)?;
        Some(URL_SAFE_NO_PAD.encode(token).into_bytes())
    },
};

/// What a client is told of a page token of something else.
pub(super) fn foreign() -> Problem {
    EpcisException::QueryParameter
        .problem("the page token does not belong to this list")
        .with_way_out("ask for the first page again, and follow the Link headers from there")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(address: &'static str) -> PageRequest {
        PageRequest::new(&Uri::from_static(address))
    }

    #[test]
    fn a_link_keeps_the_query_and_replaces_the_token() {
        let page = page("/epcis/events?EQ_bizStep=a%7Cb&nextPageToken=AAA&perPage=2");
        let mut headers = HeaderMap::new();
        page.link_after(&mut headers, 3, b"x");
        let expected =
            "</epcis/events?EQ_bizStep=a%7Cb&perPage=2&nextPageToken=_wN4>; rel=\"next\"";
        assert_eq!(headers[LINK], expected);
        let mut next = super::tests::page("/epcis/epcs");
        assert_eq!(next.read("nextPageToken", "_wN4").ok(), Some(true));
        assert_eq!(next.after(3).unwrap(), Some(&b"x"[..]));
        assert!(next.after(4).is_err() && next.cursor().is_err());
        assert!(next.read("nextPageToken", "_wN4").is_err());
    }

    #[test]
    fn pages_have_bounds() {
        for (value, is_taken) in [
            ("1", true),
            ("1000", true),
            ("0", false),
            ("1001", false),
            ("x", false),
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
