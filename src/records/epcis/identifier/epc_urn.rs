//! EPC pure identities, classes and patterns, and their Digital Links.
//!
//! Source: EPC Tag Data Standard 2.0 (syntax of each scheme) and the GS1 General Specifications
//! (keys). A GS1 company prefix has 6 to 12 digits; with the reference that follows it, each key has a fixed
//! number of digits.

use super::IdentifierError;
use super::characters::{CharacterSet, all_digits, append_canonical, check_digit, find_refused};

/// Longest identifier that begins with a company prefix and has no fixed length (GIAI, GINC, CPI).
const MAX_FREE_KEY_CHARACTERS: usize = 30;

/// Whether `text` begins like an EPC, in letters of any case.
pub(super) fn claims_to_be(text: &str) -> bool {
    text.get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:epc:"))
}

/// Checks an EPC URN and returns its canonical Digital Link; none for the schemes that hold no GS1 key.
///
/// # Errors
/// [`IdentifierError`] when kind or scheme are unknown or the structure is broken.
pub(super) fn to_digital_link(text: &str) -> Result<Option<String>, IdentifierError> {
    let epc = text
        .strip_prefix("urn:epc:")
        .ok_or(IdentifierError::NotLowerCase)?;
    let mut parts = epc.splitn(3, ':');
    let (kind, scheme, body) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
    let (Some(kind), Some(scheme)) = (kind, scheme) else {
        return Err(IdentifierError::UnknownScheme {
            scheme: epc.to_string(),
        });
    };
    let Some(expected) = expected_form(kind, scheme) else {
        let scheme = [kind, ":", scheme].concat();
        let lower = scheme.to_ascii_lowercase();
        return Err(match lower.split_once(':') {
            Some((kind, name)) if lower != scheme && expected_form(kind, name).is_some() => {
                IdentifierError::NotLowerCase
            }
            _ => IdentifierError::UnknownScheme { scheme },
        });
    };
    convert(kind, scheme, body).ok_or_else(|| {
        // What no part of the scheme may have is the fault, whatever the rest is like.
        let set = match scheme {
            "cpi" | "adi" => CharacterSet::Set39,
            _ => CharacterSet::Set82,
        };
        let is_allowed = |byte| set.contains(byte) || matches!(byte, b'.' | b'*');
        match find_refused(body, is_allowed) {
            Some(character) => IdentifierError::Character {
                character: character.to_owned(),
                expected,
            },
            None => IdentifierError::Structure { expected },
        }
    })
}

/// The form of each accepted scheme, for messages; none for an unknown one.
fn expected_form(kind: &str, scheme: &str) -> Option<&'static str> {
    Some(match (kind, scheme) {
        ("id", "sgtin") => {
            "urn:epc:id:sgtin:CompanyPrefix.ItemReference.SerialNumber with 13 digits before the serial number of 1 to 20 characters"
        }
        ("id", "sscc") => "urn:epc:id:sscc:CompanyPrefix.SerialReference with 17 digits",
        ("id", "sgln") => {
            "urn:epc:id:sgln:CompanyPrefix.LocationReference.Extension with 12 digits before the extension of 1 to 20 characters"
        }
        ("id", "grai") => {
            "urn:epc:id:grai:CompanyPrefix.AssetType.SerialNumber with 12 digits before the serial number of 1 to 16 characters"
        }
        ("id", "giai") => "urn:epc:id:giai:CompanyPrefix.AssetReference with at most 30 characters",
        ("id", "gsrn") => "urn:epc:id:gsrn:CompanyPrefix.ServiceReference with 17 digits",
        ("id", "gsrnp") => "urn:epc:id:gsrnp:CompanyPrefix.ServiceReference with 17 digits",
        ("id", "gdti") => {
            "urn:epc:id:gdti:CompanyPrefix.DocumentType.SerialNumber with 12 digits before the serial number of 1 to 17 characters"
        }
        ("id", "cpi") => {
            "urn:epc:id:cpi:CompanyPrefix.PartReference.SerialNumber with at most 30 characters before the serial number of 1 to 12 digits"
        }
        ("id", "sgcn") => {
            "urn:epc:id:sgcn:CompanyPrefix.CouponReference.SerialNumber with 12 digits before the serial number of 1 to 12 digits"
        }
        ("id", "ginc") => {
            "urn:epc:id:ginc:CompanyPrefix.ConsignmentReference with at most 30 characters"
        }
        ("id", "gsin") => "urn:epc:id:gsin:CompanyPrefix.ShipperReference with 16 digits",
        ("id", "itip") => {
            "urn:epc:id:itip:CompanyPrefix.ItemReference.Piece.Total.SerialNumber with 13, 2 and 2 digits before the serial number of 1 to 20 characters"
        }
        ("id", "upui") => {
            "urn:epc:id:upui:CompanyPrefix.ItemReference.SerialNumber with 13 digits before the serial number of 1 to 28 characters"
        }
        ("id", "pgln") => "urn:epc:id:pgln:CompanyPrefix.PartyReference with 12 digits",
        ("id", "gid") => "urn:epc:id:gid:ManagerNumber.ObjectClass.SerialNumber, all numbers",
        ("id", "usdod") => "urn:epc:id:usdod:CageCode.SerialNumber",
        ("id", "adi") => "urn:epc:id:adi:CageCode.PartNumber.SerialNumber",
        ("id", "bic") => "urn:epc:id:bic:OwnerCategorySerialCheck, four letters and seven digits",
        ("id", "imovn") => "urn:epc:id:imovn:VesselNumber with 7 digits",
        ("class", "lgtin") => {
            "urn:epc:class:lgtin:CompanyPrefix.ItemReference.Lot with 13 digits before the lot of 1 to 20 characters"
        }
        ("idpat", "sgtin" | "upui") => {
            "urn:epc:idpat:sgtin:CompanyPrefix.ItemReference.* with 13 digits"
        }
        ("idpat", "grai" | "gdti" | "sgcn") => {
            "urn:epc:idpat:scheme:CompanyPrefix.Reference.* with 12 digits"
        }
        ("idpat", "itip") => {
            "urn:epc:idpat:itip:CompanyPrefix.ItemReference.Piece.Total.* with 13, 2 and 2 digits"
        }
        ("idpat", "cpi") => "urn:epc:idpat:cpi:CompanyPrefix.PartReference.*",
        _ => return None,
    })
}

