//! Master data: what members say of places, products and parties.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use super::trace::read_thing;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageList, PageSize, PathText, QueryParameters};
use crate::api::views::{MasterDataPage, MasterDataView};
use crate::ledger::questions::{EventScope, Events};
use crate::records::epcis::check_vocabulary;
use crate::types::Timestamp;

/// When, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MasterDataParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most statements to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Which vocabulary, when, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct VocabularyParameters {
    /// The type of the vocabulary, as a full URI.
    #[param(example = "urn:epcglobal:epcis:vtype:BusinessLocation")]
    vocabulary: String,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most elements to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Get what members say of a place, a product or a party
///
/// Each member says for itself: the last statement of each, in each vocabulary, with its signature.
#[utoipa::path(
    get,
    path = "/v1/master-data/{id}",
    params(
        ("id" = String, Path, description = "EPC URN, GS1 Digital Link or another URI"),
        MasterDataParameters
    ),
    responses((status = 200, description = "A page of statements", body = MasterDataView))
)]
pub(in crate::api) async fn get_master_data(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<MasterDataParameters>,
) -> Result<Json<MasterDataView>, Problem> {
    let id = read_thing(&id)?;
    let count = parameters.limit.items();
    let list = PageList::new(&context.setup.ledger, &["master data of", &id]);
    let after = parameters.after.as_deref();
    let after = after.map(|token| read_token(&list, token)).transpose()?;
    let view = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let scope = EventScope::as_of(asked.height(&*view)?);
            let events = Events::open(&*view, scope)?;
            let mut answer = events.master_data(&id, after.as_deref(), count)?;
            let next = answer.next.take().map(|next| list.token(&next));
            if answer.statements.is_empty() && next.is_none() && after.is_none() {
                let cause = format!("no member has said what {id} is {asked}");
                return Err(Problem::new(ProblemKind::NoMasterData, cause));
            }
            MasterDataView::new(id, answer, next)
                .ok_or_else(|| Problem::internal("a record of master data is no JSON"))
        })
        .await?;
    Ok(Json(view))
}

/// List the elements of a vocabulary
///
/// All that any member has said something of.
#[utoipa::path(
    get,
    path = "/v1/master-data",
    params(VocabularyParameters),
    responses((status = 200, description = "A page of elements", body = MasterDataPage))
)]
pub(in crate::api) async fn list_vocabulary(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<VocabularyParameters>,
) -> Result<Json<MasterDataPage>, Problem> {
    // What is no name of a vocabulary will never have an element; a name that nobody has used yet may.
    check_vocabulary(&parameters.vocabulary)
        .map_err(|error| Problem::new(ProblemKind::BadQuery, format!("vocabulary: {error}")))?;
    let count = parameters.limit.items();
    let list = PageList::new(
        &context.setup.ledger,
        &["vocabulary", &parameters.vocabulary],
    );
    let after = parameters.after.as_deref();
    let after = after.map(|token| read_token(&list, token)).transpose()?;
    let page = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let scope = EventScope::as_of(asked.height(&*view)?);
            let events = Events::open(&*view, scope)?;
            let vocabulary = parameters.vocabulary;
            let mut answer = events.vocabulary(&vocabulary, after.as_deref(), count)?;
            let next = answer.next.take().map(|next| list.token(&next));
            Ok(MasterDataPage::new(vocabulary, &answer, next))
        })
        .await?;
    Ok(Json(page))
}

/// What a page comes after.
fn read_token(list: &PageList, token: &str) -> Result<Vec<u8>, Problem> {
    list.read(token).ok_or_else(|| {
        let cause = "after is no page token of this list: it is the next of the page before";
        Problem::new(ProblemKind::BadQuery, cause)
    })
}
