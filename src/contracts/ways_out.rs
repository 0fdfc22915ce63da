//! What helps when a record is rejected: one hint for each code, for whoever shows a rejection to people.
//!
//! A code may mean two things, in two families: then the beginning of the kind tells them apart. The
//! page `docs/rejections.md` has the same table; tests compare the two, read each command that a hint names, and look
//! for codes that have none.

use crate::types::RecordKind;

/// A code, the beginning of the kinds that the hint is for (any kind if it is empty), and the hint.
/// A row for some kinds comes before that for all.
#[rustfmt::skip] // One row, one line, as on the page.
pub const WAYS_OUT: &[(&str, &str, &str)] = &[
    // By itself.
    ("unknown-kind", "", "use a kind that `waybill contract list` shows; a new kind comes with a contract that the members approve: `waybill contract install FOLDER --reason WHY`"),
    ("unsupported-version", "", "use the version of the kind that `waybill contract show CONTRACT` names"),
    ("invalid-record", "", "correct the place that the reason names; `waybill contract show CONTRACT --out FOLDER` writes the schemas of the kind"),
    ("rule-broken", "", "correct the record by the rule that the reason names: `waybill contract show CONTRACT` prints the rules"),
    ("role-missing", "energy.order", "`waybill market areas` tells which role an area asks for; the governing members give it: `waybill member propose-roles MEMBER --role ROLE --reason WHY`"),
    ("role-missing", "", "`waybill contract show CONTRACT` tells which roles may submit the kind; the governing members give them, in the place of those that it has: `waybill member propose-roles MEMBER --role ROLE --reason WHY`"),
    ("atomic", "", "correct the record of the same submission that was rejected for a reason of its own, and submit all of them again"),
    // Assets.
    ("asset-exists", "", "if this is your own record sent again, nothing has to be done; else choose another key, or change what is there by a record that updates it: GET /v1/assets/CONTRACT/KEY shows it"),
    ("no-such-asset", "", "compare the key, or state the asset first: GET /v1/assets/CONTRACT/KEY tells whether it is there"),
    ("wrong-stage", "", "GET /v1/assets/CONTRACT/KEY shows the stage that it is in, and `waybill contract show CONTRACT` which records that stage takes"),
    ("asset-closed", "", "what is closed stays closed: state a new asset under another key"),
    ("asset-of-other-version", "", "state a new asset under another key, or have a version of the contract installed whose schema takes what is there: `waybill contract install FOLDER --reason WHY`"),
    // Keys and members.
    ("not-own-member", "", "a member changes its own keys alone: sign as the member that the record names"),
    ("unknown-member", "", "compare the member's id with those of `waybill member list`"),
    ("member-removed", "", "`waybill member show MEMBER` tells since when it is a member no more; the governing members can bring it back, with new keys: `waybill member propose-add PROOFS --reason WHY`"),
    ("key-taken", "", "a key is registered once and for ever: make a new one by `waybill keys generate --member MEMBER --only writer --folder FOLDER`, those of a validator by `--only signing`; a validator that has keys gets others by `waybill validator propose-replace CONSENSUS-KEY PROOFS --reason WHY`"),
    ("too-many-keys", "", "`waybill member show MEMBER` lists the keys; a network key that is revoked makes room for another (`waybill member revoke-key PUBLIC-KEY`), but not for more than 256 keys in all"),
    ("unknown-key", "", "`waybill member show MEMBER` lists the keys that the member has"),
    ("key-revoked", "", "nothing has to be done: `waybill member show MEMBER` tells from which height on it counts no more"),
    ("validator-key", "", "the keys of a validator change with the validator: `waybill validator propose-replace CONSENSUS-KEY PROOFS --reason WHY`"),
    ("last-writer-key", "", "add another writer key first, and revoke this one with it: `waybill member add-key KEY-FILE`"),
    // Governing.
    ("not-governing", "", "members with the role governor propose and decide: `waybill member list` shows who has it"),
    ("proposal-expiry", "", "let it expire within ninety days after now (`--open-for`), and compare the clock of your machine with the time of `waybill status`"),
    ("too-many-proposals", "governance.", "wait until open proposals are decided, or take one of yours back: `waybill contract proposals` lists them, `waybill contract withdraw INDEX` takes one back"),
    ("too-many-proposals", "", "try again when the time of earlier proposals is over; propose several things in one record, and for a shorter time (`--open-for`)"),
    ("height-too-far", "", "name a height that is nearer, or none: `waybill status` tells that of the ledger"),
    ("contract-version", "", "give the contract a greater version than `waybill contract list` shows"),
    ("contract-scheduled", "", "name a later height (`--from-height`): `waybill contract list` shows when the other version begins"),
    ("contract-retired", "", "nothing has to be done: `waybill contract list` shows when it ended; it comes back by installing a greater version"),
    ("contract-missing", "", "propose the contract again: `waybill contract install FOLDER --reason WHY`"),
    ("unknown-contract", "", "compare the name with those of `waybill contract list`"),
    ("too-many-contracts", "", "have a contract retired that nobody uses: `waybill contract retire CONTRACT --reason WHY`"),
    ("kind-taken", "", "give the kind another name, or have the contract retired that judges it: `waybill contract list` shows the kinds of each"),
    ("governance-lost", "", "leave proposals and ballots to a contract that takes them from every governing member: `waybill contract show membership` shows how"),
    ("member-exists", "", "`waybill member show MEMBER` shows who has the id; its roles change by `waybill member propose-roles MEMBER --reason WHY --role ROLE`"),
    ("no-writer-key", "", "let the enterprise make the proofs anew, with its writer key in the folder: `waybill keys prove --genesis genesis.json`"),
    ("role-repeated", "", "name each role once"),
    ("roles-unchanged", "", "nothing has to be done: `waybill member show MEMBER` shows the roles"),
    ("last-governor", "", "let another member govern first: `waybill member propose-roles MEMBER --role governor --reason WHY`"),
    ("member-validates", "", "have its validator removed first: `waybill validator propose-remove CONSENSUS-KEY --reason WHY`"),
    ("too-many-members", "", "no more than 10,000 enterprises become members of one ledger, those that have gone included"),
    ("too-many-validators", "", "let one of the validators be replaced: `waybill validator propose-replace CONSENSUS-KEY PROOFS --reason WHY`"),
    ("unknown-validator", "", "compare the key with the consensus keys of `waybill validator list`"),
    ("last-validator", "", "add another validator first: `waybill validator propose-add PROOFS --reason WHY`"),
    ("change-scheduled", "", "try again in a moment: the other change acts two heights after its decision, as `waybill validator list` shows"),
    ("quorum-lost", "", "start the nodes of the validators that are silent, and try again when they vote: `waybill block latest` shows who signed"),
    ("no-such-proposal", "governance.", "compare the number with those of `waybill contract proposals`"),
    ("no-such-proposal", "", "compare the number with those of `waybill custody open --member MEMBER`"),
    ("other-proposal", "governance.", "read the text that is proposed, and decide on that: `waybill contract proposals INDEX`"),
    ("other-proposal", "", "read what is proposed, and answer that: `waybill get INDEX`"),
    ("proposal-decided", "governance.", "nothing can be changed in it: `waybill contract proposals INDEX` shows what became of it; what is still wanted is proposed anew"),
    ("proposal-decided", "", "nothing can be changed in it: `waybill custody chain THING` shows what became of it; what is still wanted is proposed anew (`waybill custody propose THING --to MEMBER`)"),
    ("proposal-expired", "governance.", "propose it again, and leave the others more time (`--open-for`)"),
    ("proposal-expired", "", "the holder proposes it again, and leaves more time (`--open-for`): `waybill custody propose THING --to MEMBER`"),
    ("ballot-repeated", "", "nothing has to be done: the ballot counts, and others have to decide: `waybill contract proposals INDEX` shows how many"),
    ("not-proposer", "governance.", "who is against it rejects it: `waybill contract reject INDEX`"),
    ("not-proposer", "", "to whom it was proposed says no: `waybill custody reject INDEX --reason WHY`"),
    // Custody and documents.
    ("not-addressee", "", "the member that it was proposed to answers; `waybill custody open --member MEMBER` lists what waits for you, and who proposed takes it back: `waybill custody withdraw INDEX`"),
    ("already-held", "", "`waybill custody show THING` names the holder, who can hand it over to you: `waybill custody propose THING --to MEMBER`"),
    ("not-holder", "", "`waybill custody show THING` names who holds it by its own name, who alone may do this, or hand it over to you: `waybill custody propose THING --to MEMBER`; what you got with a container you can hand on in a container"),
    ("proposal-open", "", "`waybill custody show THING` names the open proposal: wait for the answer, or take it back by `waybill custody withdraw INDEX`"),
    ("to-self", "", "name another member (`--to`): `waybill member list`"),
    ("agenda-full", "", "try again later: deadlines that pass make room"),
    ("no-such-entry", "", "name an entry that is on the ledger already: `waybill get INDEX` shows it"),
    // Telemetry and production.
    ("ahead-of-time", "", "set the clock of the device or machine right: times lie an hour ahead of the ledger's (`waybill status`) at most"),
    ("other-unit", "", "convert the values to the unit that `waybill telemetry show MEMBER:DEVICE --quantity QUANTITY` shows, or give the quantity another name"),
    ("too-many-channels", "", "give what measures more than 16 quantities a second device name"),
    ("run-exists", "", "another run needs another name; a correction names in corrects the entry that `waybill production list` shows"),
    ("no-such-run", "", "name in corrects the entry of the run that is wrong: `waybill production list` shows it; a run that was not told yet needs no corrects"),
    ("not-latest", "", "name in corrects the latest entry of the run, which `waybill production list` shows"),
    // Meters.
    ("meter-exists", "", "choose another name: `waybill meter show METER` shows whose this one is"),
    ("no-such-meter", "", "compare the name, or register the meter: `waybill meter register METER --owner MEMBER --area AREA --kind consumption`"),
    ("meter-closed", "", "a closed meter reads nothing new: register another one by `waybill meter register METER --owner MEMBER --area AREA --kind consumption`"),
    ("not-own-meter", "", "meters of others take the role meter-operator, which the governing members give: `waybill member propose-roles MEMBER --role meter-operator --reason WHY`"),
    ("not-meter-operator", "", "`waybill meter show METER` names the operator, who alone states its readings"),
    ("interval-not-over", "", "state the reading when its interval is over; `waybill status` tells the time of the ledger, which its last block sets"),
    ("wrong-direction", "", "`waybill meter show METER` tells what the meter measures: state production with `--wh-out`, consumption with `--wh-in`"),
    ("reading-exists", "", "to correct it state the same interval again with what the meter read, and name the entry that it replaces (`--replaces`): `waybill meter show METER` shows it"),
    ("overlapping-reading", "", "state intervals that do not overlap those of `waybill meter show METER`, or correct the one that is there"),
    ("no-such-reading", "", "`waybill meter show METER` lists the intervals that were read: state the reading first, or name one of these"),
    ("not-latest-reading", "", "name the latest entry of the interval (`--replaces`), which `waybill meter show METER` shows"),
    ("reading-relied-on", "", "certificates stand for that energy. Of production `waybill certificate list --device METER --start START --duration DURATION` shows them, and their issuer can withdraw those that are active, `waybill certificate withdraw ISSUANCE --first 1 --last 3 --reason WHY`; what was claimed for consumption (`waybill certificate list --owner MEMBER --status claimed`) stays, and no correction is below it"),
    ("too-much-energy", "", "correct the reading: a member's energy of an area and interval is less than 2^64 Wh"),
    // Certificates.
    ("not-a-producer", "", "name a meter that measures production: `waybill meter show METER`"),
    ("above-production", "", "issue at most what `waybill meter show METER` says was produced"),
    ("already-issued", "", "`waybill certificate list --device METER --start START --duration DURATION` shows the issuance of the interval: there is one"),
    ("no-such-certificate", "", "compare issuance and numbers with `waybill certificate list --owner MEMBER`"),
    ("certificates-apart", "", "make one record for each piece: `waybill certificate list --owner MEMBER` shows the pieces"),
    ("too-many-pieces", "", "move larger ranges of the issuance, or whole pieces: `waybill certificate list --owner MEMBER` shows them"),
    ("not-certificate-issuer", "", "`waybill certificate show CERTIFICATE` names the issuer, who alone withdraws them"),
    ("not-certificate-owner", "", "`waybill certificate show CERTIFICATE` names the owner, who alone moves them"),
    ("own-certificate", "", "nothing has to be done: `waybill certificate show CERTIFICATE` shows whose they are"),
    ("certificate-not-active", "", "`waybill certificate show CERTIFICATE` tells what became of them, for good; `waybill certificate list --owner MEMBER` lists those that are active"),
    ("certificate-expired", "", "nothing can be done with them any more; `waybill certificate list --owner MEMBER` lists those that are active"),
    ("certificate-not-cancelled", "", "`waybill certificate show CERTIFICATE` tells what became of them: what is claimed is so for good, and active ones are cancelled first (`waybill certificate cancel ISSUANCE --first 1 --last 3 --beneficiary MEMBER`)"),
    ("not-beneficiary", "", "`waybill certificate show CERTIFICATE` names the member for which they were cancelled, who alone claims them"),
    ("not-own-consumption", "", "name a meter of your own: `waybill meter show METER` tells whose energy it measures"),
    ("above-consumption", "", "claim at most what was consumed and is not claimed yet: `waybill meter show METER` shows both"),
    // The market.
    ("no-such-area", "", "name an area that `waybill market areas` lists"),
    ("wrong-interval", "", "begin on an interval of the area and take its length: `waybill market areas` tells it, and `waybill market bid AREA next --wh 4000 --price 30000` takes the next one"),
    ("gate-not-open", "", "order when the gate opens: `waybill market areas` tells how long before delivery"),
    ("gate-closed", "", "take a later interval: `waybill market bid AREA next --wh 4000 --price 30000` is for the next whose gate is open; from the gate on orders stand"),
    ("quantity-too-small", "", "order at least what `waybill market areas` says"),
    ("price-out-of-bounds", "", "`waybill market areas` tells the bounds; prices are whole minor units of the currency for a MWh"),
    ("book-full", "", "take another interval: `waybill market show AREA` lists those with orders"),
    ("too-many-orders", "", "put the same into fewer orders: `waybill market orders --of MEMBER` lists yours, `waybill market withdraw ID` takes one back"),
    ("order-id-taken", "", "give each order an id of its own (`--id`)"),
    ("no-such-order", "", "`waybill market orders --of MEMBER` lists your orders with their ids"),
];

/// What helps when a record of a kind is rejected with a code; none for a code that this program does
/// not know, as that of a newer one may be.
pub fn way_out(code: &str, kind: &RecordKind) -> Option<&'static str> {
    WAYS_OUT
        .iter()
        .find(|(of, kinds, _)| *of == code && kind.as_str().starts_with(kinds))
        .map(|(_, _, hint)| *hint)
}
