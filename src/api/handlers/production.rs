//! Production runs.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, QueryParameters, check_period};
use crate::api::views::{RunView, RunsView};
use crate::contracts::RunGroup;
use crate::ledger::questions::{EventScope, Events, Standing, ask_runs};
use crate::records::epcis::Identifier;
use crate::records::production::is_machine_name;
use crate::types::{LedgerView, LogIndex, Timestamp};

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct RunsParameters {
    /// Where they were: EPC URN, GS1 Digital Link or another URI.
    site: Option<String>,
    /// On which machine of the site.
    machine: Option<String>,
    /// That began from this time on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// That began before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most runs to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before.
    after: Option<String>,
}

impl RunsParameters {
    /// The canonical form of the site.
    fn site(&self) -> Result<Option<String>, Problem> {
        let Some(site) = &self.site else {
            return Ok(None);
        };
        let site = Identifier::parse(site).map_err(|fault| {
            let cause = format!(
                "the site: {fault}; name it by an EPC URN, a GS1 Digital Link or another URI"
            );
            Problem::new(ProblemKind::BadQuery, cause)
        })?;
        Ok(Some(site.canonical().to_owned()))
    }

    fn group(&self, site: Option<&str>) -> Result<RunGroup, Problem> {
        let bad = |cause: String| Problem::new(ProblemKind::BadQuery, cause);
        match (site, &self.machine) {
            (None, None) => Ok(RunGroup::ALL),
            (Some(site), None) => Ok(RunGroup::of_site(site)),
            (Some(site), Some(machine)) if is_machine_name(machine) => {
                Ok(RunGroup::of_machine(site, machine))
            }
            (Some(_), Some(machine)) => {
                let shown: String = machine.chars().take(80).collect();
                Err(bad(format!("{shown:?} names no machine")))
            }
            (None, Some(_)) => Err(bad(
                "a machine is one of a site: say which with site".to_owned()
            )),
        }
    }

    fn place(&self) -> Result<Option<(Timestamp, LogIndex)>, Problem> {
        let Some(text) = &self.after else {
            return Ok(None);
        };
        let parts = text.split_once('.');
        let read = parts.and_then(|(ms, index)| Some((ms.parse().ok()?, index.parse().ok()?)));
        // Whatever the reader takes beside it, a token has one spelling.
        let read = read.filter(|(ms, index): &(i64, u64)| format!("{ms}.{index}") == *text);
        match read {
            Some((ms, index)) => Ok(Some((Timestamp::from_ms(ms), LogIndex(index)))),
            None => Err(Problem::new(
                ProblemKind::BadQuery,
                "after is the next of the page before",
            )),
        }
    }
}

/// Refuses a site that nobody has spoken of, and a machine that ran nowhere on a site: an empty list would look like a
/// true answer.
///
/// # Errors
/// [`ProblemKind::NoSuchThing`].
fn check_named(
    view: &dyn LedgerView,
    standing: &Standing,
    (site, machine): (&str, Option<&str>),
) -> Result<(), Problem> {
    let group = match machine {
        Some(machine) => RunGroup::of_machine(site, machine),
        None => RunGroup::of_site(site),
    };
    let always = (Timestamp::from_ms(i64::MIN), Timestamp::from_ms(i64::MAX));
    let page = ask_runs(view, standing, group, always, None, 1)?;
    if !page.runs.is_empty() || page.next.is_some() {
        return Ok(());
    }
    let events = Events::open(view, EventScope::as_of(Some(standing.height)))?;
    match machine {
        Some(machine) => Err(Problem::new(
            ProblemKind::NoSuchThing,
            format!("no run is told of a machine {machine} at {site}"),
        )),
        None if events.is_spoken_of(site)? => Ok(()),
        None => Err(Problem::new(
            ProblemKind::NoSuchThing,
            format!(
                "no run is told of {site}, and no event that counts or master data speak of it"
            ),
        )),
    }
}

/// List production runs
///
/// By site and machine, in order of their starts, each as it was told last.
#[utoipa::path(
    get,
    path = "/v1/production",
    params(RunsParameters),
    responses((status = 200, description = "A page of runs", body = RunsView))
)]
pub(in crate::api) async fn list_runs(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<RunsParameters>,
) -> Result<Json<RunsView>, Problem> {
    let site = parameters.site()?;
    let group = parameters.group(site.as_deref())?;
    let after = parameters.place()?;
    let count = parameters.limit.items();
    let period = (
        parameters.from.unwrap_or(Timestamp::from_ms(i64::MIN)),
        parameters.until.unwrap_or(Timestamp::from_ms(i64::MAX)),
    );
    check_period(period.0, period.1)?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let standing = asked.standing(&*view)?;
            let page = ask_runs(&*view, &standing, group, period, after, count)?;
            if let Some(site) = site.filter(|_| page.runs.is_empty() && after.is_none()) {
                check_named(&*view, &standing, (&site, parameters.machine.as_deref()))?;
            }
            Ok::<_, Problem>(RunsView {
                height: standing.height.0,
                runs: page.runs.iter().map(RunView::from).collect(),
                next: page
                    .next
                    .map(|(start, index)| format!("{}.{}", start.as_ms(), index.0)),
            })
        })
        .await?;
    Ok(Json(answer))
}
