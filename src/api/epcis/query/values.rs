//! The values that events have, and the events of each: the top-level resources of EPCIS.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::HttpMethod;

use super::document::UNNAMED_QUERY;
use super::events::{answer, exists};
use super::page::{PageRequest, foreign};
use super::parameters::{with_page, with_query};
use super::problems::{of_path, of_path_value};
use super::request::{QueryRequest, check_no_query};
use super::views::ValueList;
use crate::api::context::{ApiContext, SharedContext};
use crate::api::endpoints::Endpoint;
use crate::api::epcis::authorisation::EventReader;
use crate::api::epcis::headers::{EPC_FORMAT, epc_format};
use crate::api::epcis::subscriptions::check_no_schedule;
use crate::api::epcis::{EpcisException, endpoint};
use crate::api::problem::Problem;
use crate::api::request::{PageList, PathText};
use crate::contracts::{ListedField, MAX_LISTED_VALUE_BYTES};
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::epcis_query::{
    KnownValues, QueryText, is_known_value, known_epcs, known_values,
};
use crate::records::epcis::{EventType, Namespaces, Vocabulary, VocabularyTerm};
use crate::types::LedgerView;

/// Bytes of what a page of objects comes after: a digest.
const THING_ID_BYTES: usize = 16;

/// A top-level resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    EventTypes,
    Epcs,
    BizSteps,
    BizLocations,
    ReadPoints,
    Dispositions,
}

/// The three endpoints of a top-level resource: its values, what there is of one, and its events.
macro_rules! resource {
    ($module:ident, $resource:expr, $plural:literal, $one:literal, $about:literal) => {
        mod $module {
            use super::*;

            pub(super) fn endpoints() -> Vec<Endpoint> {
                let list = endpoint::<__path_list>(HttpMethod::Get, get(list));
                let one = endpoint::<__path_one>(HttpMethod::Get, get(one));
                let events = endpoint::<__path_events>(HttpMethod::Get, get(events));
                // The macro reads no summaries that are put together.
                vec![
                    with_page(summarised(list, concat!("List ", $about))),
                    with_page(summarised(
                        one,
                        concat!("Tell what there is of one of the ", $about),
                    )),
                    with_query(
                        summarised(events, concat!("Query the events of one of the ", $about)),
                        Some($resource.parameter()),
                    ),
                ]
            }

            #[doc = concat!("List ", $about, "\n\nThose that events on the ledger have.")]
            #[utoipa::path(
                get,
                path = concat!("/epcis/", $plural),
                responses((status = 200, description = "A page of values", body = ValueList))
            )]
            pub(super) async fn list(
                State(context): State<SharedContext>,
                _: EventReader,
                request: QueryRequest,
            ) -> Result<Response, Problem> {
                list_values(&context, $resource, request).await
            }

            #[doc = concat!("Tell what there is of one of the ", $about, "\n\nIts events.")]
            #[utoipa::path(
                get,
                path = concat!("/epcis/", $plural, "/{", $one, "}"),
                params(($one = String, Path, description = "The value, percent-encoded")),
                responses((status = 200, description = "What there is", body = ValueList))
            )]
            pub(super) async fn one(
                State(context): State<SharedContext>,
                _: EventReader,
                PathText(value): PathText<String>,
                request: QueryRequest,
            ) -> Result<Json<ValueList>, Problem> {
                request.check_one_page("what there is of a value")?;
                find(&context, $resource, request.text.namespaces(), &value).await?;
                Ok(Json(ValueList::new(vec!["events".to_owned()])))
            }

            #[doc = concat!("Query the events of one of the ", $about, "\n\nWith all parameters of queries but the one that the path gives.")]
            #[utoipa::path(
                get,
                path = concat!("/epcis/", $plural, "/{", $one, "}/events"),
                params(($one = String, Path, description = "The value, percent-encoded")),
                responses((status = 200, description = "An EPCISQueryDocument", body = serde_json::Value))
            )]
            pub(super) async fn events(
                State(context): State<SharedContext>,
                _: EventReader,
                PathText(value): PathText<String>,
                QueryRequest { mut text, page }: QueryRequest,
            ) -> Result<Response, Problem> {
                check_no_schedule(&text)?;
                text.fix($resource.parameter(), &value)
                    .map_err(|error| of_path(error, $resource.parameter()))?;
                find(&context, $resource, text.namespaces(), &value).await?;
                answer(&context, UNNAMED_QUERY.to_owned(), &text, page).await
            }
        }
    };
}

resource!(
    event_types,
    Resource::EventTypes,
    "eventTypes",
    "eventType",
    "event types"
);
resource!(epcs, Resource::Epcs, "epcs", "epc", "objects");
resource!(
    biz_steps,
    Resource::BizSteps,
    "bizSteps",
    "bizStep",
    "business steps"
);
resource!(
    biz_locations,
    Resource::BizLocations,
    "bizLocations",
    "bizLocation",
    "business locations"
);
resource!(
    read_points,
    Resource::ReadPoints,
    "readPoints",
    "readPoint",
    "read points"
);
resource!(
    dispositions,
    Resource::Dispositions,
    "dispositions",
    "disposition",
    "dispositions"
);

