//! What a custody record points to.

use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::Fields;
use crate::types::LogIndex;

/// What a custody record points to, so that others can look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustodyEvidence {
    /// A document, such as a signed waybill or a photograph, by the SHA-256 of its bytes.
    Document(Sha256Digest),
    /// An earlier entry of the log, such as the event that weighed the goods.
    Entry(LogIndex),
}

impl CustodyEvidence {
    /// Reads the field `evidence`, if it is there.
    pub(super) fn read(fields: &Fields<'_, '_>) -> Result<Option<Self>, BodyError> {
        let Some(inner) = fields.optional_object("evidence")? else {
            return Ok(None);
        };
        inner.allow_only(&["document", "entry"])?;
        match (inner.get("document"), inner.get("entry")) {
            (Some(_), None) => Ok(Some(Self::Document(
                inner.parse("document", Sha256Digest::from_hex)?,
            ))),
            (None, Some(_)) => Ok(Some(Self::Entry(LogIndex(inner.whole_number("entry")?)))),
            _ => Err(BodyError::new(
                fields.place("evidence"),
                "either a document or an entry is expected",
            )),
        }
    }
}
