//! Master data.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::SignedView;
use crate::ledger::questions::{Statement, Statements, VocabularyElements};

/// What members say of a place, a product or a party.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MasterData)]
#[serde(rename_all = "camelCase")]
pub struct MasterDataView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked for, in its canonical form.
    pub id: String,
    /// The last statement of each member in each vocabulary.
    pub statements: Vec<StatementView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What a member says of an element of a vocabulary.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MasterDataStatement)]
#[serde(rename_all = "camelCase")]
pub struct StatementView {
    /// The type of the vocabulary.
    #[schema(example = "urn:epcglobal:epcis:vtype:BusinessLocation")]
    pub vocabulary: String,
    /// How often the member had said something of the element, this time included.
    pub revision: u64,
    /// What it says: the element as its author wrote it.
    #[schema(value_type = Object)]
    pub element: Box<RawValue>,
    /// Who says so, with the signature's place.
    pub signed: SignedView,
}

/// A page of the elements of a vocabulary.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MasterDataPage)]
#[serde(rename_all = "camelCase")]
pub struct MasterDataPage {
    /// The height that the answer is of.
    pub height: u64,
    /// The type of the vocabulary.
    pub vocabulary: String,
    /// The elements, in an order of its own that does not change.
    pub elements: Vec<VocabularyElementView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An element of a vocabulary.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VocabularyElement)]
#[serde(rename_all = "camelCase")]
pub struct VocabularyElementView {
    /// The element, canonical.
    pub id: String,
    /// Who was the first to say something of it.
    pub signed: SignedView,
}

impl MasterDataView {
    /// A page of statements; none if a body is no JSON, which no record's is.
    pub fn new(id: String, answer: Statements, next: Option<String>) -> Option<Self> {
        let statements = answer.statements.into_iter().map(StatementView::new);
        Some(Self {
            height: answer.height.0,
            id,
            statements: statements.collect::<Option<_>>()?,
            next,
        })
    }
}

impl StatementView {
    fn new(statement: Statement) -> Option<Self> {
        let text = String::from_utf8(statement.body.to_vec()).ok()?;
        Some(Self {
            vocabulary: statement.data.vocabulary.into(),
            revision: statement.revision,
            element: RawValue::from_string(text).ok()?,
            signed: SignedView::from(&statement.signed),
        })
    }
}

impl MasterDataPage {
    /// A page of elements.
    pub fn new(vocabulary: String, answer: &VocabularyElements, next: Option<String>) -> Self {
        let elements = answer.elements.iter();
        Self {
            height: answer.height.0,
            vocabulary,
            elements: elements
                .map(|(id, signed)| VocabularyElementView {
                    id: id.to_string(),
                    signed: SignedView::from(signed),
                })
                .collect(),
            next,
        }
    }
}
