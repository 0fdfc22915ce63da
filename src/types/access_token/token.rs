//! A token: signing one, reading one, and judging it by what a node knows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::TokenError;
use super::scope::{Scope, Scopes};
use crate::crypto::{PublicKey, SecretKey, Signature};
use crate::types::json::{Json, Limits, Object, read_within};
use crate::types::{Height, LedgerId, Member, MemberId, Timestamp};

/// Longest token, in bytes: what `waybill token` makes has some 700; the rest is for the further
/// claims of other programs.
pub const MAX_TOKEN_BYTES: usize = 2_048;

/// How long a token may live, in seconds: a copy of it is of no use for longer.
pub const MAX_TOKEN_LIFETIME_S: i64 = 300;

/// How far the clocks of bearer and node may differ, in seconds.
pub const MAX_CLOCK_SKEW_S: i64 = 30;

/// Bounds of the JSON in a token: a handful of claims.
const LIMITS: Limits = Limits {
    max_text_bytes: MAX_TOKEN_BYTES,
    max_values: 64,
};

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// Who asks.
    pub member: MemberId,
    /// The ledger that is asked.
    pub ledger: LedgerId,
    /// The network key of the node that is asked.
    pub node: PublicKey,
    /// When the token begins; whole seconds count.
    pub issued: Timestamp,
    /// How long it lives from then on, in seconds.
    pub lifetime_s: i64,
    /// What it is for.
    pub scopes: Scopes,
}

/// A token whose form has been checked. That its signature verifies, and that its key counts, is for
/// [`AccessToken::check`] to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    key: PublicKey,
    member: MemberId,
    audience: [String; 2],
    issued_s: i64,
    not_before_s: i64,
    expires_s: i64,
    scopes: Scopes,
    /// Both parts as they were sent: these bytes are signed.
    signed: String,
    signature: Signature,
}

impl AccessToken {
    /// Signs a token.
    pub fn sign(claims: &TokenClaims, secret: &SecretKey) -> String {
        let issued_s = claims.issued.as_ms().div_euclid(1_000);
        // Nothing in these texts needs an escape: hexadecimal, member ids and words of our own.
        let header = format!(
            r#"{{"alg":"EdDSA","typ":"JWT","kid":"{}"}}"#,
            secret.public_key()
        );
        let payload = format!(
            r#"{{"iss":"{}","aud":["{}","{}"],"iat":{issued_s},"exp":{},"scope":"{}"}}"#,
            claims.member,
            claims.ledger,
            claims.node,
            issued_s.saturating_add(claims.lifetime_s),
            claims.scopes
        );
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let signature = secret.sign_raw(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_bytes()))
    }

    /// Reads a token, without judging what it says.
    ///
    /// # Errors
    /// [`TokenError`] for anything but the form that the module describes.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong { length: text.len() });
        }
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::NotThreeParts);
        };
        let key = read_header(&decode("header", header)?)?;
        let payload_bytes = decode("payload", payload)?;
        let signature = Signature::try_from(decode("signature", signature)?.as_slice())
            .map_err(|error| TokenError::malformed("signature", error.to_string()))?;
        let json = read_object("payload", &payload_bytes)?;
        let claims = Part {
            name: "payload",
            object: json.as_object(),
        };
        let member = MemberId::new(claims.text("iss")?)
            .map_err(|error| TokenError::malformed("payload", format!("iss: {error}")))?;
        let issued_s = claims.seconds("iat")?;
        let not_before_s = match claims.get("nbf") {
            Some(_) => claims.seconds("nbf")?,
            None => issued_s,
        };
        let scopes = claims
            .text("scope")?
            .parse()
            .map_err(|reason| TokenError::malformed("payload", format!("scope: {reason}")))?;
        Ok(Self {
            key,
            member,
            audience: read_audience(&claims)?,
            issued_s,
            not_before_s,
            expires_s: claims.seconds("exp")?,
            scopes,
            signed: format!("{header}.{payload}"),
            signature,
        })
    }

    /// Who asks, if [`AccessToken::check`] agrees.
    pub fn member(&self) -> &MemberId {
        &self.member
    }

    /// The key that it says it is signed with.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// What it is for, as far as its key may ask for it.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Judges the token at a node: `ledger` and `node` are its own ledger and network key, `member` is
    /// what the ledger knows of [`AccessToken::member`], and keys have to count at `height`.
    ///
    /// # Errors
    /// [`TokenError`] with the first thing that does not hold.
    pub fn check(
        &self,
        ledger: &LedgerId,
        node: &PublicKey,
        now: Timestamp,
        member: Option<&Member>,
        height: Height,
    ) -> Result<(), TokenError> {
        let (of_ledger, of_node) = (ledger.to_string(), node.to_string());
        let [first, second] = &self.audience;
        let is_for_us = (*first == of_ledger && *second == of_node)
            || (*first == of_node && *second == of_ledger);
        if !is_for_us {
            return Err(TokenError::OtherAudience {
                ledger: *ledger,
                node: Box::new(*node),
            });
        }
        self.check_time(now.as_ms().div_euclid(1_000))?;
        let member = member.ok_or_else(|| TokenError::UnknownMember {
            member: self.member.clone(),
        })?;
        if let Some(from) = member.removed_from.filter(|from| *from <= height) {
            return Err(TokenError::MemberRemoved {
                member: self.member.clone(),
                from,
            });
        }
        let registered = member
            .key(&self.key)
            .ok_or_else(|| TokenError::UnknownKey {
                member: self.member.clone(),
                key: Box::new(self.key),
            })?;
        // One strict rule for signatures, here as everywhere.
        self.key
            .verify_raw(self.signed.as_bytes(), &self.signature)
            .map_err(TokenError::BadSignature)?;
        if !registered.is_active_at(height) {
            return Err(TokenError::InactiveKey {
                member: self.member.clone(),
                key: Box::new(self.key),
            });
        }
        let signs_tokens = Scope::ALL
            .iter()
            .any(|scope| scope.may_be_granted_by(registered.purpose));
        if !signs_tokens {
            return Err(TokenError::WrongPurpose {
                key: Box::new(self.key),
                purpose: registered.purpose,
            });
        }
        Ok(())
    }

    fn check_time(&self, now_s: i64) -> Result<(), TokenError> {
        let lifetime_s = self.expires_s.saturating_sub(self.issued_s);
        if !(1..=MAX_TOKEN_LIFETIME_S).contains(&lifetime_s) {
            return Err(TokenError::Lifetime {
                seconds: lifetime_s,
            });
        }
        let begins_in_s = self.issued_s.max(self.not_before_s).saturating_sub(now_s);
        if begins_in_s > MAX_CLOCK_SKEW_S {
            return Err(TokenError::NotYet {
                seconds: begins_in_s,
            });
        }
        let ended_s = now_s.saturating_sub(self.expires_s);
        if ended_s >= MAX_CLOCK_SKEW_S {
            return Err(TokenError::Ended { seconds: ended_s });
        }
        Ok(())
    }
}

