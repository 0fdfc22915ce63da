//! Who may do what: the token of a request.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::exception::EpcisException;
use crate::api::context::{ApiContext, SharedContext};
use crate::api::problem::Problem;
use crate::types::{AccessToken, KeyPurpose, MemberId, ReadError, Scope, TokenError};

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
            return Err(EpcisException::Forbidden
                .problem(format!(
                    "this node captures for {} and for whom its setting epcis.capture_members names; \
                     {member} is neither",
                    epcis.member
                ))
                .with_way_out(format!(
                    "ask a node of {member}, or ask {} to name it",
                    epcis.member
                )));
        }
        Ok(Self(member))
    }
}

/// The member that asks, if its token grants the scope here and now.
async fn authorise(
    context: &ApiContext,
    headers: &HeaderMap,
    scope: Scope,
) -> Result<MemberId, Problem> {
    let realm = context.setup.ledger;
    let challenge = |error: &str| format!("Bearer realm=\"{realm}\"{error}, scope=\"{scope}\"");
    let missing = |cause: &str| {
        EpcisException::Unauthenticated
            .problem(cause)
            .with_challenge(challenge(""))
    };
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, further) = (values.next(), values.next());
    let value = value.ok_or_else(|| missing("the request has no Authorization header"))?;
    if further.is_some() {
        return Err(missing(
            "the request has more than one Authorization header",
        ));
    }
    let text = value.to_str().unwrap_or_default();
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => {
            return Err(missing(
                "the Authorization header is not Bearer and a token",
            ));
        }
    };
    let refused = |error: TokenError| {
        EpcisException::Unauthenticated
            .problem(error.to_string())
            .with_challenge(challenge(", error=\"invalid_token\""))
    };
    let token = AccessToken::parse(token).map_err(refused)?;
    if !token.scopes().contains(scope) {
        return Err(EpcisException::Forbidden
            .problem(format!(
                "the token is for {}, this needs {scope}",
                token.scopes()
            ))
            .with_challenge(challenge(", error=\"insufficient_scope\"")));
    }
    let setup = &context.setup;
    let (ledger, node, now) = (setup.ledger, setup.epcis.node_key, setup.node.now());
    let member = token.member().clone();
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
    let purpose: Option<KeyPurpose> = checked.map_err(refused)?;
    let purpose = purpose
        .ok_or_else(|| Problem::from(ReadError::new("a member that was read lacks its own key")))?;
    if !scope.may_be_granted_by(purpose) {
        return Err(EpcisException::Forbidden
            .problem(format!(
                "the token's key is registered as {purpose}, which does not grant {scope}"
            ))
            .with_challenge(challenge(", error=\"insufficient_scope\"")));
    }
    Ok(member)
}
