//! The problems of the EPCIS interface.

use axum::http::StatusCode;

use crate::api::problem::{Problem, TypeNamespace};
use crate::types::Refusal;

/// A kind of problem that EPCIS 2.0 names. Its type is `epcisException:` and a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpcisException {
    /// There is no token, or one that is not taken.
    Unauthenticated,
    /// The token does not grant this.
    Forbidden,
    /// The request's body, headers or path are not what they should be.
    Validation,
    /// A query parameter is not what it should be.
    QueryParameter,
    /// A query that is to be kept is not one.
    QueryValidation,
    /// A query would take too much work.
    QueryTooComplex,
    /// A query's answer would be too large.
    QueryTooLarge,
    /// There is no such thing. The standard's schema of this answer allows no other type than that of a query
    /// which does not exist.
    NoSuchResource,
    /// There is no query of that name.
    NoSuchName,
    /// The resource does not know the method. The standard names no type for this.
    MethodNotAllowed,
    /// The answer cannot have the form that was asked for.
    NotAcceptable,
    /// There is one already.
    ResourceAlreadyExists,
    /// More was sent than is taken at once.
    CaptureLimitExceeded,
    /// The body is of a media type that is not read.
    UnsupportedMediaType,
    /// The address is too long.
    UriTooLong,
    /// The node failed, or could not finish in time.
    Implementation,
    /// The node cannot serve now.
    Unavailable,
    /// The node does not do this.
    NotImplemented,
}

impl EpcisException {
    /// All kinds.
    pub const ALL: [Self; 18] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::Validation,
        Self::QueryParameter,
        Self::QueryValidation,
        Self::QueryTooComplex,
        Self::QueryTooLarge,
        Self::NoSuchResource,
        Self::NoSuchName,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::ResourceAlreadyExists,
        Self::CaptureLimitExceeded,
        Self::UnsupportedMediaType,
        Self::UriTooLong,
        Self::Implementation,
        Self::Unavailable,
        Self::NotImplemented,
    ];

    /// The type's name, the status, the title and the way out.
    fn row(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        match self {
            Self::Unauthenticated => (
                "SecurityException",
                StatusCode::UNAUTHORIZED,
                "A token is needed",
                "send Authorization: Bearer with a token for this ledger and node; `waybill token` \
                 makes one",
            ),
            Self::Forbidden => (
                "SecurityException",
                StatusCode::FORBIDDEN,
                "The token does not grant this",
                "ask with a token of the scope that WWW-Authenticate names, of a member that this \
                 node grants it to",
            ),
            Self::Validation => (
                "ValidationException",
                StatusCode::BAD_REQUEST,
                "Not valid",
                "correct the request",
            ),
            Self::QueryParameter => (
                "QueryParameterException",
                StatusCode::BAD_REQUEST,
                "Bad query parameter",
                "correct the query: GET /openapi.json describes each parameter",
            ),
            Self::QueryValidation => (
                "QueryValidationException",
                StatusCode::BAD_REQUEST,
                "Not a query",
                "send a name and a query: the page on the EPCIS interface lists the parameters",
            ),
            Self::QueryTooComplex => (
                "QueryTooComplexException",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The query is too complex",
                "ask for less at once",
            ),
            Self::QueryTooLarge => (
                "QueryTooLargeException",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The answer is too large",
                "ask for less at once, or read it in pages",
            ),
            Self::NoSuchResource => (
                "NoSuchNameException",
                StatusCode::NOT_FOUND,
                "No such resource",
                "check its name; OPTIONS and GET /epcis/ tell what there is",
            ),
            Self::NoSuchName => (
                "NoSuchNameException",
                StatusCode::NOT_FOUND,
                "No such query",
                "GET /epcis/queries lists the queries",
            ),
            Self::MethodNotAllowed => (
                "ValidationException",
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                "use a method that Allow names",
            ),
            Self::NotAcceptable => (
                "NotAcceptableException",
                StatusCode::NOT_ACCEPTABLE,
                "Not acceptable",
                "ask for EPCIS 2.0 and CBV 2.0 in JSON; OPTIONS tells what there is",
            ),
            Self::ResourceAlreadyExists => (
                "ResourceAlreadyExistsException",
                StatusCode::CONFLICT,
                "There already",
                "nothing: Location says where it is",
            ),
            Self::CaptureLimitExceeded => (
                "CaptureLimitExceededException",
                StatusCode::PAYLOAD_TOO_LARGE,
                "Too much at once",
                "divide it: GS1-EPCIS-Capture-Limit and GS1-EPCIS-Capture-File-Size-Limit tell what \
                 is taken at once",
            ),
            Self::UnsupportedMediaType => (
                "UnsupportedMediaTypeException",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
                "send application/json or application/ld+json",
            ),
            Self::UriTooLong => (
                "URITooLongException",
                StatusCode::URI_TOO_LONG,
                "The address is too long",
                "name the query: POST /epcis/queries",
            ),
            Self::Implementation => (
                "ImplementationException",
                StatusCode::INTERNAL_SERVER_ERROR,
                "The node failed",
                "try again, or ask another node",
            ),
            Self::Unavailable => (
                "ImplementationException",
                StatusCode::SERVICE_UNAVAILABLE,
                "The node cannot serve now",
                "wait as long as Retry-After says, or ask another node",
            ),
            Self::NotImplemented => (
                "ImplementationException",
                StatusCode::NOT_IMPLEMENTED,
                "Not implemented",
                "do without it here; the page on the EPCIS interface says what there is instead",
            ),
        }
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        self.row().1
    }

    /// A problem of this kind. `cause` says what was found.
    pub fn problem(self, cause: impl Into<String>) -> Problem {
        let (name, status, title, way_out) = self.row();
        let problem = Problem::of(
            TypeNamespace::EpcisException,
            name,
            status,
            title,
            cause.into(),
            way_out,
        );
        match self {
            Self::Unavailable => problem.retry_after(1),
            _ => problem,
        }
    }

    /// A problem of the whole interface as one of this kind: what it says stays.
    fn rename(self, problem: Problem) -> Problem {
        let (name, status, title, _) = self.row();
        problem.renamed(TypeNamespace::EpcisException, name, status, title)
    }
}

