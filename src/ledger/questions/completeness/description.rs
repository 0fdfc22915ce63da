//! What a description has to say, and the attributes of master data that say it.
//!
//! A product description names the product. A location description has the business name, the phone number, the
//! street address or coordinates, and the city, with state and postal code in the United States and the country
//! elsewhere (21 CFR 1.1310). Attributes count by their last word, whatever their namespace.

use std::collections::BTreeSet;

use crate::records::epcis::{Attribute, AttributeValue};

/// A part of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DescriptionPart {
    /// What the product is called.
    ProductName,
    /// What the place or party is called.
    BusinessName,
    /// Its phone number.
    Phone,
    /// Its street address; coordinates stand for it.
    Street,
    /// Its city.
    City,
    /// Its state or region.
    State,
    /// Its postal code.
    PostalCode,
    /// Its country.
    Country,
}

/// What is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A product.
    Product,
    /// A place or a party.
    Location,
}

/// What is said of something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    parts: BTreeSet<DescriptionPart>,
    has_latitude: bool,
    has_longitude: bool,
    is_domestic: bool,
}

/// The country whose rule this is, as its codes are written.
const DOMESTIC: [&str; 3] = ["US", "USA", "840"];

impl DescriptionPart {
    /// All parts.
    pub const ALL: [Self; 8] = [
        Self::ProductName,
        Self::BusinessName,
        Self::Phone,
        Self::Street,
        Self::City,
        Self::State,
        Self::PostalCode,
        Self::Country,
    ];

