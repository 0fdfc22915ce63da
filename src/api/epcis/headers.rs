//! The headers of EPCIS 2.0: versions, forms and limits.

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::exception::EpcisException;
use crate::api::limits::{MAX_CAPTURE_BYTES, MAX_CAPTURE_EVENTS};
use crate::api::problem::Problem;
use crate::api::request::{UTF_8_ALONE, check_charset};

/// The version of EPCIS, and of its vocabulary, that is spoken.
pub(super) const VERSION: HeaderValue = HeaderValue::from_static("2.0.0");

/// What a client may call that version.
const VERSION_PARTS: [u32; 2] = [2, 0];

pub(super) const EPCIS_VERSION: HeaderName = HeaderName::from_static("gs1-epcis-version");
pub(super) const EPCIS_MIN: HeaderName = HeaderName::from_static("gs1-epcis-min");
pub(super) const EPCIS_MAX: HeaderName = HeaderName::from_static("gs1-epcis-max");
pub(super) const CBV_VERSION: HeaderName = HeaderName::from_static("gs1-cbv-version");
pub(super) const CBV_MIN: HeaderName = HeaderName::from_static("gs1-cbv-min");
pub(super) const CBV_MAX: HeaderName = HeaderName::from_static("gs1-cbv-max");
pub(super) const EPC_FORMAT: HeaderName = HeaderName::from_static("gs1-epc-format");
pub(super) const CBV_XML_FORMAT: HeaderName = HeaderName::from_static("gs1-cbv-xml-format");
pub(super) const EXTENSIONS: HeaderName = HeaderName::from_static("gs1-extensions");
pub(super) const VENDOR_VERSION: HeaderName = HeaderName::from_static("gs1-vendor-version");
/// Which parameters of the standard a resource does not support, and answers with 501. Our own: the standard
/// has no header for it.
pub(super) const NOT_SUPPORTED: HeaderName = HeaderName::from_static("waybill-not-supported");
pub(super) const CAPTURE_LIMIT: HeaderName = HeaderName::from_static("gs1-epcis-capture-limit");
pub(super) const CAPTURE_FILE_SIZE_LIMIT: HeaderName =
    HeaderName::from_static("gs1-epcis-capture-file-size-limit");
pub(super) const CAPTURE_ERROR_BEHAVIOUR: HeaderName =
    HeaderName::from_static("gs1-capture-error-behaviour");

/// Identifiers and vocabulary come back as they were captured: they are what was signed.
pub(super) const NEVER_TRANSLATES: HeaderValue = HeaderValue::from_static("Never_Translates");

/// Lists of things and of places name each once, by its canonical identifier: they were captured in many spellings.
pub(super) const ALWAYS_LINKS: HeaderValue = HeaderValue::from_static("Always_GS1_Digital_Link");

/// In which form a resource, by its path, has identifiers.
pub(super) fn epc_format(path: &str) -> HeaderValue {
    const LISTS: [&str; 3] = ["/epcis/epcs", "/epcis/bizLocations", "/epcis/readPoints"];
    match LISTS.contains(&path) {
        true => ALWAYS_LINKS,
        false => NEVER_TRANSLATES,
    }
}

/// Checks that a request means the versions that are spoken here.
///
/// # Errors
/// [`EpcisException::NotAcceptable`] with the header; [`EpcisException::Validation`] if it contradicts itself.
pub(super) fn check_versions(headers: &HeaderMap) -> Result<(), Problem> {
    for name in [&EPCIS_VERSION, &CBV_VERSION] {
        if let Some(parts) = version(headers, name)?
            && !is_spoken(parts)
        {
            return Err(refused(name, "2.0 is spoken here"));
        }
    }
    for (least, most) in [(&EPCIS_MIN, &EPCIS_MAX), (&CBV_MIN, &CBV_MAX)] {
        if version(headers, least)?.is_some_and(|parts| parts > VERSION_PARTS) {
            return Err(refused(least, "2.0 is spoken here, nothing later"));
        }
        if version(headers, most)?.is_some_and(|parts| parts < VERSION_PARTS) {
            return Err(refused(most, "2.0 is spoken here, nothing earlier"));
        }
    }
    Ok(())
}