/// Any problem as the EPCIS interface tells it.
pub(super) fn as_exception(problem: Problem) -> Problem {
    let document = problem.document();
    let kind = match document.status {
        _ if problem.is_of(TypeNamespace::EpcisException) => return problem,
        400 if document.type_uri.ends_with(":bad-query") => EpcisException::QueryParameter,
        400 | 408 | 422 => EpcisException::Validation,
        404 => EpcisException::NoSuchResource,
        405 => EpcisException::MethodNotAllowed,
        409 => EpcisException::ResourceAlreadyExists,
        413 if document.type_uri.ends_with(":question-too-large") => EpcisException::QueryTooLarge,
        413 => EpcisException::CaptureLimitExceeded,
        415 => EpcisException::UnsupportedMediaType,
        429 | 503 => EpcisException::Unavailable,
        _ => EpcisException::Implementation,
    };
    kind.rename(problem)
}

/// What a client is told by a node without a vote, which would refuse what it signed.
pub(super) fn no_vote(reason: &'static str) -> Problem {
    EpcisException::NotImplemented
        .problem(format!("this node captures nothing: {reason}"))
        .with_way_out(Refusal::NotValidator { reason }.way_out())
}

/// What a client is told of a submission that the node signed for it and that was refused.
pub(super) fn of_refusal(refusal: Refusal) -> Problem {
    let kind = match &refusal {
        Refusal::InvalidRecord { .. } | Refusal::RuleBroken { .. } | Refusal::Rejected { .. } => {
            EpcisException::Validation
        }
        Refusal::TooLarge { .. }
        | Refusal::TooManyRecords { .. }
        | Refusal::BodyTooLarge { .. } => EpcisException::CaptureLimitExceeded,
        Refusal::Busy { .. } | Refusal::NotReady { .. } => EpcisException::Unavailable,
        Refusal::NotValidator { reason } => return no_vote(reason),
        Refusal::UnknownKind { .. } | Refusal::UnsupportedVersion { .. } => {
            EpcisException::NotImplemented
        }
        Refusal::Duplicate { .. } => EpcisException::ResourceAlreadyExists,
        // Of the signer, which is this node's gateway: none of the client's doing.
        Refusal::MemberRemoved { .. } => {
            return EpcisException::Implementation
                .problem(format!("the node can capture nothing any more: {refusal}"))
                .with_way_out(
                    "capture at the node of another member; the governing members can take this one back, with new \
                     keys: `waybill member propose-add PROOFS --reason WHY`",
                );
        }
        Refusal::UnknownMember { .. }
        | Refusal::UnknownKey { .. }
        | Refusal::InactiveKey { .. }
        | Refusal::WrongPurpose { .. }
        | Refusal::BadSignature { .. } => {
            return EpcisException::Implementation
                .problem(format!("the node's gateway key may not submit: {refusal}"))
                .with_way_out(
                    "tell the node's operator: the key has to be registered for the node's member \
                     (`waybill member add-key gateway.key --purpose gateway`)",
                );
        }
        Refusal::Malformed { .. }
        | Refusal::OtherLedger { .. }
        | Refusal::Expired { .. }
        | Refusal::ExpiresTooLate { .. } => EpcisException::Implementation,
    };
    kind.rename(Problem::from(refusal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ProblemKind;

    #[test]
    fn kinds_are_told_apart_by_type_and_status() {
        let mut seen = std::collections::BTreeSet::new();
        for kind in EpcisException::ALL {
            let problem = kind.problem("the cause");
            let document = problem.document();
            assert!(document.type_uri.starts_with("epcisException:"));
            assert!(document.type_uri.ends_with("Exception"));
            assert_eq!(document.status, kind.status().as_u16());
            let is_new = seen.insert((document.type_uri.clone(), document.status));
            assert_eq!(is_new, kind != EpcisException::NoSuchName, "{kind:?}");
            assert_eq!(as_exception(problem.clone()), problem);
        }
    }

    /// The table of the page on the interface names every type with its status.
    #[test]
    fn the_page_lists_every_exception() {
        let page = include_str!("../../docs/epcis-rest.md");
        for kind in EpcisException::ALL {
            let (name, status, ..) = kind.row();
            let is_told = page.lines().any(|line| {
                let mut cells = line.split('|').skip(1);
                let is_status = cells
                    .next()
                    .is_some_and(|cell| cell.contains(status.as_str()));
                is_status
                    && cells
                        .next()
                        .is_some_and(|cell| cell.contains(&format!("`{name}`")))
            });
            assert!(is_told, "{status} {name}");
        }
    }

    #[test]
    fn every_problem_has_its_exception_and_keeps_its_cause() {
        for kind in ProblemKind::ALL {
            let before = Problem::new(kind, "the cause");
            let after = as_exception(before.clone());
            let (before, after) = (before.document(), after.document());
            assert!(after.type_uri.starts_with("epcisException:"), "{kind:?}");
            assert_eq!(after.cause, before.cause);
            assert_eq!(after.way_out, before.way_out);
            let is_known = EpcisException::ALL
                .iter()
                .any(|known| known.status().as_u16() == after.status);
            assert!(is_known, "{kind:?}");
        }
        for (refusal, _, _) in crate::api::problem::tests::refusals() {
            let problem = of_refusal(refusal);
            assert!(problem.document().type_uri.starts_with("epcisException:"));
        }
    }
}
