//! The closed vocabularies of CBV 2.0 and the GS1 Web vocabulary that EPCIS fields draw from.

use std::borrow::Cow;
use std::fmt;

use super::context::Context;
use super::error::FieldFault;
use super::uri::{is_uri, with_lower_case};

#[cfg(test)]
mod tests;

/// One vocabulary: which words a field accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vocabulary {
    /// Business steps, CBV 2.0.
    BizStep,
    /// Dispositions, CBV 2.0.
    Disposition,
    /// Business transaction types, CBV 2.0.
    BizTransactionType,
    /// Source and destination types, CBV 2.0.
    SourceDestinationType,
    /// Reasons of an error declaration, CBV 2.0.
    ErrorReason,
    /// Components of vectors and positions, CBV 2.0.
    Component,
    /// Measurement types of sensor reports.
    MeasurementType,
    /// Alerts of sensor reports.
    SensorAlert,
}

/// A term of a vocabulary, standard or not, as a full URI.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VocabularyTerm(Cow<'static, str>);

impl VocabularyTerm {
    /// The term of a full URI.
    pub(super) fn of_uri(uri: String) -> Self {
        Self(Cow::Owned(uri))
    }

    /// The standard bare word that stands for the term in the JSON binding, if there is one.
    #[must_use]
    pub fn bare_word(uri: &str, vocabulary: Vocabulary) -> Option<&'static str> {
        let words = vocabulary.words().iter();
        words
            .filter(|(_, own)| *own == uri)
            .map(|(word, _)| *word)
            .next()
    }

    /// The full URI, such as `https://ref.gs1.org/cbv/BizStep-shipping`.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VocabularyTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Words with the full URI of each, sorted by word.
type Words = &'static [(&'static str, &'static str)];

macro_rules! words {
    ($namespace:literal: $($word:literal)*) => { &[$(($word, concat!($namespace, $word))),*] };
}

const BIZ_STEPS: Words = words!("https://ref.gs1.org/cbv/BizStep-":
    "accepting" "arriving" "assembling" "collecting" "commissioning" "consigning" "creating_class_instance"
    "cycle_counting" "decommissioning" "departing" "destroying" "disassembling" "dispensing" "encoding"
    "entering_exiting" "holding" "inspecting" "installing" "killing" "loading" "other" "packing" "picking" "receiving"
    "removing" "repackaging" "repairing" "replacing" "reserving" "retail_selling" "sampling" "sensor_reporting"
    "shipping" "staging_outbound" "stock_taking" "stocking" "storing" "transporting" "unloading" "unpacking"
    "void_shipping");

const DISPOSITIONS: Words = words!("https://ref.gs1.org/cbv/Disp-":
    "active" "available" "completeness_inferred" "completeness_verified" "conformant" "container_closed"
    "container_open" "damaged" "destroyed" "dispensed" "disposed" "encoded" "expired" "in_progress" "in_transit"
    "inactive" "mismatch_class" "mismatch_instance" "mismatch_quantity" "needs_replacement" "no_pedigree_match"
    "non_conformant" "non_sellable_other" "partially_dispensed" "recalled" "reserved" "retail_sold" "returned"
    "sellable_accessible" "sellable_not_accessible" "stolen" "unavailable" "unknown");

const BIZ_TRANSACTION_TYPES: Words = words!("https://ref.gs1.org/cbv/BTT-":
    "bol" "cert" "desadv" "inv" "pedigree" "po" "poc" "prodorder" "recadv" "rma" "testprd" "testres" "upevt");

const SOURCE_DESTINATION_TYPES: Words =
    words!("https://ref.gs1.org/cbv/SDT-": "location" "owning_party" "possessing_party");

const ERROR_REASONS: Words =
    words!("https://ref.gs1.org/cbv/ER-": "did_not_occur" "incorrect_data");

const COMPONENTS: Words = words!("https://ref.gs1.org/cbv/Comp-":
    "altitude" "axial_distance" "azimuth" "easting" "elevation_angle" "height" "latitude" "longitude" "northing"
    "polar_angle" "spherical_radius" "x" "y" "z");

