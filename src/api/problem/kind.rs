//! The table of problems that do not come from the admission of a submission.

use axum::http::StatusCode;

/// A kind of problem. What a submission can be refused for has kinds of its own: see
/// [`Refusal`](crate::types::Refusal).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// No route has this path.
    UnknownRoute,
    /// The route does not know this method.
    MethodNotAllowed,
    /// The body is of a media type that the route does not read.
    UnsupportedMediaType,
    /// A part of the path is not of its form.
    BadPath,
    /// A query parameter is unknown, repeated, or not of its form.
    BadQuery,
    /// The body broke off.
    IncompleteBody,
    /// The body came too slowly.
    SlowBody,
    /// The request took too long.
    RequestTimeout,
    /// Too many requests at once.
    Overloaded,
    /// The node cannot serve now.
    NotReady,
    /// There is no such entry in the log.
    NoSuchRecord,
    /// There is no such block.
    NoSuchBlock,
    /// There is no such member.
    NoSuchMember,
    /// There is no such contract.
    NoSuchContract,
    /// There is no such proposal.
    NoSuchProposal,
    /// There is no such asset.
    NoSuchAsset,
    /// There is no such certificate.
    NoSuchCertificate,
    /// There is no such meter.
    NoSuchMeter,
    /// No event that counts speaks of the thing.
    NoSuchThing,
    /// Nobody has claimed custody of the thing.
    NeverClaimed,
    /// The document is not anchored.
    NoSuchDocument,
    /// Nobody has said what it is.
    NoMasterData,
    /// No such device, or not of that quantity, has been told of.
    NoSuchDevice,
    /// The market has no such area.
    NoSuchArea,
    /// The market area has no such delivery interval.
    NoSuchInterval,
    /// The area does not show its orders before the gate closes.
    BookNotShown,
    /// The answer would go through more than an answer may.
    QuestionTooLarge,
    /// There is no such submission.
    NoSuchSubmission,
    /// There is no validator set for the height.
    NoSuchValidators,
    /// The log is too short for the tile.
    NoSuchTile,
    /// The log is too short for the proof.
    BeyondLog,
    /// No checkpoint has a quorum of cosignatures yet, or not one that covers the entry.
    NoCheckpointYet,
    /// The store failed.
    StoreFailed,
    /// The program failed.
    Internal,
}

impl ProblemKind {
    /// All kinds.
    pub const ALL: [Self; 34] = [
        Self::UnknownRoute,
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::BadPath,
        Self::BadQuery,
        Self::IncompleteBody,
        Self::SlowBody,
        Self::RequestTimeout,
        Self::Overloaded,
        Self::NotReady,
        Self::NoSuchRecord,
        Self::NoSuchBlock,
        Self::NoSuchMember,
        Self::NoSuchContract,
        Self::NoSuchProposal,
        Self::NoSuchAsset,
        Self::NoSuchCertificate,
        Self::NoSuchMeter,
        Self::NoSuchThing,
        Self::NeverClaimed,
        Self::NoSuchDocument,
        Self::NoMasterData,
        Self::NoSuchDevice,
        Self::NoSuchArea,
        Self::NoSuchInterval,
        Self::BookNotShown,
        Self::QuestionTooLarge,
        Self::NoSuchSubmission,
        Self::NoSuchValidators,
        Self::NoSuchTile,
        Self::BeyondLog,
        Self::NoCheckpointYet,
        Self::StoreFailed,
        Self::Internal,
    ];