/// The Digital Link of an accepted scheme: none when the structure is broken, none inside when the scheme holds
/// no GS1 key.
fn convert(kind: &str, scheme: &str, body: &str) -> Option<Option<String>> {
    let link = match (kind, scheme) {
        ("id", "sgtin") => gtin_with(body, "/21/", 20),
        ("id", "upui") => gtin_with(body, "/235/", 28),
        ("class", "lgtin") => gtin_with(body, "/10/", 20),
        ("idpat", "sgtin" | "upui") => {
            let (gtin, rest) = gtin(body)?;
            (rest? == "*").then(|| link("01", &gtin))
        }
        ("id", "itip") => {
            let (mut itip, serial) = itip(body)?;
            itip.push_str("/21/");
            appended(itip, serial, CharacterSet::Set82, 20)
        }
        ("idpat", "itip") => {
            let (itip, serial) = itip(body)?;
            (serial == "*").then_some(itip)
        }
        ("id", "sscc") => without_rest("00", indicator_first(body, 17)?),
        ("id", "gsin") => without_rest("402", company_first(body, 16)?),
        ("id", "gsrn") => without_rest("8018", company_first(body, 17)?),
        ("id", "gsrnp") => without_rest("8017", company_first(body, 17)?),
        ("id", "pgln") => without_rest("417", company_first(body, 12)?),
        ("id", "sgln") => {
            let (gln, extension) = company_first(body, 12)?;
            match extension? {
                "0" => Some(link("414", &gln)),
                extension => appended(
                    link("414", &gln) + "/254/",
                    extension,
                    CharacterSet::Set82,
                    20,
                ),
            }
        }
        ("id", "grai") => with_serial("8003/0", body, CharacterSet::Set82, 16),
        ("id", "gdti") => with_serial("253/", body, CharacterSet::Set82, 17),
        ("id", "sgcn") => with_serial("255/", body, CharacterSet::Digits, 12),
        ("idpat", "grai") => pattern("8003/0", body),
        ("idpat", "gdti") => pattern("253/", body),
        ("idpat", "sgcn") => pattern("255/", body),
        ("id", "giai") => free_key("8004/", body),
        ("id", "ginc") => free_key("401/", body),
        ("id", "cpi") => {
            let (part, serial) = body.rsplit_once('.')?;
            appended(
                component_part(part)? + "/8011/",
                serial,
                CharacterSet::Digits,
                12,
            )
        }
        ("idpat", "cpi") => component_part(body.strip_suffix(".*")?),
        _ => return keyless(scheme, body).then_some(None),
    };
    link.map(Some)
}

fn link(application_identifier: &str, value: &str) -> String {
    ["https://id.gs1.org/", application_identifier, "/", value].concat()
}

fn is_company_prefix(text: &str) -> bool {
    (6..=12).contains(&text.len()) && all_digits(text)
}

/// Splits `CompanyPrefix.Reference[.Rest]` whose first two parts have `digits` digits together.
fn company_and_reference(body: &str, digits: usize) -> Option<(&str, &str, Option<&str>)> {
    let (company, tail) = body.split_once('.')?;
    let (reference, rest) = match tail.split_once('.') {
        Some((reference, rest)) => (reference, Some(rest)),
        None => (tail, None),
    };
    let fits = is_company_prefix(company)
        && all_digits(reference)
        && company.len() + reference.len() == digits;
    fits.then_some((company, reference, rest))
}

