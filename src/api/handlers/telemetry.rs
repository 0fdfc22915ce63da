//! What devices have measured.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, check_period};
use crate::api::views::{TelemetryGapsView, TelemetryView};
use crate::contracts::ChannelId;
use crate::ledger::questions::{
    ChannelAnswer, DeviceAnswer, GapRule, Standing, TelemetryScope, ask_device,
};
use crate::records::telemetry::{is_device_name, is_quantity};
use crate::types::{LedgerView, MemberId, Timestamp};

/// Which points.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PointsParameters {
    /// What was measured; needed if the device measures several quantities.
    #[param(example = "temperature")]
    quantity: Option<String>,
    /// From this time on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most points to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
}

/// Which gaps.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct GapsParameters {
    /// What was measured; needed if the device measures several quantities.
    #[param(example = "temperature")]
    quantity: Option<String>,
    /// From this time on; a gap may have begun before.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Give gaps that are longer than this; more than one and a half of the device's intervals if it is left out.
    #[param(minimum = 1)]
    longer_than_ms: Option<u64>,
    /// Most gaps to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
}

/// A device as the path names it.
fn read_name(text: &str) -> Result<(MemberId, String), Problem> {
    let parts = text.split_once(':');
    let read = parts.and_then(|(member, device)| {
        let member = MemberId::new(member).ok()?;
        is_device_name(device).then(|| (member, device.to_owned()))
    });
    read.ok_or_else(|| {
        let shown: String = text.chars().take(80).collect();
        let cause = format!(
            "{shown:?} names no device: write the member and its name of the device, such as \
             acme-foods:cold-room-3"
        );
        Problem::new(ProblemKind::BadPath, cause)
    })
}

fn check_quantity(quantity: Option<&str>) -> Result<(), Problem> {
    match quantity.filter(|quantity| !is_quantity(quantity)) {
        None => Ok(()),
        Some(quantity) => {
            let shown: String = quantity.chars().take(80).collect();
            let cause = format!("{shown:?} is no quantity, such as temperature");
            Err(Problem::new(ProblemKind::BadQuery, cause))
        }
    }
}

/// The channel that is asked about.
fn choose(device: DeviceAnswer, quantity: Option<&str>) -> Result<ChannelAnswer, Problem> {
    let known: Vec<&str> = device.channels.iter().map(|one| &*one.quantity).collect();
    let known = known.join(", ");
    let mut channels = device.channels.into_iter();
    match (quantity, channels.next(), channels.next()) {
        (None, Some(only), None) => Ok(only),
        (Some(quantity), first, second) => {
            let mut channels = first.into_iter().chain(second).chain(channels);
            let channel = channels.find(|channel| *channel.quantity == *quantity);
            channel.ok_or_else(|| {
                let cause = format!("the device has measured no {quantity}; it measures {known}");
                Problem::new(ProblemKind::NoSuchDevice, cause)
            })
        }
        (None, ..) => Err(Problem::new(
            ProblemKind::BadQuery,
            format!("the device measures several quantities: say which with quantity, of {known}"),
        )),
    }
}

fn find_device(
    view: &dyn LedgerView,
    standing: &Standing,
    member: &MemberId,
    device: &str,
) -> Result<DeviceAnswer, Problem> {
    ask_device(view, standing, member, device)?.ok_or_else(|| {
        let height = standing.height;
        let cause = format!("{member} has told of no device {device} by height {height}");
        Problem::new(ProblemKind::NoSuchDevice, cause)
    })
}

/// Before the first time, and behind the last one, that a point can have.
fn period(
    from: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<(Timestamp, Timestamp), Problem> {
    let from = from.unwrap_or(Timestamp::from_ms(i64::MIN));
    let until = until.unwrap_or(Timestamp::from_ms(i64::MAX));
    check_period(from, until)?;
    Ok((from, until))
}

/// Get what a device has measured
///
/// The points of one quantity, each time once, each with the entry that has it.
#[utoipa::path(
    get,
    path = "/v1/telemetry/{device}",
    params(
        ("device" = String, Path, description = "The member, a colon, and its name of the device",
            example = "acme-foods:cold-room-3"),
        PointsParameters
    ),
    responses((status = 200, description = "A page of points", body = TelemetryView))
)]
pub(in crate::api) async fn get_points(
    State(context): State<SharedContext>,
    PathText(device): PathText<String>,
    QueryParameters(parameters): QueryParameters<PointsParameters>,
) -> Result<Json<TelemetryView>, Problem> {
    let (member, device) = read_name(&device)?;
    check_quantity(parameters.quantity.as_deref())?;
    let count = parameters.limit.items();
    let (from, until) = period(parameters.from, parameters.until)?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let standing = asked.standing(&*view)?;
            let known = find_device(&*view, &standing, &member, &device)?;
            let mut channel = choose(known, parameters.quantity.as_deref())?;
            let scope = TelemetryScope {
                view: &*view,
                standing,
                channel: ChannelId::of(&member, &device, &channel.quantity),
                from,
                until,
            };
            if channel.counts.is_none() {
                channel.latest = scope.latest()?;
            }
            let page = scope.points(count)?;
            let name = (&member, device.as_str());
            Ok::<_, Problem>(TelemetryView::new(standing.height, name, &channel, &page))
        })
        .await?;
    Ok(Json(answer))
}

/// Get when a device was silent
///
/// The times without values between its points, and since the last one.
#[utoipa::path(
    get,
    path = "/v1/telemetry/{device}/gaps",
    params(
        ("device" = String, Path, description = "The member, a colon, and its name of the device",
            example = "acme-foods:cold-room-3"),
        GapsParameters
    ),
    responses((status = 200, description = "A page of gaps", body = TelemetryGapsView))
)]
pub(in crate::api) async fn get_gaps(
    State(context): State<SharedContext>,
    PathText(device): PathText<String>,
    QueryParameters(parameters): QueryParameters<GapsParameters>,
) -> Result<Json<TelemetryGapsView>, Problem> {
    let (member, device) = read_name(&device)?;
    check_quantity(parameters.quantity.as_deref())?;
    let count = parameters.limit.items();
    let (from, until) = period(parameters.from, parameters.until)?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let standing = asked.standing(&*view)?;
            let known = find_device(&*view, &standing, &member, &device)?;
            let mut channel = choose(known, parameters.quantity.as_deref())?;
            let expected = channel.expectation.interval_ms.map(GapRule::Interval);
            let rule = parameters
                .longer_than_ms
                .map(GapRule::LongerThan)
                .or(expected)
                .ok_or_else(|| {
                    let cause = "no interval is known of the device: say with longer_than_ms how \
                                 long a gap is";
                    Problem::new(ProblemKind::BadQuery, cause)
                })?;
            let scope = TelemetryScope {
                view: &*view,
                standing,
                channel: ChannelId::of(&member, &device, &channel.quantity),
                from,
                until,
            };
            if channel.counts.is_none() {
                channel.latest = scope.latest()?;
            }
            let page = scope.gaps(rule, count)?;
            let name = (&member, device.as_str());
            Ok::<_, Problem>(TelemetryGapsView::new(
                standing.height,
                name,
                &channel,
                &page,
            ))
        })
        .await?;
    Ok(Json(answer))
}