    /// The names of the attributes that tell it: the first is the one to write, and without its namespace in
    /// any case of letters each counts.
    pub fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::ProductName => &[
                "descriptionShort",
                "tradeItemDescription",
                "functionalName",
                "regulatedProductName",
                "productName",
                "productDescription",
                "speciesForFisheryStatisticsPurposesName",
                "name",
            ],
            Self::BusinessName => &["name", "businessName", "organizationName"],
            Self::Phone => &["telephone", "telephoneNumber", "phone", "phoneNumber"],
            Self::Street => &["streetAddressOne", "streetAddress", "address"],
            Self::City => &["city", "addressLocality"],
            Self::State => &["state", "addressRegion"],
            Self::PostalCode => &["postalCode"],
            Self::Country => &["countryCode", "country", "addressCountry"],
        }
    }

    /// Whether an attribute of this name, without its namespace, tells it.
    fn is_told_by(self, name: &str) -> bool {
        let mut names = self.attributes().iter();
        names.any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Whether a field of the instance or lot master data of an event names the product: `name` alone may be that of
/// anything there.
pub(super) fn names_product(local_name: &str) -> bool {
    !local_name.eq_ignore_ascii_case("name") && DescriptionPart::ProductName.is_told_by(local_name)
}

/// The last word of a name: what stands behind its namespace.
pub(in crate::ledger::questions) fn last_word(name: &str) -> &str {
    name.rsplit(['}', '#', ':', '/']).next().unwrap_or(name)
}

impl Said {
    /// What attributes say. One without a text or number says nothing.
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let mut said = Self::default();
        for attribute in attributes {
            let value = match &attribute.value {
                AttributeValue::Text(text) => text.trim().to_owned(),
                AttributeValue::Number(number) => number.to_string(),
                AttributeValue::None | AttributeValue::Object => continue,
            };
            if !value.is_empty() {
                said.take(last_word(&attribute.id), &value);
            }
        }
        said
    }

    fn take(&mut self, name: &str, value: &str) {
        self.has_latitude |= name.eq_ignore_ascii_case("latitude");
        self.has_longitude |= name.eq_ignore_ascii_case("longitude");
        for part in DescriptionPart::ALL {
            if part.is_told_by(name) {
                self.parts.insert(part);
                self.is_domestic |= part == DescriptionPart::Country
                    && DOMESTIC.iter().any(|code| code.eq_ignore_ascii_case(value));
            }
        }
    }

    /// With what the same member says elsewhere.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.parts.extend(&other.parts);
        self.has_latitude |= other.has_latitude;
        self.has_longitude |= other.has_longitude;
        self.is_domestic |= other.is_domestic;
        self
    }

    /// Whether it says nothing that a description is made of.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && !self.has_latitude && !self.has_longitude
    }

    /// What it lacks of the description of `of`.
    pub(super) fn lacks(&self, subject: Subject, of: &str) -> Vec<DescriptionPart> {
        use DescriptionPart::{
            BusinessName, City, Country, Phone, PostalCode, ProductName, State, Street,
        };
        let required: &[DescriptionPart] = match subject {
            Subject::Product => &[ProductName],
            Subject::Location => {
                let has_code = self.parts.contains(&State) && self.parts.contains(&PostalCode);
                match self.parts.contains(&Country) {
                    true if self.is_domestic => {
                        &[BusinessName, Phone, Street, City, State, PostalCode]
                    }
                    false if !has_code => &[BusinessName, Phone, Street, City, Country],
                    _ => &[BusinessName, Phone, Street, City],
                }
            }
        };
        let has_coordinates = of.starts_with("geo:") || (self.has_latitude && self.has_longitude);
        let is_told = |part: &DescriptionPart| {
            self.parts.contains(part) || (*part == Street && has_coordinates)
        };
        required
            .iter()
            .copied()
            .filter(|part| !is_told(part))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Decimal;

    fn said(attributes: &[(&str, &str)]) -> Said {
        let attribute = |(id, value): &(&str, &str)| Attribute {
            id: (*id).into(),
            value: AttributeValue::Text((*value).into()),
        };
        Said::of(&attributes.iter().map(attribute).collect::<Vec<_>>())
    }

    const HERE: [(&str, &str); 4] = [
        ("urn:epcglobal:cbv:mda:name", "Packhouse"),
        ("urn:epcglobal:cbv:mda#telephone", "+1 555 0100"),
        ("https://ref.gs1.org/voc/streetAddress", "1 Field Road"),
        ("urn:epcglobal:cbv:mda:CITY", "Salinas"),
    ];

    #[test]
    fn a_location_is_described_as_the_rule_of_its_country_asks() {
        use DescriptionPart::{Country, PostalCode, State};
        let with = |more: &[(&str, &str)]| said(&[HERE.as_slice(), more].concat());
        let lacks = |more: &[(&str, &str)]| with(more).lacks(Subject::Location, "urn:x:a");
        assert_eq!(lacks(&[]), [Country]);
        assert_eq!(lacks(&[("x:countryCode", "DK")]), []);
        assert_eq!(lacks(&[("x:countryCode", "us")]), [State, PostalCode]);
        let code = [("x:state", "CA"), ("x:postalCode", "93901")];
        assert_eq!(lacks(&code), []);
        assert_eq!(
            lacks(&[code.as_slice(), &[("x:countryCode", "US")]].concat()),
            []
        );
    }

    #[test]
    fn coordinates_stand_for_a_street_and_blank_values_for_nothing() {
        use DescriptionPart::{BusinessName, City, Country, Phone, Street};
        let all = [BusinessName, Phone, Street, City, Country];
        assert_eq!(Said::default().lacks(Subject::Location, "urn:x:a"), all);
        assert!(said(&[("x:name", " ")]).is_empty());
        let number = |id: &str| Attribute {
            id: id.into(),
            value: AttributeValue::Number(Decimal::from(7)),
        };
        let half = Said::of(&[number("x:latitude")]);
        assert!(!half.is_empty());
        assert_eq!(half.lacks(Subject::Location, "urn:x:a"), all);
        let whole = half.and(&Said::of(&[number("x:longitude")]));
        let rest = [BusinessName, Phone, City, Country];
        assert_eq!(whole.lacks(Subject::Location, "urn:x:a"), rest);
        assert_eq!(
            Said::default().lacks(Subject::Location, "geo:55.1,12.2"),
            rest
        );
    }

    #[test]
    fn a_product_is_described_by_any_of_its_names() {
        use DescriptionPart::ProductName;
        assert_eq!(
            said(&[("x:netWeight", "5"), ("x:brandName", "B")]).lacks(Subject::Product, "urn:x:a"),
            [ProductName]
        );
        for name in ProductName.attributes() {
            let id = format!("urn:epcglobal:cbv:mda#{name}");
            assert_eq!(
                said(&[(&id, "Beans")]).lacks(Subject::Product, "urn:x:a"),
                []
            );
            assert_eq!(names_product(name), *name != "name");
        }
        let none = Attribute {
            id: "x:descriptionShort".into(),
            value: AttributeValue::Object,
        };
        assert!(Said::of(&[none]).is_empty());
    }
}
