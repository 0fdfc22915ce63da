//! GS1 Digital Link URIs and their constrained canonical form.
//!
//! Source: GS1 Digital Link Standard: URI Syntax 1.2, keys, their qualifiers, the names that stand for
//! their numbers, and section 4.11 (canonical form); CBV 2.0 event hash, rule 18 (only the finest level of
//! identification stays).

use super::IdentifierError;
use super::characters::{CharacterSet, all_digits, append_canonical, check_digit};

/// A primary key that a Digital Link can hold.
struct Key {
    application_identifier: &'static str,
    /// The name that may stand in place of the number.
    name: &'static str,
    /// Digits at the start, the last of them a check digit; zero when there is none.
    checked_digits: usize,
    /// What may follow those digits.
    rest: CharacterSet,
    /// Least and most characters of that.
    rest_characters: (usize, usize),
    /// Qualifiers that may follow the key.
    qualifiers: &'static [Qualifier],
}

/// A key qualifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Qualifier {
    /// 22, consumer product variant; no finer identification of its own.
    Variant,
    /// 10, batch or lot.
    Lot,
    /// 21, serial number.
    Serial,
    /// 235, third party controlled serial number.
    ThirdPartySerial,
    /// 254, extension of a location.
    LocationExtension,
    /// 8011, serial number of a component or part.
    PartSerial,
    /// 8019, instance of a service relation; not kept.
    ServiceInstance,
}

use Qualifier::{
    LocationExtension, Lot, PartSerial, Serial, ServiceInstance, ThirdPartySerial, Variant,
};

const fn fixed(
    application_identifier: &'static str,
    name: &'static str,
    digits: usize,
    qualifiers: &'static [Qualifier],
) -> Key {
    Key {
        application_identifier,
        name,
        checked_digits: digits,
        rest: CharacterSet::Digits,
        rest_characters: (0, 0),
        qualifiers,
    }
}

const KEYS: [Key; 14] = [
    fixed("01", "gtin", 14, &[Variant, Lot, Serial, ThirdPartySerial]),
    fixed("00", "sscc", 18, &[]),
    fixed("414", "gln", 13, &[LocationExtension]),
    fixed("417", "party", 13, &[]),
    fixed("402", "gsin", 17, &[]),
    fixed("8017", "gsrnp", 18, &[ServiceInstance]),
    fixed("8018", "gsrn", 18, &[ServiceInstance]),
    Key {
        rest: CharacterSet::Set82,
        rest_characters: (0, 17),
        ..fixed("253", "gdti", 13, &[])
    },
    Key {
        rest_characters: (0, 12),
        ..fixed("255", "gcn", 13, &[])
    },
    Key {
        rest: CharacterSet::Set82,
        rest_characters: (0, 16),
        ..fixed("8003", "grai", 14, &[])
    },
    Key {
        rest_characters: (4, 4),
        ..fixed("8006", "itip", 14, &[Variant, Lot, Serial])
    },
    Key {
        rest: CharacterSet::Set82,
        rest_characters: (5, 30),
        ..fixed("401", "ginc", 0, &[])
    },
    Key {
        rest: CharacterSet::Set82,
        rest_characters: (5, 30),
        ..fixed("8004", "giai", 0, &[])
    },
    Key {
        rest: CharacterSet::Set39,
        rest_characters: (5, 30),
        ..fixed("8010", "cpid", 0, &[PartSerial])
    },
];

/// Shortest company prefix with which a key without check digit begins: fewer digits are no GS1 key.
const MIN_COMPANY_DIGITS: usize = 4;

/// A constrained canonical Digital Link.
pub(super) struct Link {
    pub(super) text: String,
    /// Whether its key can be one: the check digit is right.
    pub(super) is_key: bool,
}