fn is_spoken(parts: [u32; 2]) -> bool {
    parts == VERSION_PARTS
}

/// The value of a header that a request gives once, or more than once alike.
///
/// # Errors
/// [`EpcisException::Validation`] if it is given with different values: whichever was taken, the client meant the other
/// as well.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    match values.find(|other| *other != first) {
        Some(other) => Err(contradictory(name, first, other)),
        None => Ok(Some(first)),
    }
}

fn contradictory(name: &HeaderName, first: &HeaderValue, other: &HeaderValue) -> Problem {
    let [first, other] = [first, other].map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.chars().take(80).collect::<String>()
    });
    EpcisException::Validation
        .problem(format!(
            "the header {name} is given more than once, as {first:?} and as {other:?}"
        ))
        .with_way_out("give it once, with what is meant")
}

/// The first two numbers of the version that a header states; none if it states none.
fn version(headers: &HeaderMap, name: &HeaderName) -> Result<Option<[u32; 2]>, Problem> {
    let mut stated: Option<(&HeaderValue, [u32; 2])> = None;
    for value in headers.get_all(name) {
        let parts = version_parts(name, value)?;
        match stated {
            Some((first, others)) if others != parts => {
                return Err(contradictory(name, first, value));
            }
            Some(_) => {}
            None => stated = Some((value, parts)),
        }
    }
    Ok(stated.map(|(_, parts)| parts))
}

/// The first two numbers of a version such as `2.0.0`; what is missing is 0.
fn version_parts(name: &HeaderName, value: &HeaderValue) -> Result<[u32; 2], Problem> {
    let malformed = || refused(name, "a version is numbers with dots between");
    let text = value.to_str().map_err(|_| malformed())?;
    let mut parts = [0; 2];
    for (position, part) in text.trim().split('.').enumerate() {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let number = part.parse().ok().filter(|_| is_number);
        let number: u32 = number.ok_or_else(malformed)?;
        if let Some(place) = parts.get_mut(position) {
            *place = number;
        }
    }
    Ok(parts)
}

fn refused(name: &HeaderName, reason: &str) -> Problem {
    EpcisException::NotAcceptable.problem(format!("the header {name} cannot be met: {reason}"))
}

/// Checks that a client takes JSON, the only form of an answer.
///
/// # Errors
/// [`EpcisException::NotAcceptable`].
pub(super) fn check_accept(headers: &HeaderMap) -> Result<(), Problem> {
    const TAKEN: [&str; 4] = [
        "*/*",
        "application/*",
        "application/json",
        "application/ld+json",
    ];
    let mut is_stated = false;
    for value in headers.get_all(ACCEPT) {
        is_stated = true;
        for range in value.to_str().unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            let is_excluded = parts.any(|parameter| {
                parameter
                    .strip_prefix("q=")
                    .is_some_and(|weight| weight.trim_end_matches(['0', '.']).is_empty())
            });
            if TAKEN.contains(&essence.as_str()) && !is_excluded {
                return Ok(());
            }
        }
    }
    if is_stated {
        return Err(EpcisException::NotAcceptable
            .problem("the header Accept cannot be met: answers are application/json"));
    }
    Ok(())
}

/// Checks that a body is JSON. JSON-LD is JSON with a context, which every event has.
///
/// # Errors
/// [`EpcisException::UnsupportedMediaType`]; [`EpcisException::Validation`] if two are stated.
pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let value = single(headers, &CONTENT_TYPE)?.map(|value| value.to_str().unwrap_or_default());
    let Some(text) = value else {
        return Err(EpcisException::UnsupportedMediaType.problem("the request has no Content-Type"));
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_json = ["application/json", "application/ld+json"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known));
    if is_json {
        return check_charset(text).map_err(|cause| {
            EpcisException::UnsupportedMediaType
                .problem(cause)
                .with_way_out(UTF_8_ALONE)
        });
    }
    let shown: String = text.chars().take(80).collect();
    Err(EpcisException::UnsupportedMediaType.problem(format!("the Content-Type is {shown:?}")))
}

/// Says which versions an answer is of.
pub(super) fn add_versions(headers: &mut HeaderMap) {
    headers.insert(EPCIS_VERSION, VERSION);
    headers.insert(CBV_VERSION, VERSION);
}