fn summarised(mut endpoint: Endpoint, summary: &str) -> Endpoint {
    endpoint.operation.summary = Some(summary.to_owned());
    endpoint
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let groups = [
        event_types::endpoints(),
        epcs::endpoints(),
        biz_steps::endpoints(),
        biz_locations::endpoints(),
        read_points::endpoints(),
        dispositions::endpoints(),
    ];
    groups.into_iter().flatten().collect()
}

impl Resource {
    /// The query parameter that asks for the events of a value.
    fn parameter(self) -> &'static str {
        match self {
            Self::EventTypes => "eventType",
            Self::Epcs => "MATCH_anyEPC",
            Self::BizSteps => "EQ_bizStep",
            Self::BizLocations => "EQ_bizLocation",
            Self::ReadPoints => "EQ_readPoint",
            Self::Dispositions => "EQ_disposition",
        }
    }

    /// The field that is listed, and the vocabulary of its words; none for places.
    fn listed(self) -> Option<(ListedField, Option<Vocabulary>)> {
        match self {
            Self::BizSteps => Some((ListedField::BizStep, Some(Vocabulary::BizStep))),
            Self::Dispositions => Some((ListedField::Disposition, Some(Vocabulary::Disposition))),
            Self::ReadPoints => Some((ListedField::ReadPoint, None)),
            Self::BizLocations => Some((ListedField::BizLocation, None)),
            Self::EventTypes | Self::Epcs => None,
        }
    }

    fn known(
        self,
        view: &dyn LedgerView,
        after: Option<&[u8]>,
        count: usize,
    ) -> Result<KnownValues, QuestionError> {
        let Some((field, vocabulary)) = self.listed() else {
            return match self {
                Self::Epcs => known_epcs(view, after, count),
                _ => Ok(event_types(after, count)),
            };
        };
        let mut known = known_values(view, field, after, count)?;
        for value in &mut known.values {
            let word = vocabulary.and_then(|words| VocabularyTerm::bare_word(value, words));
            if let Some(word) = word {
                word.clone_into(value);
            }
        }
        Ok(known)
    }

    /// A value of a listed field as it is kept.
    fn kept_form(
        vocabulary: Option<Vocabulary>,
        namespaces: &Namespaces,
        value: &str,
    ) -> Result<String, Problem> {
        let kept = match vocabulary {
            Some(vocabulary) => namespaces
                .term(vocabulary, value)
                .map(|t| t.uri().to_owned()),
            None => namespaces
                .identifier(value)
                .map(|id| id.canonical().to_owned()),
        };
        kept.map_err(|fault| of_path_value(value, fault))
    }
}

/// A page of the event types, which are known beforehand.
fn event_types(after: Option<&[u8]>, count: usize) -> KnownValues {
    let mut names: Vec<&str> = EventType::ALL.into_iter().map(EventType::as_str).collect();
    names.sort_unstable();
    let after = after.unwrap_or_default();
    let mut rest = names.into_iter().filter(|name| name.as_bytes() > after);
    let values: Vec<String> = rest.by_ref().take(count).map(str::to_owned).collect();
    let last = values.last().map(|last| last.as_bytes().to_vec());
    KnownValues {
        next: last.filter(|_| rest.next().is_some()),
        values,
    }
}

async fn list_values(
    context: &ApiContext,
    resource: Resource,
    request: QueryRequest,
) -> Result<Response, Problem> {
    check_no_query(&request.text, "the list of values has only those of pages")?;
    let page: PageRequest = request.page;
    let list = PageList::new(&context.setup.ledger, &["epcis", resource.parameter()]);
    let after = page.after(&list)?;
    let is_digest = |after: &Vec<u8>| after.len() == THING_ID_BYTES;
    if resource == Resource::Epcs && !after.as_ref().is_none_or(is_digest) {
        return Err(foreign());
    }
    let count = page.count;
    let known = context
        .read(move |reader| {
            let view = reader.view()?;
            Ok(resource.known(&*view, after.as_deref(), count)?)
        })
        .await?;
    let mut response = Json(ValueList::new(known.values)).into_response();
    let format = epc_format(page.path());
    response.headers_mut().insert(EPC_FORMAT, format);
    if let Some(next) = known.next {
        page.link_after(response.headers_mut(), &list, &next);
    }
    Ok(response)
}

/// Checks that some event has a value.
async fn find(
    context: &ApiContext,
    resource: Resource,
    namespaces: &Namespaces,
    value: &str,
) -> Result<(), Problem> {
    let listed = match resource.listed() {
        Some((field, vocabulary)) => {
            let kept = Resource::kept_form(vocabulary, namespaces, value)?;
            // Longer ones are not listed.
            Some((field, kept)).filter(|(_, kept)| kept.len() <= MAX_LISTED_VALUE_BYTES)
        }
        None => None,
    };
    let is_known = match listed {
        Some((field, kept)) => {
            context
                .read(move |reader| Ok(is_known_value(&*reader.view()?, field, &kept)?))
                .await?
        }
        // The types are known beforehand.
        None if resource == Resource::EventTypes => EventType::from_name(value).is_some(),
        None => {
            let mut text = QueryText::new(namespaces.clone());
            text.fix(resource.parameter(), value)
                .map_err(|error| of_path(error, resource.parameter()))?;
            exists(context, &text, resource.parameter()).await?
        }
    };
    is_known.then_some(()).ok_or_else(|| {
        let shown: String = value.chars().take(120).collect();
        EpcisException::NoSuchResource.problem(format!("no event on the ledger has {shown:?}"))
    })
}