fn decode(part: &'static str, text: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| TokenError::NotBase64 { part })
}

fn read_object<'a>(part: &'static str, bytes: &'a [u8]) -> Result<Json<'a>, TokenError> {
    match read_within(bytes, LIMITS) {
        Ok(json @ Json::Object(_)) => Ok(json),
        Ok(_) => Err(TokenError::malformed(part, "it is no JSON object")),
        Err(error) => Err(TokenError::malformed(part, error.to_string())),
    }
}

/// The key that a header names. Whatever else could stand in a header would change how the token is to
/// be read (`crit`, `b64`, `zip`) or bring a key that nobody registered (`jwk`, `jku`, `x5u`, `x5c`).
fn read_header(bytes: &[u8]) -> Result<PublicKey, TokenError> {
    let json = read_object("header", bytes)?;
    let header = Part {
        name: "header",
        object: json.as_object(),
    };
    for (name, expected) in [("alg", "EdDSA"), ("typ", "JWT")] {
        let found = header.text(name)?;
        if found != expected {
            return Err(TokenError::malformed(
                "header",
                format!("{name} has to be {expected}"),
            ));
        }
    }
    let names = header.object.into_iter().flat_map(Object::iter);
    for (name, _) in names {
        if !["alg", "typ", "kid"].contains(&name) {
            let shown: String = name.chars().take(80).collect();
            return Err(TokenError::malformed(
                "header",
                format!("{shown:?} is not understood; alg, typ and kid are"),
            ));
        }
    }
    PublicKey::from_hex(header.text("kid")?)
        .map_err(|error| TokenError::malformed("header", format!("kid: {error}")))
}

fn read_audience(claims: &Part<'_, '_>) -> Result<[String; 2], TokenError> {
    let texts = match claims.get("aud") {
        Some(Json::Array(items)) => items.as_slice(),
        _ => &[],
    };
    match texts {
        [Json::String(first), Json::String(second)] => {
            Ok([first.clone().into_owned(), second.clone().into_owned()])
        }
        _ => Err(TokenError::malformed(
            "payload",
            "aud has to be an array of two texts: the ledger id and the node's network key",
        )),
    }
}

/// A part of a token, read.
struct Part<'a, 'j> {
    name: &'static str,
    object: Option<&'a Object<'j>>,
}

impl<'a, 'j> Part<'a, 'j> {
    fn get(&self, name: &str) -> Option<&'a Json<'j>> {
        self.object?.get(name)
    }

    fn text(&self, name: &str) -> Result<&'a str, TokenError> {
        self.get(name)
            .and_then(Json::as_str)
            .ok_or_else(|| TokenError::malformed(self.name, format!("{name} has to be a text")))
    }

    /// A NumericDate without a fraction, not before 1970.
    fn seconds(&self, name: &str) -> Result<i64, TokenError> {
        let value = match self.get(name) {
            Some(Json::Number(text)) => text.parse::<i64>().ok(),
            _ => None,
        };
        value.filter(|seconds| *seconds >= 0).ok_or_else(|| {
            TokenError::malformed(
                self.name,
                format!("{name} has to be a whole number of seconds"),
            )
        })
    }
}
