//! What a person is told of contracts and proposals.

use clap::Parser as _;
use serde_json::json;

use super::*;
use crate::cli::arguments::Arguments;

fn state_of(change: Value, status: Value) -> String {
    let mut proposal = json!({
        "index": 7, "proposer": "acme", "change": change, "expires": "2026-12-24T12:00:00Z",
        "reason": "why", "digest": "00", "approvals": ["acme"], "rejections": [], "quorum": 3,
    });
    let fields = proposal.as_object_mut().unwrap();
    fields.extend(status.as_object().unwrap().clone());
    serde_json::from_value::<ProposalReport>(proposal)
        .unwrap()
        .state()
}

#[test]
fn a_version_is_told_with_when_it_judges() {
    let version = |from, until, in_force| VersionReport {
        name: "a".to_owned(),
        version: 1,
        kinds: Vec::new(),
        from,
        until,
        in_force,
    };
    for (from, until, in_force, said) in [
        (4, None, true, "in force from height 4 on"),
        (4, Some(30), true, "in force from height 4 to 29"),
        (
            4,
            Some(16),
            false,
            "not in force any more, it was from height 4 to 15",
        ),
        (40, None, false, "to come in force from height 40 on"),
        (
            40,
            Some(40),
            false,
            "taken back before height 40: never in force",
        ),
    ] {
        assert_eq!(standing(&version(from, until, in_force), 20), said);
    }
}

#[test]
fn where_no_proposal_is_the_commands_that_make_one_are_named() {
    let report = |proposals| {
        serde_json::from_value(json!({"governors": ["acme"], "quorum": 1, "proposals": proposals}))
            .unwrap()
    };
    let text = describe_proposals(&report(json!([])));
    assert!(text.starts_with("no proposal can be decided"), "{text}");
    assert!(!text.contains("expires"), "{text}");
    assert!(
        text.ends_with("\n\ngoverned by 1 member: acme; needed to approve: 1\n"),
        "{text}"
    );
    for line in text.lines().filter(|line| line.starts_with("  waybill ")) {
        let words: Vec<&str> = line
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .collect();
        let group = words[1];
        for command in words
            .iter()
            .filter(|word| word.contains("propose-") || group == "contract")
        {
            if ["waybill", "contract", "or", "about", "contracts"].contains(command) {
                continue;
            }
            let help = Arguments::try_parse_from(["waybill", group, command, "--help"]);
            assert_eq!(
                help.unwrap_err().kind(),
                clap::error::ErrorKind::DisplayHelp,
                "{line}"
            );
        }
    }
}

#[test]
fn an_adopted_proposal_says_when_it_acts() {
    for (action, expected) in [
        ("installContract", "in force from height 12 on"),
        ("retireContract", "it judges nothing more from height 12 on"),
        ("changeRoles", "the roles hold at once, with entry 9"),
        (
            "addMember",
            "a member at once, with entry 9; its keys count from height 12 on",
        ),
        (
            "removeMember",
            "no member any more, with entry 9; its keys count no more from height 12 on",
        ),
        ("addValidator", "the validators change at height 12"),
        ("removeValidator", "the validators change at height 12"),
        ("replaceValidator", "the validators change at height 12"),
    ] {
        let adopted = json!({"status": "adopted", "by": 9, "from": 12});
        assert_eq!(
            state_of(json!({"action": action}), adopted),
            format!("adopted by entry 9: {expected}"),
        );
    }
    let change = || json!({"action": "changeRoles"});
    assert_eq!(
        state_of(change(), json!({"status": "open"})),
        "open, 1 of 3 approvals"
    );
    assert_eq!(
        state_of(change(), json!({"status": "withdrawn", "by": 9})),
        "withdrawn by entry 9"
    );
    assert_eq!(state_of(change(), json!({"status": "expired"})), "expired");
}