    /// The stable code, the status, the title and the way out.
    fn row(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        match self {
            Self::UnknownRoute => (
                "unknown-route",
                StatusCode::NOT_FOUND,
                "No such route",
                "GET / lists the routes, GET /openapi.json describes them",
            ),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                "use a method that the Allow header lists",
            ),
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
                "send application/json, or canonical bytes as application/octet-stream",
            ),
            Self::BadPath => (
                "bad-path",
                StatusCode::BAD_REQUEST,
                "Bad path parameter",
                "correct the path: GET /openapi.json describes each parameter",
            ),
            Self::BadQuery => (
                "bad-query",
                StatusCode::BAD_REQUEST,
                "Bad query parameter",
                "correct the query: GET /openapi.json describes each parameter",
            ),
            Self::IncompleteBody => (
                "incomplete-body",
                StatusCode::BAD_REQUEST,
                "Incomplete body",
                "send the whole body, as long as its Content-Length says",
            ),
            Self::SlowBody => (
                "slow-body",
                StatusCode::REQUEST_TIMEOUT,
                "The body came too slowly",
                "send the body without pauses; split it if the line is slow",
            ),
            Self::RequestTimeout => (
                "request-timeout",
                StatusCode::SERVICE_UNAVAILABLE,
                "The request took too long",
                "try again, or ask another node",
            ),
            Self::Overloaded => (
                "overloaded",
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many requests at once",
                "wait as long as Retry-After says, or ask another node",
            ),
            Self::NotReady => (
                "node-not-ready",
                StatusCode::SERVICE_UNAVAILABLE,
                "The node is not ready",
                "ask another node, or wait until GET /readyz says ready",
            ),
            Self::NoSuchRecord => (
                "no-such-record",
                StatusCode::NOT_FOUND,
                "No such record",
                "GET /v1/status says how long the log is",
            ),
            Self::NoSuchBlock => (
                "no-such-block",
                StatusCode::NOT_FOUND,
                "No such block",
                "GET /v1/status says which height is the last; the first is 1",
            ),
            Self::NoSuchMember => (
                "no-such-member",
                StatusCode::NOT_FOUND,
                "No such member",
                "GET /v1/members lists the members",
            ),
            Self::NoSuchContract => (
                "no-such-contract",
                StatusCode::NOT_FOUND,
                "No such contract",
                "GET /v1/contracts lists the contracts with their versions",
            ),
            Self::NoSuchProposal => (
                "no-such-proposal",
                StatusCode::NOT_FOUND,
                "No such proposal",
                "a proposal is named by its entry: GET /v1/proposals lists those to the governing members, \
                 GET /v1/custody/proposals?member=… those to hand things over",
            ),
            Self::NoSuchAsset => (
                "no-such-asset",
                StatusCode::NOT_FOUND,
                "No such asset",
                "check contract and key; at an earlier height the asset may not have been there",
            ),
            Self::NoSuchCertificate => (
                "no-such-certificate",
                StatusCode::NOT_FOUND,
                "No such certificate",
                "GET /v1/certificates?owner=MEMBER lists them; at an earlier height it may not have \
                 been issued yet",
            ),
            Self::NoSuchMeter => (
                "no-such-meter",
                StatusCode::NOT_FOUND,
                "No such meter",
                "check its name; at an earlier height it may not have been registered yet",
            ),
            Self::NoSuchThing => (
                "no-such-thing",
                StatusCode::NOT_FOUND,
                "Nothing is known of it",
                "check the identifier, written as EPC URN or GS1 Digital Link; at an earlier height \
                 or time it may not have been seen yet",
            ),
            Self::NeverClaimed => (
                "never-claimed",
                StatusCode::NOT_FOUND,
                "Nobody has claimed it",
                "check the identifier; whoever holds the thing claims it with a record of the kind \
                 custody.claim",
            ),
            Self::NoSuchDocument => (
                "no-such-document",
                StatusCode::NOT_FOUND,
                "No such document",
                "check that the file is the one meant, byte for byte; a member anchors it with a \
                 record of the kind document.anchor",
            ),
            Self::NoMasterData => (
                "no-master-data",
                StatusCode::NOT_FOUND,
                "No master data",
                "check the identifier; a member says what it is with a record of the kind \
                 epcis.master-data, or in the header of an EPCIS document",
            ),
            Self::NoSuchDevice => (
                "no-such-device",
                StatusCode::NOT_FOUND,
                "No such device",
                "check the member, its name of the device, and the quantity",
            ),
            Self::NoSuchArea => (
                "no-such-area",
                StatusCode::NOT_FOUND,
                "No such market area",
                "GET /v1/market lists the areas",
            ),
            Self::NoSuchInterval => (
                "no-such-interval",
                StatusCode::NOT_FOUND,
                "No such delivery interval",
                "name when delivery begins: GET /v1/market tells how long the intervals of an area are",
            ),
            Self::BookNotShown => (
                "book-not-shown",
                StatusCode::FORBIDDEN,
                "The book is not shown yet",
                "ask as of the first block from the gate's closing time on, or a later one",
            ),
            Self::QuestionTooLarge => (
                "question-too-large",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The answer would be too large",
                "ask for a shorter time with event_time_before, or for a part of it",
            ),
            Self::NoSuchSubmission => (
                "no-such-submission",
                StatusCode::NOT_FOUND,
                "No such submission",
                "ask the node that took it, or submit it again: a repetition does no harm",
            ),
            Self::NoSuchValidators => (
                "no-such-validators",
                StatusCode::NOT_FOUND,
                "No validator set for this height",
                "name a height from 1 to two after the last: see GET /v1/status",
            ),
            Self::NoSuchTile => (
                "no-such-tile",
                StatusCode::NOT_FOUND,
                "No such tile",
                "GET /checkpoint says how long the log is, and so which tiles there are",
            ),
            Self::BeyondLog => (
                "beyond-log",
                StatusCode::NOT_FOUND,
                "Beyond the end of the log",
                "name sizes up to the one that GET /checkpoint states",
            ),
            Self::NoCheckpointYet => (
                "no-checkpoint-yet",
                StatusCode::SERVICE_UNAVAILABLE,
                "Not cosigned yet",
                "wait until the validators have cosigned a checkpoint that covers it",
            ),
            Self::StoreFailed => (
                "store-failed",
                StatusCode::INTERNAL_SERVER_ERROR,
                "The node's store failed",
                "ask another node, and tell the operator of this one",
            ),
            Self::Internal => (
                "internal-error",
                StatusCode::INTERNAL_SERVER_ERROR,
                "The node failed",
                "ask another node, and tell the operator of this one",
            ),
        }
    }

    /// The stable code, for programs.
    pub fn code(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        self.row().1
    }

    /// What all problems of the kind have in common, for people.
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// What the client can do.
    pub fn way_out(self) -> &'static str {
        self.row().3
    }
}
