//! What a request asks for: a query, a page of it, and the form of the answer.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use super::page::{PageRequest, foreign};
use super::problems::of_query;
use crate::api::epcis::EpcisException;
use crate::api::epcis::headers::{EPC_FORMAT, EXTENSIONS, epc_format, single};
use crate::api::problem::Problem;
use crate::api::request::query_pairs;
use crate::ledger::questions::epcis_query::QueryText;
use crate::records::epcis::Namespaces;

/// A query with the page that is asked for.
pub(super) struct QueryRequest {
    pub(super) text: QueryText,
    pub(super) page: PageRequest,
}

impl QueryRequest {
    /// Takes only how many items a page has, as the interface description of the standard has it for what has one page.
    ///
    /// # Errors
    /// [`EpcisException::QueryParameter`].
    pub(super) fn check_one_page(&self, what: &str) -> Result<(), Problem> {
        if self.page.has_token() {
            return Err(foreign());
        }
        check_no_query(&self.text, &format!("{what} takes none"))
    }

    /// Refuses all parameters: of a query and of pages. `what` says of what there is no more than one.
    ///
    /// # Errors
    /// [`EpcisException::QueryParameter`].
    pub(super) fn check_none(&self, what: &str) -> Result<(), Problem> {
        match self.page.parameter() {
            Some(name) => Err(unknown_parameter(name, &format!("{what} has no pages"))),
            None => check_no_query(&self.text, &format!("{what} takes none")),
        }
    }
}

/// Refuses the parameters of a query where only those of pages are taken.
///
/// # Errors
/// [`EpcisException::QueryParameter`] with the reason.
pub(super) fn check_no_query(text: &QueryText, reason: &str) -> Result<(), Problem> {
    match text.any_parameter() {
        Some(name) => Err(unknown_parameter(name, reason)),
        None => Ok(()),
    }
}

fn unknown_parameter(name: &str, reason: &str) -> Problem {
    let name: String = name.chars().take(80).collect();
    EpcisException::QueryParameter.problem(format!("there is no parameter {name:?} here: {reason}"))
}

impl<S: Send + Sync> FromRequestParts<S> for QueryRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        check_format(&parts.headers, &epc_format(parts.uri.path()))?;
        let pairs = query_pairs(&parts.uri)
            .map_err(|cause| EpcisException::QueryParameter.problem(cause))?;
        let mut text = QueryText::new(extensions(&parts.headers)?);
        let mut page = PageRequest::new(&parts.uri);
        for (name, value) in &pairs {
            if !page.read(name, value)? {
                text.add(name, value).map_err(of_query)?;
            }
        }
        Ok(Self { text, page })
    }
}

/// Refuses forms of identifiers that the answer does not have: events are answered as they were signed.
fn check_format(headers: &HeaderMap, answered: &HeaderValue) -> Result<(), Problem> {
    let Some(value) = single(headers, &EPC_FORMAT)?.filter(|value| *value != answered) else {
        return Ok(());
    };
    match value.to_str().unwrap_or_default().trim() {
        "" | "No_Preference" | "Never_Translates" => Ok(()),
        other => Err(EpcisException::NotAcceptable
            .problem(format!(
                "GS1-EPC-Format {:?} cannot be met: identifiers of events are answered as they were captured, and listed in \
                 canonical form",
                other.chars().take(40).collect::<String>()
            ))
            .with_way_out("ask with Never_Translates or No_Preference; queries find both forms")),
    }
}

/// The prefixes that the header `GS1-Extensions` declares: `prefix=namespace`, with commas between.
///
/// # Errors
/// [`EpcisException::QueryParameter`] if it is not of its form, or declares a prefix for two namespaces.
pub(super) fn extensions(headers: &HeaderMap) -> Result<Namespaces, Problem> {
    let mut namespaces = Namespaces::default();
    let refused = |cause: String| {
        EpcisException::QueryParameter
            .problem(format!("the header GS1-Extensions: {cause}"))
            .with_way_out("write prefix=namespace, such as example=https://ns.example.com/epcis/")
    };
    for value in headers.get_all(EXTENSIONS) {
        let text = value
            .to_str()
            .map_err(|_| refused("it is no text".to_owned()))?;
        for declaration in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (prefix, namespace) = declaration
                .split_once('=')
                .ok_or_else(|| refused(format!("{declaration:?} has no equals sign")))?;
            let (prefix, namespace) = (prefix.trim(), namespace.trim());
            // A name that is written with the prefix could mean either.
            let before = namespaces.iter().find(|(other, _)| *other == prefix);
            if let Some((_, other)) = before.filter(|(_, other)| *other != namespace) {
                let cause =
                    format!("the prefix {prefix:?} stands for {other:?} and for {namespace:?}");
                return Err(refused(cause).with_way_out("declare each prefix once"));
            }
            let declared = namespaces.declare(prefix, namespace);
            declared.map_err(|fault| refused(fault.to_string()))?;
        }
    }
    Ok(namespaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_declare_prefixes() {
        let read = |text: &'static str| {
            extensions(&HeaderMap::from_iter([(
                EXTENSIONS,
                HeaderValue::from_static(text),
            )]))
        };
        let namespaces = read("a=https://a.example/, b=urn:example:b:").unwrap();
        let declared: Vec<_> = namespaces.iter().collect();
        assert_eq!(
            declared,
            [("a", "https://a.example/"), ("b", "urn:example:b:")]
        );
        assert!(read("").is_ok());
        for bad in [
            "a",
            "a=",
            "=https://a.example/",
            "urn=https://a.example/",
            "a:b=https://a.example/",
            "a=https://a.example/, a=https://b.example/",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read("a=https://a.example/,a=https://a.example/").is_ok());
    }

    #[test]
    fn answers_are_never_translated() {
        for (text, is_met) in [
            ("Never_Translates", true),
            ("No_Preference", true),
            ("Always_GS1_Digital_Link", false),
            ("Always_EPC_URN", false),
            ("anything", false),
        ] {
            let headers = HeaderMap::from_iter([(EPC_FORMAT, HeaderValue::from_static(text))]);
            let answered = epc_format("/epcis/events");
            assert_eq!(check_format(&headers, &answered).is_ok(), is_met, "{text}");
        }
    }
}
