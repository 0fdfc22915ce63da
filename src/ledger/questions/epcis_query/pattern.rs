//! EPC patterns: what `urn:epc:idpat:` URIs match (EPC Tag Data Standard 2.0, pure identity patterns; EPCIS
//! 2.0, section 8.2.7.1.1).
//!
//! Events are compared in canonical form, in which a GS1 key does not tell where its company prefix ends. So a
//! pattern of a company prefix matches the keys whose digits begin with it.

use crate::records::epcis::Identifier;

/// A pattern of identifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EpcPattern {
    /// What comes first.
    start: String,
    /// Whether a digit that the pattern does not give stands before the company prefix.
    has_indicator: bool,
    /// The company prefix, if the pattern gives it.
    company: String,
    /// The qualifier that instances of the scheme have.
    qualifier: Option<&'static str>,
}

/// A scheme whose patterns are understood.
struct Scheme {
    name: &'static str,
    /// What its canonical identifiers begin with.
    start: &'static str,
    has_indicator: bool,
    qualifier: Option<&'static str>,
    /// How many parts an identifier has.
    parts: usize,
}

const fn scheme(
    name: &'static str,
    start: &'static str,
    has_indicator: bool,
    qualifier: Option<&'static str>,
    parts: usize,
) -> Scheme {
    Scheme {
        name,
        start,
        has_indicator,
        qualifier,
        parts,
    }
}

const SCHEMES: [Scheme; 16] = [
    scheme("sgtin", "https://id.gs1.org/01/", true, Some("/21/"), 3),
    scheme("upui", "https://id.gs1.org/01/", true, Some("/235/"), 3),
    scheme("itip", "https://id.gs1.org/8006/", true, Some("/21/"), 5),
    scheme("sscc", "https://id.gs1.org/00/", true, None, 2),
    scheme("sgln", "https://id.gs1.org/414/", false, None, 3),
    scheme("grai", "https://id.gs1.org/8003/0", false, None, 3),
    scheme("gdti", "https://id.gs1.org/253/", false, None, 3),
    scheme("sgcn", "https://id.gs1.org/255/", false, None, 3),
    scheme("giai", "https://id.gs1.org/8004/", false, None, 2),
    scheme("ginc", "https://id.gs1.org/401/", false, None, 2),
    scheme("gsin", "https://id.gs1.org/402/", false, None, 2),
    scheme("gsrn", "https://id.gs1.org/8018/", false, None, 2),
    scheme("gsrnp", "https://id.gs1.org/8017/", false, None, 2),
    scheme("pgln", "https://id.gs1.org/417/", false, None, 2),
    scheme("cpi", "https://id.gs1.org/8010/", false, Some("/8011/"), 3),
    scheme("gid", "urn:epc:id:gid:", false, None, 3),
];

const IDPAT: &str = "urn:epc:idpat:";

impl EpcPattern {
    /// Whether a text is a pattern of any kind.
    pub(super) fn is_one(text: &str) -> bool {
        text.starts_with(IDPAT) || text.starts_with("urn:epc:pat:")
    }