/// A key of company prefix, reference and check digit, and what follows it.
fn company_first(body: &str, digits: usize) -> Option<(String, Option<&str>)> {
    let (company, reference, rest) = company_and_reference(body, digits)?;
    let mut key = [company, reference].concat();
    key.push(check_digit(&key));
    Some((key, rest))
}

/// A key that moves the first digit of the reference, its indicator or extension, to the front.
fn indicator_first(body: &str, digits: usize) -> Option<(String, Option<&str>)> {
    let (company, reference, rest) = company_and_reference(body, digits)?;
    let (indicator, reference) = reference.split_at_checked(1)?;
    let mut key = [indicator, company, reference].concat();
    key.push(check_digit(&key));
    Some((key, rest))
}

fn gtin(body: &str) -> Option<(String, Option<&str>)> {
    indicator_first(body, 13)
}

fn gtin_with(body: &str, qualifier: &str, max_characters: usize) -> Option<String> {
    let (gtin, rest) = gtin(body)?;
    appended(
        link("01", &gtin) + qualifier,
        rest?,
        CharacterSet::Set82,
        max_characters,
    )
}

/// The link of an individual trade item piece, and its serial number.
fn itip(body: &str) -> Option<(String, &str)> {
    let (gtin, rest) = gtin(body)?;
    let mut parts = rest?.splitn(3, '.');
    let (piece, total, serial) = (parts.next()?, parts.next()?, parts.next()?);
    let two_digits = |text: &str| text.len() == 2 && all_digits(text);
    if !two_digits(piece) || !two_digits(total) {
        return None;
    }
    Some((link("8006", &gtin) + piece + total, serial))
}

fn without_rest(
    application_identifier: &str,
    (key, rest): (String, Option<&str>),
) -> Option<String> {
    rest.is_none().then(|| link(application_identifier, &key))
}

/// A key of 13 digits after `path`, with the serial number joined to it.
fn with_serial(path: &str, body: &str, set: CharacterSet, max_characters: usize) -> Option<String> {
    let (key, serial) = company_first(body, 12)?;
    let start = ["https://id.gs1.org/", path, &key].concat();
    appended(start, serial?, set, max_characters)
}

fn pattern(path: &str, body: &str) -> Option<String> {
    let (key, serial) = company_first(body, 12)?;
    (serial? == "*").then(|| ["https://id.gs1.org/", path, &key].concat())
}

/// A key of a company prefix and any characters.
fn free_key(path: &str, body: &str) -> Option<String> {
    let (company, reference) = body
        .split_once('.')
        .filter(|(company, _)| is_company_prefix(company))?;
    let start = ["https://id.gs1.org/", path, company].concat();
    appended(
        start,
        reference,
        CharacterSet::Set82,
        MAX_FREE_KEY_CHARACTERS - company.len(),
    )
}

fn component_part(body: &str) -> Option<String> {
    let (company, part) = body
        .split_once('.')
        .filter(|(company, _)| is_company_prefix(company))?;
    let start = link("8010", company);
    appended(
        start,
        part,
        CharacterSet::Set39,
        MAX_FREE_KEY_CHARACTERS - company.len(),
    )
}

/// `start` followed by `part`, which must have 1 to `max_characters` characters of `set`.
fn appended(
    mut start: String,
    part: &str,
    set: CharacterSet,
    max_characters: usize,
) -> Option<String> {
    let count = append_canonical(&mut start, part, set)?;
    (1..=max_characters).contains(&count).then_some(start)
}

/// Whether an EPC of a scheme without a GS1 key has its structure.
fn keyless(scheme: &str, body: &str) -> bool {
    let part = |text: &str| {
        append_canonical(&mut String::new(), text, CharacterSet::Set82)
            .is_some_and(|count| count > 0)
    };
    match scheme {
        "gid" => {
            body.split('.').count() == 3
                && body
                    .split('.')
                    .all(|number| !number.is_empty() && all_digits(number))
        }
        "usdod" => body.split_once('.').is_some_and(|(cage, serial)| {
            (5..=6).contains(&cage.len()) && part(cage) && !serial.is_empty() && all_digits(serial)
        }),
        "adi" => body.splitn(3, '.').count() == 3 && is_aerospace_body(body),
        "bic" => {
            let (letters, digits) = body.split_at_checked(4).unwrap_or_default();
            letters.len() == 4
                && letters.bytes().all(|byte| byte.is_ascii_uppercase())
                && digits.len() == 7
                && all_digits(digits)
        }
        "imovn" => body.len() == 7 && all_digits(body),
        _ => false,
    }
}

/// `CageCode.PartNumber.SerialNumber`, the part number possibly empty, the serial number possibly behind `%23`.
fn is_aerospace_body(body: &str) -> bool {
    let upper =
        |text: &str| append_canonical(&mut String::new(), text, CharacterSet::Set39).is_some();
    let mut parts = body.splitn(3, '.');
    let (cage, part, serial) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    (5..=6).contains(&cage.len())
        && upper(cage)
        && upper(part)
        && !serial.is_empty()
        && upper(serial)
}