/// The canonical form of a Digital Link of any domain, or none when `text` is no Digital Link.
///
/// A path of another domain that merely resembles one is an ordinary web address. `id.gs1.org` serves nothing
/// but Digital Links, so there a broken key is an error.
///
/// # Errors
/// [`IdentifierError::DigitalLink`] and [`IdentifierError::CheckDigit`], for links at `id.gs1.org` only.
pub(super) fn canonical(text: &str) -> Result<Option<Link>, IdentifierError> {
    // A scheme is the same in capitals, in which QR codes have them (RFC 3986, section 3.1).
    let is_web = |scheme: &str| {
        ["https", "http"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
    };
    let Some((_, rest)) = text.split_once("://").filter(|(scheme, _)| is_web(scheme)) else {
        return Ok(None);
    };
    let before_query = rest.split(['?', '#']).next().unwrap_or_default();
    let Some((host, path)) = before_query.split_once('/') else {
        return Ok(None);
    };
    let at_gs1 = host.eq_ignore_ascii_case("id.gs1.org");
    let mut segments = path.split('/');
    while let Some(segment) = segments.next() {
        let Some(key) = KEYS
            .iter()
            .find(|key| key.application_identifier == segment || key.name == segment)
        else {
            continue;
        };
        match key.link(segments.clone()) {
            Some(link) => {
                let verified = key.verify(&link);
                if at_gs1 {
                    verified.clone()?;
                }
                return Ok(Some(Link {
                    text: link,
                    is_key: verified.is_ok(),
                }));
            }
            None if at_gs1 => {
                return Err(IdentifierError::DigitalLink {
                    application_identifier: key.application_identifier,
                });
            }
            None => {}
        }
    }
    Ok(None)
}

const CANONICAL_START: &str = "https://id.gs1.org/";

/// What a canonical link names without the qualifiers behind its key; any other text unchanged.
pub(super) fn without_qualifiers(canonical: &str) -> &str {
    let key = canonical.strip_prefix(CANONICAL_START);
    let end = key.and_then(|key| key.match_indices('/').nth(1));
    let end = end.map(|(at, _)| CANONICAL_START.len() + at);
    end.and_then(|end| canonical.get(..end))
        .unwrap_or(canonical)
}

/// Whether a canonical link names a class of objects, or a single object; none if it is no canonical link. Each EPC scheme
/// for classes or patterns has a link that is a class by this, and each for single objects one that is none.
pub(super) fn is_class(canonical: &str) -> Option<bool> {
    let mut parts = canonical.strip_prefix(CANONICAL_START)?.split('/');
    let (identifier, value) = (parts.next()?, parts.next()?);
    let key = KEYS
        .iter()
        .find(|key| key.application_identifier == identifier)?;
    let qualifier = parts.next().and_then(Qualifier::named);
    Some(match (qualifier, identifier) {
        (Some(qualifier), _) => qualifier == Lot,
        (None, "01" | "8006" | "8010") => true,
        // The serial number stands behind the digits of these.
        (None, "253" | "255" | "8003") => value.len() == key.checked_digits,
        (None, _) => false,
    })
}

impl Key {
    /// The canonical link of this key with the value and qualifiers in `segments`.
    fn link<'s>(&self, mut segments: impl Iterator<Item = &'s str>) -> Option<String> {
        let value = segments.next()?;
        let mut link = String::with_capacity(CANONICAL_START.len() + value.len() + 32);
        link.push_str(CANONICAL_START);
        link.push_str(self.application_identifier);
        link.push('/');
        self.append_value(&mut link, value)?;
        let mut finest: Option<(Qualifier, &str)> = None;
        while let Some(name) = segments.next() {
            let Some(value) = segments.next() else {
                // A slash at the very end changes nothing; anything else is a qualifier without value.
                if name.is_empty() { break } else { return None }
            };
            let qualifier =
                Qualifier::named(name).filter(|qualifier| self.qualifiers.contains(qualifier))?;
            qualifier.append(&mut String::new(), value)?;
            // Qualifiers stand in the order of their fineness, none twice.
            if finest.is_some_and(|(known, _)| known.fineness() >= qualifier.fineness()) {
                return None;
            }
            finest = Some((qualifier, value));
        }
        if let Some((qualifier, value)) = finest.filter(|(qualifier, _)| qualifier.fineness() > 0) {
            qualifier.append(&mut link, value)?;
        }
        Some(link)
    }

    fn append_value(&self, link: &mut String, value: &str) -> Option<()> {
        if self.application_identifier == "01" {
            // Shorter trade item numbers are filled with zeros to 14 digits.
            let zeros = match value.len() {
                8 => "000000",
                12 => "00",
                13 => "0",
                14 => "",
                _ => return None,
            };
            link.push_str(zeros);
            link.push_str(value);
            return all_digits(value).then_some(());
        }
        let company_digits = if self.checked_digits == 0 {
            MIN_COMPANY_DIGITS
        } else {
            self.checked_digits
        };
        let (start, _) = value.split_at_checked(company_digits)?;
        if !all_digits(start) {
            return None;
        }
        let (digits, rest) = value.split_at_checked(self.checked_digits)?;
        link.push_str(digits);
        let count = append_canonical(link, rest, self.rest)?;
        (self.rest_characters.0..=self.rest_characters.1)
            .contains(&count)
            .then_some(())
    }

    /// Checks the check digit of a canonical link of this key.
    fn verify(&self, link: &str) -> Result<(), IdentifierError> {
        let start = CANONICAL_START.len() + self.application_identifier.len() + 1;
        let digits = link
            .get(start..start + self.checked_digits)
            .unwrap_or_default();
        let Some((body, found)) = digits
            .len()
            .checked_sub(1)
            .and_then(|last| digits.split_at_checked(last))
        else {
            return Ok(());
        };
        let expected = check_digit(body);
        if found.starts_with(expected) {
            return Ok(());
        }
        Err(IdentifierError::CheckDigit {
            key: digits.to_string(),
            expected,
        })
    }
}

impl Qualifier {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "22" | "cpv" => Variant,
            "10" | "lot" => Lot,
            "21" | "ser" => Serial,
            "235" => ThirdPartySerial,
            "254" => LocationExtension,
            "8011" => PartSerial,
            "8019" => ServiceInstance,
            _ => return None,
        })
    }

    /// Of several qualifiers the one that names the fewest things stays; those of fineness zero never do.
    fn fineness(self) -> u8 {
        match self {
            Variant | ServiceInstance => 0,
            Lot => 1,
            Serial | ThirdPartySerial | LocationExtension | PartSerial => 2,
        }
    }

    /// Appends `/qualifier/value` in canonical spelling; none when the value has a wrong character or length.
    fn append(self, link: &mut String, value: &str) -> Option<()> {
        let (path, set, max_characters) = match self {
            Variant => ("/22/", CharacterSet::Set82, 20),
            Lot => ("/10/", CharacterSet::Set82, 20),
            Serial => ("/21/", CharacterSet::Set82, 20),
            ThirdPartySerial => ("/235/", CharacterSet::Set82, 28),
            LocationExtension => ("/254/", CharacterSet::Set82, 20),
            PartSerial => ("/8011/", CharacterSet::Digits, 12),
            ServiceInstance => ("/8019/", CharacterSet::Digits, 10),
        };
        link.push_str(path);
        let count = append_canonical(link, value, set)?;
        (1..=max_characters).contains(&count).then_some(())
    }
}