    /// Reads a pattern.
    ///
    /// # Errors
    /// Why it is not understood, for people.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let pattern = text.strip_prefix(IDPAT).ok_or(
            "patterns of tag encodings (urn:epc:pat:) are not supported, use urn:epc:idpat:",
        )?;
        let (name, body) = pattern.split_once(':').ok_or("a pattern has a scheme")?;
        let Some(scheme) = SCHEMES.iter().find(|scheme| scheme.name == name) else {
            return Err(format!("patterns of the scheme {name:?} are not supported"));
        };
        let parts: Vec<&str> = body.split('.').collect();
        let known = parts.iter().take_while(|part| **part != "*").count();
        let is_open = parts.iter().skip(known).all(|part| *part == "*");
        if parts.len() != scheme.parts || !is_open || known == parts.len() {
            return Err(format!(
                "a pattern of {name} has {} parts between dots, the last of them *, and no other behind a *",
                scheme.parts
            ));
        }
        let given = parts.get(..known).unwrap_or_default();
        match given {
            [] => Ok(scheme.pattern(String::new())),
            [number] if scheme.name == "gid" => scheme.numbers(&[*number]),
            [manager, class] if scheme.name == "gid" => scheme.numbers(&[*manager, *class]),
            [company] => {
                let is_company = (6..=12).contains(&company.len())
                    && company.bytes().all(|byte| byte.is_ascii_digit());
                if !is_company {
                    return Err(format!(
                        "{company:?} is no company prefix of 6 to 12 digits"
                    ));
                }
                Ok(scheme.pattern((*company).to_owned()))
            }
            given if known + 1 == scheme.parts => scheme.whole_class(given),
            _ => Err(format!(
                "a pattern of {name} leaves open the serial number alone, or all but the company prefix"
            )),
        }
    }

    /// Whether a canonical identifier of a single object matches.
    pub(super) fn matches_instance(&self, canonical: &str) -> bool {
        self.rest(canonical)
            .is_some_and(|rest| match self.qualifier {
                Some(qualifier) => rest.contains(qualifier),
                None => !rest.is_empty(),
            })
    }

    /// Whether a canonical identifier of a class matches.
    pub(super) fn matches_class(&self, canonical: &str) -> bool {
        self.rest(canonical)
            .is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
    }

    fn rest<'c>(&self, canonical: &'c str) -> Option<&'c str> {
        let mut rest = canonical.strip_prefix(self.start.as_str())?;
        if self.has_indicator {
            let (indicator, others) = rest.split_at_checked(1)?;
            if !indicator.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            rest = others;
        }
        rest.strip_prefix(self.company.as_str())
    }
}

impl Scheme {
    fn pattern(&self, company: String) -> EpcPattern {
        EpcPattern {
            start: self.start.to_owned(),
            has_indicator: self.has_indicator,
            company,
            qualifier: self.qualifier,
        }
    }

    /// The pattern of general identifiers, which have no canonical form of their own.
    fn numbers(&self, given: &[&str]) -> Result<EpcPattern, String> {
        let is_number =
            |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !given.iter().all(is_number) {
            return Err("general identifiers are made of numbers".to_owned());
        }
        let start = [self.start, &given.join("."), "."].concat();
        Ok(EpcPattern {
            start,
            has_indicator: false,
            company: String::new(),
            qualifier: None,
        })
    }