/// Says how much is captured at once.
pub(super) fn add_capture_limits(headers: &mut HeaderMap) {
    headers.insert(CAPTURE_LIMIT, HeaderValue::from(MAX_CAPTURE_EVENTS));
    headers.insert(
        CAPTURE_FILE_SIZE_LIMIT,
        HeaderValue::from(MAX_CAPTURE_BYTES),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.clone(), HeaderValue::from_static(value))])
    }

    #[test]
    fn a_version_is_met_or_refused() {
        for (name, value, is_met) in [
            (&EPCIS_VERSION, "2.0", true),
            (&EPCIS_VERSION, "2.0.0", true),
            (&EPCIS_VERSION, "2", true),
            (&EPCIS_VERSION, "2.0.1", true),
            (&EPCIS_VERSION, "2.1", false),
            (&EPCIS_VERSION, "1.2", false),
            (&EPCIS_VERSION, "two", false),
            (&EPCIS_VERSION, "+2.0", false),
            (&EPCIS_VERSION, "", false),
            (&CBV_VERSION, "1.2.2", false),
            (&EPCIS_MIN, "1.0.0", true),
            (&EPCIS_MIN, "2.0", true),
            (&EPCIS_MIN, "2.1", false),
            (&EPCIS_MAX, "2.0", true),
            (&EPCIS_MAX, "3.0", true),
            (&EPCIS_MAX, "1.9", false),
            (&CBV_MAX, "1.2", false),
        ] {
            let checked = check_versions(&headers(name, value));
            assert_eq!(checked.is_ok(), is_met, "{name} {value}: {checked:?}");
        }
        assert!(check_versions(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn a_header_that_contradicts_itself_is_refused() {
        let twice = |name: &HeaderName, values: [&'static str; 2]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(name, HeaderValue::from_static(value));
            }
            headers
        };
        for name in [
            EPCIS_VERSION,
            EPCIS_MIN,
            EPCIS_MAX,
            CBV_VERSION,
            CBV_MIN,
            CBV_MAX,
        ] {
            // Two spellings of one version say the same.
            assert!(
                check_versions(&twice(&name, ["2.0", "2.0.0"])).is_ok(),
                "{name}"
            );
            for values in [["2.0", "1.2"], ["1.2", "2.0"], ["2.0", "3.0"]] {
                let problem = check_versions(&twice(&name, values)).unwrap_err();
                assert_eq!(problem.status().as_u16(), 400, "{name}");
                let cause = &problem.document().cause;
                assert!(values.iter().all(|value| cause.contains(value)), "{cause}");
            }
        }
        let types = ["application/json", "application/xml"];
        let problem = check_content_type(&twice(&CONTENT_TYPE, types)).unwrap_err();
        assert_eq!(problem.status().as_u16(), 400);
        let types = ["application/json", "application/json"];
        assert!(check_content_type(&twice(&CONTENT_TYPE, types)).is_ok());
    }

    #[test]
    fn json_is_all_that_is_answered_and_read() {
        for (value, is_met) in [
            ("*/*", true),
            ("application/json", true),
            ("text/html, application/ld+json;q=0.5", true),
            ("application/xml", false),
            ("application/xml, */*;q=0.1", true),
            ("application/json;q=0", false),
            ("application/json;q=0.000", false),
            ("", false),
        ] {
            let checked = check_accept(&headers(&ACCEPT, value));
            assert_eq!(checked.is_ok(), is_met, "{value}");
        }
        assert!(check_accept(&HeaderMap::new()).is_ok());
        for (value, is_met) in [
            ("application/json", true),
            ("Application/LD+JSON; charset=utf-8", true),
            ("application/json;charset=\"UTF-8\"", true),
            ("application/json; charset=iso-8859-1", false),
            ("application/json; profile=x; CharSet=latin1", false),
            ("application/xml", false),
            ("text/plain", false),
            ("", false),
        ] {
            let checked = check_content_type(&headers(&CONTENT_TYPE, value));
            assert_eq!(checked.is_ok(), is_met, "{value}");
        }
        assert!(check_content_type(&HeaderMap::new()).is_err());
    }
}
