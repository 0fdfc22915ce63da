//! What a meter measures, and what its energy is made of.

use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode};

/// What flows through a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeterKind {
    /// Energy that a device produces.
    Production,
    /// Energy that is consumed.
    Consumption,
    /// Both, each counted by itself.
    Both,
}

impl MeterKind {
    /// All kinds, in order of their codes.
    pub const ALL: [Self; 3] = [Self::Production, Self::Consumption, Self::Both];

    /// The word in bodies and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Consumption => "consumption",
            Self::Both => "both",
        }
    }

    /// Whether energy comes out of what it measures.
    pub fn produces(self) -> bool {
        self != Self::Consumption
    }

    /// Whether energy goes into what it measures.
    pub fn consumes(self) -> bool {
        self != Self::Production
    }
}

/// What produced energy is made of: the sources that guarantees of origin tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Sunlight.
    Solar,
    /// Wind, on land or at sea.
    Wind,
    /// Falling or flowing water.
    Hydro,
    /// Tides, waves and currents.
    Marine,
    /// Heat of the earth.
    Geothermal,
    /// Solid biomass.
    Biomass,
    /// Gas of fermentation, landfills and sewage.
    Biogas,
    /// Municipal and industrial waste.
    Waste,
    /// Nuclear fuel.
    Nuclear,
    /// Natural gas.
    NaturalGas,
    /// Hard coal and lignite.
    Coal,
    /// Oil and its products.
    Oil,
}

impl Carrier {
    /// All carriers, in order of their codes.
    pub const ALL: [Self; 12] = [
        Self::Solar,
        Self::Wind,
        Self::Hydro,
        Self::Marine,
        Self::Geothermal,
        Self::Biomass,
        Self::Biogas,
        Self::Waste,
        Self::Nuclear,
        Self::NaturalGas,
        Self::Coal,
        Self::Oil,
    ];

    /// The word in bodies and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Solar => "solar",
            Self::Wind => "wind",
            Self::Hydro => "hydro",
            Self::Marine => "marine",
            Self::Geothermal => "geothermal",
            Self::Biomass => "biomass",
            Self::Biogas => "biogas",
            Self::Waste => "waste",
            Self::Nuclear => "nuclear",
            Self::NaturalGas => "natural-gas",
            Self::Coal => "coal",
            Self::Oil => "oil",
        }
    }
}

/// The one of `all` that a word means.
pub(super) fn word<T: Copy>(
    all: &[T],
    as_str: fn(T) -> &'static str,
    text: &str,
) -> Result<T, String> {
    let known = all.iter().copied();
    known
        .clone()
        .find(|one| as_str(*one) == text)
        .ok_or_else(|| {
            let words: Vec<&str> = known.map(as_str).collect();
            format!("{text:?} is not one of {}", words.join(", "))
        })
}

/// The place of a value among all of its kind: the byte that stands for it.
fn code<T: PartialEq>(all: &[T], value: &T) -> u8 {
    let place = all.iter().position(|one| one == value);
    place
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or(0)
}

fn decode<T: Copy>(
    reader: &mut Reader<'_>,
    all: &[T],
    what: &'static str,
) -> Result<T, DecodeError> {
    let tag = reader.u8()?;
    let found = all.get(usize::from(tag)).copied();
    found.ok_or(DecodeError::UnknownTag { what, tag })
}

impl Encode for MeterKind {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(code(&Self::ALL, self));
    }
}

impl Decode for MeterKind {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        decode(reader, &Self::ALL, "meter kind")
    }
}

impl Encode for Carrier {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(code(&Self::ALL, self));
    }
}

impl Decode for Carrier {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        decode(reader, &Self::ALL, "carrier")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_bytes_come_back() {
        for carrier in Carrier::ALL {
            assert_eq!(
                word(&Carrier::ALL, Carrier::as_str, carrier.as_str()),
                Ok(carrier)
            );
            assert_eq!(Carrier::from_bytes(&carrier.to_bytes()), Ok(carrier));
        }
        for kind in MeterKind::ALL {
            assert_eq!(
                word(&MeterKind::ALL, MeterKind::as_str, kind.as_str()),
                Ok(kind)
            );
            assert_eq!(MeterKind::from_bytes(&kind.to_bytes()), Ok(kind));
        }
        assert!(word(&Carrier::ALL, Carrier::as_str, "sunshine").is_err());
        assert!(Carrier::from_bytes(&[12]).is_err());
    }
}