    /// The pattern that leaves nothing open but the serial number: what all such identifiers begin with is
    /// told by one of them.
    fn whole_class(&self, given: &[&str]) -> Result<EpcPattern, String> {
        const SERIAL: &str = "0";
        let one = ["urn:epc:id:", self.name, ":", &given.join("."), ".", SERIAL].concat();
        let identifier = Identifier::parse(&one).map_err(|fault| fault.to_string())?;
        let canonical = identifier.canonical();
        // A location without extension has no serial number in its link: what is left open begins with the
        // check digit, which the digits before it give.
        let open = match self.name {
            "sgln" => canonical.len().saturating_sub(1),
            _ => canonical.len().saturating_sub(SERIAL.len()),
        };
        let start = canonical.get(..open).unwrap_or_default().to_owned();
        Ok(EpcPattern {
            start,
            has_indicator: false,
            company: String::new(),
            qualifier: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::epcis::canonical_identifier;

    fn matches(pattern: &str, epc: &str) -> bool {
        let pattern = EpcPattern::parse(pattern).unwrap();
        pattern.matches_instance(&canonical_identifier(epc))
    }

    #[test]
    fn patterns_match_what_they_leave_open() {
        let yes = [
            (
                "urn:epc:idpat:sgtin:9521001.011111.*",
                "urn:epc:id:sgtin:9521001.011111.7",
            ),
            (
                "urn:epc:idpat:sgtin:9521001.011111.*",
                "https://id.gs1.org/01/09521001111119/21/A%2FB",
            ),
            (
                "urn:epc:idpat:sgtin:9521001.*.*",
                "urn:epc:id:sgtin:9521001.411111.7",
            ),
            (
                "urn:epc:idpat:sgtin:*.*.*",
                "urn:epc:id:sgtin:9521001.411111.7",
            ),
            (
                "urn:epc:idpat:sscc:9521001.*",
                "urn:epc:id:sscc:9521001.0000000001",
            ),
            (
                "urn:epc:idpat:sgln:9521001.00009.*",
                "urn:epc:id:sgln:9521001.00009.0",
            ),
            (
                "urn:epc:idpat:sgln:9521001.00009.*",
                "urn:epc:id:sgln:9521001.00009.D4",
            ),
            (
                "urn:epc:idpat:grai:9521001.00777.*",
                "urn:epc:id:grai:9521001.00777.B1",
            ),
            (
                "urn:epc:idpat:grai:9521001.*.*",
                "urn:epc:id:grai:9521001.00777.B1",
            ),
            (
                "urn:epc:idpat:giai:9521001.*",
                "urn:epc:id:giai:9521001.TRUCK12",
            ),
            (
                "urn:epc:idpat:gid:95100000.12345.*",
                "urn:epc:id:gid:95100000.12345.400",
            ),
            (
                "urn:epc:idpat:gid:95100000.*.*",
                "urn:epc:id:gid:95100000.12345.400",
            ),
            (
                "urn:epc:idpat:cpi:9521001.A5.*",
                "urn:epc:id:cpi:9521001.A5.77",
            ),
            (
                "urn:epc:idpat:itip:9521001.012345.01.02.*",
                "urn:epc:id:itip:9521001.012345.01.02.X",
            ),
        ];
        for (pattern, epc) in yes {
            assert!(matches(pattern, epc), "{pattern} {epc}");
        }
        let no = [
            (
                "urn:epc:idpat:sgtin:9521001.011111.*",
                "urn:epc:id:sgtin:9521001.011112.7",
            ),
            (
                "urn:epc:idpat:sgtin:9521001.*.*",
                "urn:epc:id:sgtin:9521002.011111.7",
            ),
            (
                "urn:epc:idpat:sgtin:9521001.*.*",
                "urn:epc:id:sscc:9521001.0000000001",
            ),
            (
                "urn:epc:idpat:sgtin:*.*.*",
                "urn:epc:class:lgtin:9521001.012345.A1",
            ),
            (
                "urn:epc:idpat:grai:9521001.00777.*",
                "urn:epc:id:grai:9521001.00778.B1",
            ),
            (
                "urn:epc:idpat:gid:95100000.1234.*",
                "urn:epc:id:gid:95100000.12345.400",
            ),
            (
                "urn:epc:idpat:sgln:9521001.00009.*",
                "urn:epc:id:sgln:9521001.00008.0",
            ),
        ];
        for (pattern, epc) in no {
            assert!(!matches(pattern, epc), "{pattern} {epc}");
        }
    }

    #[test]
    fn a_pattern_of_a_company_matches_classes_without_lot() {
        let pattern = EpcPattern::parse("urn:epc:idpat:sgtin:9521001.*.*").unwrap();
        let class = canonical_identifier("urn:epc:idpat:sgtin:9521001.011111.*");
        assert!(pattern.matches_class(&class) && !pattern.matches_instance(&class));
        let lot = canonical_identifier("urn:epc:class:lgtin:9521001.012345.A1");
        assert!(!pattern.matches_class(&lot));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "urn:epc:pat:sgtin-96:3.9521001.011111.*",
            "urn:epc:idpat:usdod:CAGEY.*",
            "urn:epc:idpat:sgtin:9521001.011111.7",
            "urn:epc:idpat:sgtin:9521001.*.7",
            "urn:epc:idpat:sgtin:95.*.*",
            "urn:epc:idpat:sgtin:9521001.01111.*",
            "urn:epc:idpat:sgtin:9521001.*",
            "urn:epc:idpat:itip:9521001.012345.01.*.*",
            "urn:epc:idpat:gid:a.*.*",
            "urn:epc:idpat:",
        ] {
            assert!(EpcPattern::parse(text).is_err(), "{text}");
        }
    }
}
