//! The bodies of a claim and of a proposal.

use super::evidence::CustodyEvidence;
use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::records::things::{read_identifier, read_things};
use crate::types::{MemberId, Timestamp};

/// Most things that one record claims or hands over.
pub const MAX_THINGS_PER_CUSTODY_RECORD: usize = 256;

/// A member says that it holds things that nobody has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The things, canonical, each once.
    pub things: Vec<Box<str>>,
    /// Where they are, canonical.
    pub place: Option<Box<str>>,
    /// What it rests on.
    pub evidence: Option<CustodyEvidence>,
}

/// A holder would hand things over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyProposal {
    /// The things, canonical, each once.
    pub things: Vec<Box<str>>,
    /// Who is to hold them.
    pub to: MemberId,
    /// The block time from which it can be accepted no more.
    pub expires: Timestamp,
    /// Where they change hands, canonical.
    pub place: Option<Box<str>>,
    /// What goes with them.
    pub evidence: Option<CustodyEvidence>,
    /// SHA-256 of the body, which answers repeat.
    pub digest: Sha256Digest,
}

/// Reads and checks the body of a claim.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_claim(body: &[u8]) -> Result<Claim, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a claim")?;
    fields.allow_only(&["things", "place", "evidence"])?;
    Ok(Claim {
        things: things(&fields)?,
        place: fields.parse_optional("place", read_identifier)?,
        evidence: CustodyEvidence::read(&fields)?,
    })
}

/// Reads and checks the body of a proposal.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_proposal(body: &[u8]) -> Result<CustodyProposal, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a proposal")?;
    fields.allow_only(&["things", "to", "expires", "place", "evidence"])?;
    Ok(CustodyProposal {
        things: things(&fields)?,
        to: fields.parse("to", MemberId::new)?,
        expires: fields.parse("expires", Timestamp::parse_rfc3339)?,
        place: fields.parse_optional("place", read_identifier)?,
        evidence: CustodyEvidence::read(&fields)?,
        digest: Sha256Digest::of(body),
    })
}

fn things(fields: &Fields<'_, '_>) -> Result<Vec<Box<str>>, BodyError> {
    fields.require("things")?;
    read_things(
        fields,
        "things",
        MAX_THINGS_PER_CUSTODY_RECORD,
        check_holdable,
    )
}

/// A single object and a lot can be held. All objects of a GTIN cannot: nobody would know which.
fn check_holdable(thing: &str) -> Result<(), String> {
    let of_class = thing
        .strip_prefix("https://id.gs1.org/01/")
        .is_some_and(|rest| !rest.contains("/10/") && !rest.contains("/21/"));
    if of_class {
        return Err(
            "this GS1 identifier names a class of goods; name a lot or a single object".to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::LogIndex;

    #[test]
    fn a_proposal_is_read_in_canonical_form() {
        let body = br#"{"things":["urn:epc:id:sscc:9521001.0000000001","urn:epc:class:lgtin:9521001.012345.A1"],
            "to":"carrier","expires":"2026-01-20T12:00:00Z","place":"urn:epc:id:sgln:9521001.00001.0",
            "evidence":{"entry":7}}"#;
        let proposal = check_proposal(body).unwrap();
        let things: Vec<&str> = proposal.things.iter().map(|thing| &**thing).collect();
        assert_eq!(
            things,
            [
                "https://id.gs1.org/00/095210010000000017",
                "https://id.gs1.org/01/09521001123457/10/A1"
            ]
        );
        assert_eq!(proposal.evidence, Some(CustodyEvidence::Entry(LogIndex(7))));
        assert_eq!(proposal.digest, Sha256Digest::of(body));
        assert!(
            proposal
                .place
                .unwrap()
                .starts_with("https://id.gs1.org/414/")
        );
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let many = format!("[{}]", vec!["\"urn:x:y\""; 257].join(","));
        let long = format!("[\"urn:x:{}\"]", "y".repeat(512));
        let cases = [
            ("[]".to_owned(), ""),
            ("{}".to_owned(), "/things"),
            (r#"{"things":[]}"#.to_owned(), "/things"),
            (r#"{"things":"urn:x:y"}"#.to_owned(), "/things"),
            (format!(r#"{{"things":{many}}}"#), "/things"),
            (format!(r#"{{"things":{long}}}"#), "/things/0"),
            (r#"{"things":["urn:x:y",7]}"#.to_owned(), "/things/1"),
            (r#"{"things":["crate 7"]}"#.to_owned(), "/things/0"),
            (
                r#"{"things":["urn:epc:idpat:sgtin:9521001.012345.*"]}"#.to_owned(),
                "/things/0",
            ),
            (
                r#"{"things":["urn:epc:id:sscc:9521001.0000000001","https://id.gs1.org/00/095210010000000017"]}"#
                    .to_owned(),
                "/things/1",
            ),
            (r#"{"things":["urn:x:y"],"place":"shop"}"#.to_owned(), "/place"),
            (r#"{"things":["urn:x:y"],"evidence":7}"#.to_owned(), "/evidence"),
            (r#"{"things":["urn:x:y"],"evidence":{}}"#.to_owned(), "/evidence"),
            (
                r#"{"things":["urn:x:y"],"evidence":{"document":"ab"}}"#.to_owned(),
                "/evidence/document",
            ),
            (
                r#"{"things":["urn:x:y"],"evidence":{"entry":-1}}"#.to_owned(),
                "/evidence/entry",
            ),
            (r#"{"things":["urn:x:y"],"to":"a"}"#.to_owned(), "/to"),
        ];
        for (body, place) in cases {
            let error = check_claim(body.as_bytes()).unwrap_err();
            assert_eq!(error.pointer, place, "{body}: {error}");
        }
        let body = r#"{"things":["urn:x:y"],"to":"a","expires":"2026-01-20T12:00:00Z"}"#;
        assert!(check_proposal(body.as_bytes()).is_ok());
        for (changed, place) in [
            (body.replace("\"a\"", "\"A\""), "/to"),
            (body.replace("12:00:00Z", "12:00"), "/expires"),
            (body.replace("to\"", "too\""), "/too"),
        ] {
            let error = check_proposal(changed.as_bytes()).unwrap_err();
            assert_eq!(error.pointer, place, "{changed}: {error}");
        }
    }
}
