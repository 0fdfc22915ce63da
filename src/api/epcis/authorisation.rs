//! Who may do what: the token of a request.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::exception::EpcisException;
use crate::api::context::{ApiContext, SharedContext};
use crate::api::problem::{Problem, ProblemKind};
use crate::types::{AccessToken, KeyPurpose, LedgerId, MemberId, ReadError, Scope, TokenError};

/// A member whose token lets it ask for events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::api) struct EventReader(pub(in crate::api) MemberId);

/// A member whose token lets it capture events through this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::api) struct EventWriter(pub(in crate::api) MemberId);

impl FromRequestParts<SharedContext> for EventReader {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &SharedContext,
    ) -> Result<Self, Problem> {
        authorise(context, &parts.headers, Scope::EpcisRead)
            .await
            .map(Self)
    }
}

impl FromRequestParts<SharedContext> for EventWriter {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &SharedContext,
    ) -> Result<Self, Problem> {
        let member = authorise(context, &parts.headers, Scope::EpcisCapture).await?;
        let epcis = &context.setup.epcis;
        if member != epcis.member && !epcis.capture_members.contains(&member) {
            let cause = format!(
                "this node captures for {} and for whom its setting epcis.capture_members names; \
                 {member} is neither",
                epcis.member
            );
            let way_out = format!("ask a node of {member}, or ask {} to name it", epcis.member);
            return Err(lacks_right(context, Scope::EpcisCapture, cause, way_out));
        }
        Ok(Self(member))
    }
}

/// What a member is told whose token grants the scope, and which has not the right to do this here.
pub(in crate::api) fn lacks_right(
    context: &ApiContext,
    scope: Scope,
    cause: String,
    way_out: impl Into<String>,
) -> Problem {
    Challenge::of(context, scope).insufficient(cause, way_out)
}

/// What is asked for of a client without credentials that do (RFC 6750, section 3).
struct Challenge {
    realm: LedgerId,
    scope: Scope,
}

impl Challenge {
    fn of(context: &ApiContext, scope: Scope) -> Self {
        Self {
            realm: context.setup.ledger,
            scope,
        }
    }

    /// No credentials: what is asked for, and no error.
    fn missing(&self, cause: &str) -> Problem {
        let Self { realm, scope } = self;
        EpcisException::Unauthenticated
            .problem(cause)
            .with_challenge(format!("Bearer realm=\"{realm}\", scope=\"{scope}\""))
    }

    /// Credentials that cannot be read.
    fn not_understood(&self, cause: &str) -> Problem {
        let title = "The Authorization header is malformed";
        EpcisException::Validation
            .problem(cause)
            .with_title(title)
            .with_way_out("send one header Authorization: the word Bearer, a space, and the token")
            .with_challenge(self.error("invalid_request", title))
    }

    /// A token that is not taken.
    fn invalid(&self, error: &TokenError) -> Problem {
        let title = error.summary();
        EpcisException::Unauthenticated
            .problem(error.to_string())
            .with_title(title)
            .with_way_out(error.way_out())
            .with_challenge(self.error("invalid_token", title))
    }

    /// A token that is good for something else.
    fn insufficient(&self, cause: String, way_out: impl Into<String>) -> Problem {
        let description = "The token does not grant this";
        EpcisException::Forbidden
            .problem(cause)
            .with_way_out(way_out)
            .with_challenge(self.error("insufficient_scope", description))
    }

    /// The challenge with what is wrong. `description` has no quotes.
    fn error(&self, error: &str, description: &str) -> String {
        let Self { realm, scope } = self;
        format!(
            "Bearer realm=\"{realm}\", scope=\"{scope}\", error=\"{error}\", \
             error_description=\"{description}\""
        )
    }
}

/// The text of the token in a request's headers.
fn find_token<'a>(headers: &'a HeaderMap, challenge: &Challenge) -> Result<&'a str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, further) = (values.next(), values.next());
    let value =
        value.ok_or_else(|| challenge.missing("the request has no Authorization header"))?;
    if further.is_some() {
        let cause = "the request has more than one Authorization header";
        return Err(challenge.not_understood(cause));
    }
    let text = value.to_str().map_err(|_| {
        challenge.not_understood("the Authorization header has other characters than ASCII")
    })?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(challenge.missing("the Authorization header is of another scheme than Bearer"));
    }
    let token = token.trim();
    if token.is_empty() || token.contains(' ') {
        let cause = "the Authorization header has not one token after the word Bearer";
        return Err(challenge.not_understood(cause));
    }
    Ok(token)
}

/// The member that asks, if its token grants the scope here and now.
async fn authorise(
    context: &ApiContext,
    headers: &HeaderMap,
    scope: Scope,
) -> Result<MemberId, Problem> {
    let setup = &context.setup;
    let challenge = Challenge::of(context, scope);
    let token = find_token(headers, &challenge)?;
    let token = AccessToken::parse(token).map_err(|error| challenge.invalid(&error))?;
    let (member, scopes) = (token.member().clone(), token.scopes().clone());
    let (ledger, node, now) = (setup.ledger, setup.epcis.node_key, setup.node.now());
    let checked = context
        .read(move |reader| {
            // Of the state that the next block is judged by.
            let height = reader.tip()?.height.next();
            let member = reader.member(token.member())?;
            let checked = token.check(&ledger, &node, now, member.as_ref(), height);
            let purpose = member
                .as_ref()
                .and_then(|member| member.key(token.key()))
                .map(|key| key.purpose);
            Ok(checked.map(|()| purpose))
        })
        .await?;
    let purpose: Option<KeyPurpose> =
        checked.map_err(|error| of_token(context, &challenge, &error))?;
    let purpose = purpose
        .ok_or_else(|| Problem::from(ReadError::new("a member that was read lacks its own key")))?;
    // First, for no other token of such a key helps.
    if !scope.may_be_granted_by(purpose) {
        let cause =
            format!("the token's key is registered as {purpose}, which does not grant {scope}");
        let way_out = format!("sign the token with a writer or gateway key of {member}");
        return Err(challenge.insufficient(cause, way_out));
    }
    if !scopes.contains(scope) {
        let cause = format!("the token is for {scopes}, this needs {scope}");
        let way_out = format!("make a token for {scope}: `waybill token` takes it as --scope");
        return Err(challenge.insufficient(cause, way_out));
    }
    Ok(member)
}

/// What is told of a token that does not hold. A node that has not come to the end of the ledger cannot say so of a member or
/// key that may be there by now.
fn of_token(context: &ApiContext, challenge: &Challenge, error: &TokenError) -> Problem {
    if !error.rests_on_height() {
        return challenge.invalid(error);
    }
    let reasons = context.setup.node.unready_reasons();
    if reasons.is_empty() {
        return challenge.invalid(error);
    }
    let cause = format!(
        "{error}, as far as this node knows, which may not be all: {}",
        reasons.join("; ")
    );
    Problem::new(ProblemKind::NotReady, cause).with_reasons(reasons)
}
