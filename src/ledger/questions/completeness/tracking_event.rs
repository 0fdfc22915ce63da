//! Which critical tracking event an event is, and what each has to tell.

use crate::records::epcis::{Action, EventType, TraceEvent};

/// What of FSMA 204 an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrackingEvent {
    /// Growing: no critical tracking event by itself, and asked of growers.
    Growing,
    /// Harvesting (section 1.1325).
    Harvesting,
    /// Cooling before packing (section 1.1325).
    Cooling,
    /// Initial packing (section 1.1330).
    InitialPacking,
    /// First receiving on land from a fishing vessel (section 1.1335).
    LandBasedReceiving,
    /// Shipping (section 1.1340).
    Shipping,
    /// Receiving (section 1.1345).
    Receiving,
    /// Transformation (section 1.1350).
    Transformation,
}

/// What an event has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyDataElement {
    /// The traceability lot code.
    LotCode,
    /// Quantity and unit of measure.
    Quantity,
    /// What the product is, in words.
    ProductDescription,
    /// Where it happened.
    Location,
    /// Name, phone number and address of that.
    LocationDescription,
    /// Type and number of a reference document.
    ReferenceDocument,
    /// Who or where gets it next.
    Recipient,
    /// Name, phone number and address of that.
    RecipientDescription,
    /// From whom or where it came.
    PreviousSource,
    /// Name, phone number and address of that.
    PreviousSourceDescription,
    /// The lots that went in, with quantity and unit.
    SourceLots,
    /// What the products are that went in, in words.
    SourceLotDescriptions,
    /// Where the traceability lot code was assigned.
    LotCodeSource,
    /// Name, phone number and address of that.
    LotCodeSourceDescription,
    /// When and where it was harvested.
    Harvest,
}

impl KeyDataElement {
    /// Whether it describes products, and not places or parties.
    pub fn is_of_products(self) -> bool {
        matches!(self, Self::ProductDescription | Self::SourceLotDescriptions)
    }
}

impl TrackingEvent {
    /// What it has to tell, beside the date, which every event does.
    pub fn required(self) -> &'static [KeyDataElement] {
        use KeyDataElement::{
            Harvest, Location, LocationDescription, LotCode, LotCodeSource,
            LotCodeSourceDescription, PreviousSource, PreviousSourceDescription,
            ProductDescription, Quantity, Recipient, RecipientDescription, ReferenceDocument,
            SourceLotDescriptions, SourceLots,
        };
        match self {
            Self::Growing => &[Location],
            Self::Harvesting => &[
                Quantity,
                ProductDescription,
                Location,
                LocationDescription,
                Recipient,
                RecipientDescription,
                ReferenceDocument,
            ],
            Self::Cooling => &[
                Quantity,
                ProductDescription,
                Location,
                LocationDescription,
                Harvest,
                Recipient,
                RecipientDescription,
                ReferenceDocument,
            ],
            Self::InitialPacking | Self::LandBasedReceiving => &[
                LotCode,
                Quantity,
                ProductDescription,
                Location,
                LocationDescription,
                Harvest,
                ReferenceDocument,
            ],
            Self::Shipping => &[
                LotCode,
                Quantity,
                ProductDescription,
                Location,
                LocationDescription,
                Recipient,
                RecipientDescription,
                LotCodeSource,
                LotCodeSourceDescription,
                ReferenceDocument,
            ],
            Self::Receiving => &[
                LotCode,
                Quantity,
                ProductDescription,
                Location,
                LocationDescription,
                PreviousSource,
                PreviousSourceDescription,
                LotCodeSource,
                LotCodeSourceDescription,
                ReferenceDocument,
            ],
            Self::Transformation => &[
                SourceLots,
                SourceLotDescriptions,
                LotCode,
                Quantity,
                ProductDescription,
                Location,
                LocationDescription,
                ReferenceDocument,
            ],
        }
    }

    /// Which one an event is, by its business step and its type.
    pub(in crate::ledger::questions) fn of(event: &TraceEvent) -> Option<Self> {
        let uri = event.biz_step.as_deref().unwrap_or_default();
        let last = uri.rsplit(['/', '#', ':']).next().unwrap_or_default();
        let word = last.strip_prefix("BizStep-").unwrap_or(last);
        let named = match word.to_ascii_lowercase().as_str() {
            "growing" => Some(Self::Growing),
            "harvesting" | "harvest" => Some(Self::Harvesting),
            "cooling" => Some(Self::Cooling),
            "initial_packing" | "initial-packing" | "initialpacking" => Some(Self::InitialPacking),
            "landing" | "first_land_based_receiving" | "first-land-based-receiving" => {
                Some(Self::LandBasedReceiving)
            }
            "shipping" => Some(Self::Shipping),
            "receiving" => Some(Self::Receiving),
            "packing" => {
                // Packing into a container makes no new lot.
                let makes =
                    event.event_type == EventType::Object && event.action == Some(Action::Add);
                makes.then_some(Self::InitialPacking)
            }
            _ => None,
        };
        let is_transformation = event.event_type == EventType::Transformation;
        named.or(is_transformation.then_some(Self::Transformation))
    }
}