const MEASUREMENT_TYPES: Words = words!("https://gs1.org/voc/":
    "AbsoluteHumidity" "AbsorbedDose" "AbsorbedDoseRate" "Acceleration" "Altitude" "AmountOfSubstance"
    "AmountOfSubstancePerUnitVolume" "Angle" "AngularAcceleration" "AngularMomentum" "AngularVelocity" "Area"
    "Capacitance" "Conductance" "Conductivity" "Count" "Density" "Dimensionless" "DoseEquivalent" "DoseEquivalentRate"
    "DynamicViscosity" "ElectricCharge" "ElectricCurrent" "ElectricCurrentDensity" "ElectricFieldStrength" "Energy"
    "Exposure" "Force" "Frequency" "Illuminance" "Inductance" "Irradiance" "KinematicViscosity" "Length"
    "LinearMomentum" "Luminance" "LuminousFlux" "LuminousIntensity" "MagneticFlux" "MagneticFluxDensity"
    "MagneticVectorPotential" "Mass" "MassConcentration" "MassFlowRate" "MassPerAreaTime" "MemoryCapacity"
    "MolalityOfSolute" "MolarEnergy" "MolarMass" "MolarVolume" "Power" "Pressure" "RadiantFlux" "RadiantIntensity"
    "Radioactivity" "RelativeHumidity" "Resistance" "Resistivity" "SolidAngle" "SpecificVolume" "Speed"
    "SurfaceDensity" "SurfaceTension" "Temperature" "Time" "Torque" "Voltage" "Volume" "VolumeFlowRate"
    "VolumeFraction" "VolumetricFlux" "Wavenumber");

const SENSOR_ALERTS: Words = words!("https://gs1.org/voc/": "ALARM_CONDITION" "ERROR_CONDITION");

/// Old spellings of CBV terms, and the namespace that takes the place of each (CBV 2.0 event hash, rule 14).
const URN_NAMESPACES: [(&str, &str); 5] = [
    (
        "urn:epcglobal:cbv:bizstep:",
        "https://ref.gs1.org/cbv/BizStep-",
    ),
    ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
    ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
    ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
    ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
];

impl Vocabulary {
    fn words(self) -> Words {
        match self {
            Self::BizStep => BIZ_STEPS,
            Self::Disposition => DISPOSITIONS,
            Self::BizTransactionType => BIZ_TRANSACTION_TYPES,
            Self::SourceDestinationType => SOURCE_DESTINATION_TYPES,
            Self::ErrorReason => ERROR_REASONS,
            Self::Component => COMPONENTS,
            Self::MeasurementType => MEASUREMENT_TYPES,
            Self::SensorAlert => SENSOR_ALERTS,
        }
    }

    /// URI prefixes under which the JSON binding does not accept a term of this vocabulary.
    fn refused_prefixes(self) -> &'static [&'static str] {
        match self {
            Self::MeasurementType | Self::SensorAlert => &[
                "http://gs1.org/voc/",
                "https://gs1.org/voc/",
                "http://www.gs1.org/voc/",
                "https://www.gs1.org/voc/",
            ],
            _ => &[
                "urn:epcglobal:cbv",
                "http://ns.gs1.org/cbv/",
                "https://ns.gs1.org/cbv/",
            ],
        }
    }

    /// The term that a standard bare word such as `shipping` stands for.
    #[must_use]
    pub fn standard_term(self, word: &str) -> Option<VocabularyTerm> {
        let words = self.words();
        let found = words.binary_search_by(|(own, _)| (*own).cmp(word)).ok()?;
        words
            .get(found)
            .map(|(_, uri)| VocabularyTerm(Cow::Borrowed(uri)))
    }

    /// Reads a value of a field: a standard bare word, or a URI that may be compact.
    ///
    /// # Errors
    /// [`FieldFault::UnknownWord`], or [`FieldFault::MustBeBareWord`] for a standard namespace.
    pub(super) fn read(
        self,
        text: &str,
        context: &Context<'_>,
    ) -> Result<VocabularyTerm, FieldFault> {
        if let Some(term) = self.standard_term(text) {
            return Ok(term);
        }
        if !is_uri(text) {
            return Err(FieldFault::UnknownWord {
                text: text.to_string(),
                vocabulary: self,
            });
        }
        let lower = with_lower_case(text);
        let compared = lower.as_deref().unwrap_or(text);
        if self
            .refused_prefixes()
            .iter()
            .any(|prefix| compared.starts_with(prefix))
        {
            return Err(FieldFault::MustBeBareWord {
                text: text.to_string(),
                vocabulary: self,
            });
        }
        Ok(VocabularyTerm(Cow::Owned(
            context.expand(text).into_owned(),
        )))
    }
}

/// A CBV term in its old URN spelling as a web address, or none when `text` is none.
pub(super) fn web_vocabulary(text: &str) -> Option<String> {
    let urn = text.strip_prefix("urn:epcglobal:cbv:").map(|_| text)?;
    URN_NAMESPACES
        .iter()
        .find_map(|(old, new)| urn.strip_prefix(old).map(|word| [new, word].concat()))
}

impl fmt::Display for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BizStep => "business step",
            Self::Disposition => "disposition",
            Self::BizTransactionType => "business transaction type",
            Self::SourceDestinationType => "source or destination type",
            Self::ErrorReason => "error reason",
            Self::Component => "component",
            Self::MeasurementType => "measurement type",
            Self::SensorAlert => "sensor alert",
        })
    }
}
