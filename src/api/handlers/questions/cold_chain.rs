//! Whether goods stayed within limits.

use axum::Json;
use axum::extract::State;

use super::parameters::{bad, identifier, question_parameters, unknown};
use crate::api::context::SharedContext;
use crate::api::problem::Problem;
use crate::api::request::{QueryParameters, QuestionPages};
use crate::api::views::ColdChainView;
use crate::ledger::questions::{Events, SensorLimits};
use crate::records::epcis::{Identifier, Unit, Vocabulary};
use crate::types::{Decimal, Duration};

/// What is measured unless the question says so, and its unit.
const DEFAULT_TYPE: &str = "Temperature";
const DEFAULT_UOM: &str = "CEL";

/// Longest unit of a type that is not of the GS1 vocabulary, in bytes: codes of UN/ECE have three.
const MAX_UOM_BYTES: usize = 16;

question_parameters! {
    /// Of what, and within which limits.
    ColdChainParameters {
        /// The thing or container: EPC URN, GS1 Digital Link or another URI.
        thing: Option<String>,
        /// The least value that is within.
        #[param(example = "2")]
        min: Option<String>,
        /// The greatest value that is within.
        #[param(example = "8")]
        max: Option<String>,
        /// The unit of the limits, by its UN/ECE code: of temperatures CEL, FAH, KEL or A48, of other types none that is
        /// known to be of another one.
        #[param(default = "CEL")]
        uom: Option<String>,
        /// What is measured: a word of the GS1 vocabulary, or a URI.
        #[serde(rename = "type")]
        #[param(rename = "type", default = "Temperature")]
        kind: Option<String>,
        /// How long values may lie outside, as an ISO 8601 duration; not at all if it is left out. A breach that is
        /// open is told in any case.
        #[param(example = "PT15M")]
        longer_than: Option<String>,
    }
}

impl ColdChainParameters {
    fn limits(&self) -> Result<SensorLimits, Problem> {
        let number = |name: &str, text: &Option<String>| match text.as_deref() {
            None => Ok(None),
            Some(text) => Decimal::from_xsd_decimal(text)
                .map(Some)
                .map_err(|error| bad(format!("{name}: {error}"))),
        };
        let (min, max) = (number("min", &self.min)?, number("max", &self.max)?);
        match (min, max) {
            (None, None) => return Err(bad("neither min nor max is given")),
            (Some(min), Some(max)) if min > max => {
                return Err(bad(format!(
                    "min is {min}, which is above max, {max}: nothing is within"
                )));
            }
            _ => {}
        }
        let word = self.kind.as_deref().unwrap_or(DEFAULT_TYPE);
        let term = Vocabulary::MeasurementType.standard_term(word);
        let kind = match (&term, Identifier::parse(word)) {
            (Some(term), _) => term.uri(),
            (None, Ok(_)) => word,
            (None, Err(_)) => {
                return Err(bad(format!(
                    "type: {word:?} is no measurement type of the GS1 vocabulary, such as \
                     Temperature or RelativeHumidity, and no URI"
                )));
            }
        };
        let uom = match (self.uom.as_deref(), word) {
            (Some(uom), _) => uom,
            (None, DEFAULT_TYPE) => DEFAULT_UOM,
            (None, _) => return Err(bad(format!("uom is not given, the unit of {word}"))),
        };
        check_unit(uom, (word, kind), term.is_some())?;
        Ok(SensorLimits {
            kind: kind.into(),
            uom: uom.into(),
            min,
            max,
        })
    }

    fn longer_than(&self) -> Result<Option<Duration>, Problem> {
        let text = self.longer_than.as_deref();
        text.map(Duration::parse_iso8601)
            .transpose()
            .map_err(|error| bad(format!("longer_than: {error}")))
    }
}

/// Whether reports of a type can be in a unit: a question in a unit that nobody reports in would find no breach, whatever
/// was measured. What types beyond the GS1 vocabulary are measured in is nobody's business but that of who made them.
fn check_unit(
    uom: &str,
    (word, kind): (&str, &str),
    is_of_vocabulary: bool,
) -> Result<(), Problem> {
    if is_of_vocabulary && !Unit::is_code(uom) {
        return Err(bad(format!(
            "uom: {uom:?} is no unit code of UN/ECE Recommendation 20, which has 2 or 3 capital letters and \
             digits, such as CEL, FAH and KEL of temperatures"
        )));
    }
    if uom.is_empty() || uom.len() > MAX_UOM_BYTES {
        return Err(bad(format!("uom has 1 to {MAX_UOM_BYTES} bytes")));
    }
    match Unit::all_of(kind) {
        Some(all) if !all.contains(&uom) => Err(bad(format!(
            "uom: {uom} is no unit of {word}: there are {}",
            all.join(", ")
        ))),
        None if !Unit::may_measure(uom, kind) => {
            Err(bad(format!("uom: {uom} is no unit of {word}")))
        }
        _ => Ok(()),
    }
}

/// Get cold-chain breaches
///
/// When sensors on a thing, on the containers that it was in, or at the places where it was reported values
/// outside limits for longer than a time; and what was inside then.
#[utoipa::path(
    get,
    path = "/v1/cold-chain",
    params(ColdChainParameters),
    responses((status = 200, description = "A page of breaches", body = ColdChainView))
)]
pub(in crate::api) async fn cold_chain(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<ColdChainParameters>,
    pages: QuestionPages,
) -> Result<Json<ColdChainView>, Problem> {
    let (scope, page) = (parameters.scope(), parameters.page(&pages)?);
    let thing = identifier("thing", parameters.thing.as_deref())?;
    let thing = thing.ok_or_else(|| bad("thing is not given"))?;
    let limits = parameters.limits()?;
    let longer_than = parameters.longer_than()?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(&*view, scope)?;
            let found = events.cold_chain(&thing, &limits, longer_than, page)?;
            let answer = found.ok_or_else(|| unknown(&thing))?;
            let next = pages.next(answer.next);
            Ok(ColdChainView::new(
                &thing,
                &limits,
                longer_than,
                &answer,
                next,
            ))
        })
        .await?;
    Ok(Json(answer))
}
