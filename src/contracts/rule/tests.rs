//! What rules may say, and what they then decide.

use super::check::Scope;
use super::program::{Rule, RuleFault};
use super::values::{BlockFacts, SubmitterFacts, rule_value};
use super::{MAX_BRACKET_DEPTH, MAX_CONDITIONALS, MAX_EXPRESSION_BYTES};
use crate::contracts::schema::Schema;
use crate::types::json;
use crate::types::{Height, Member, MemberId, Role, Timestamp};

const SCHEMA: &str = r##"{
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 20},
        "note": {"type": "string"},
        "count": {"type": "integer"},
        "weight": {"type": "number"},
        "until": {"type": "string", "format": "date-time"},
        "flag": {"type": "boolean"},
        "either": {"type": ["string", "null"]},
        "unknown": true,
        "tags": {"type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 8}},
        "counts": {"type": "array", "items": {"type": "integer"}},
        "endless": {"type": "array", "items": {"type": "string"}},
        "things": {"type": "array", "maxItems": 5, "items": true},
        "lines": {"type": "array", "maxItems": 10, "items": {"$ref": "#/$defs/line"}},
        "place": {"type": "object", "properties": {"city-name": {"type": "string"}}}
    },
    "$defs": {"line": {
        "type": "object",
        "properties": {
            "quantity": {"type": "integer"},
            "price": {"type": "number"},
            "parts": {"type": "array", "maxItems": 10, "items": {"type": "integer"}}
        }
    }}
}"##;

fn schema() -> Schema {
    Schema::compile("schema.json", SCHEMA, &mut 100).unwrap()
}

fn compile(expression: &str) -> Result<Rule, RuleFault> {
    let schema = schema();
    let scope = Scope {
        body: schema.declared(),
        old_body: Some(schema.declared()),
    };
    Rule::compile("the-rule", "the message", expression, scope, &mut 100)
}

fn member() -> Member {
    Member {
        id: MemberId::new("acme").unwrap(),
        name: "Acme".to_owned(),
        roles: vec![Role::new("producer").unwrap()],
        keys: Vec::new(),
        removed_from: None,
    }
}

fn judge(expression: &str, body: &str, old: Option<&str>) -> Result<(), String> {
    let rule = compile(expression).unwrap_or_else(|fault| panic!("{expression}: {fault:?}"));
    let body = json::read(body.as_bytes()).unwrap();
    let old = old.map(|old| json::read(old.as_bytes()).unwrap());
    let block = BlockFacts {
        height: Height(7),
        time: Timestamp::parse_rfc3339("2026-03-01T12:00:00.250Z").unwrap(),
    };
    let member = member();
    rule.judge(
        &rule_value(Some(&body)).unwrap(),
        &rule_value(old.as_ref()).unwrap(),
        &SubmitterFacts(&member),
        &block,
    )
}

const BODY: &str = r#"{"id": "PO-7", "count": 3, "weight": 12.50, "until": "2026-03-02T00:00:00+01:00",
    "flag": true, "tags": ["a", "bb"], "place": {"city-name": "Tema"},
    "lines": [{"quantity": 2, "price": 0.10, "parts": [1, 2]}, {"quantity": 5, "price": 3}]}"#;

#[test]
fn rules_decide_on_all_that_they_may_read() {
    let cases = [
        ("self.count == 3 && self.flag", true),
        ("self.count * 2 + 1 > 7", false),
        ("size(self.tags) == 2 && 'bb' in self.tags", true),
        (
            "self.id.startsWith('PO-') && self.id.matches('^PO-[0-9]+$')",
            true,
        ),
        (
            "self.id.size() == 4 && self.id.contains('-') && !self.id.endsWith('x')",
            true,
        ),
        ("scaled(self.weight, 2) == 1250", true),
        ("scaled(self.weight, 1) <= 125", true),
        ("timestamp(self.until) > block.time", true),
        (
            "timestamp(self.until) - block.time < duration('10h')",
            false,
        ),
        (
            "block.height == 7 && block.time.getFullYear() == 2026",
            true,
        ),
        // An offset is no choice of hours and years.
        (
            "timestamp('2026-01-01T00:30:00+14:00').getFullYear() == 2025",
            true,
        ),
        (
            "timestamp('2026-01-01T00:30:00+14:00').getHours() == 10",
            true,
        ),
        (
            "string(timestamp('2026-01-01T00:30:00+14:00')) == '2025-12-31T10:30:00Z'",
            true,
        ),
        (
            "timestamp('2026-06-01T14:00:00+02:00') == timestamp('2026-06-01T12:00:00Z')",
            true,
        ),
        ("timestamp(0).getFullYear() == 1970", true),
        ("timestamp(timestamp(0)) == timestamp(0)", true),
        ("duration('0.1h') == duration('6m')", true),
        ("duration(duration('-90s')) == duration('-1m30s')", true),
        ("duration('1.5s') == duration('1500ms')", true),
        ("block.time.getMilliseconds() == 250", true),
        (
            "submitter.member == 'acme' && 'producer' in submitter.roles",
            true,
        ),
        ("has(self.note) || has(self.id)", true),
        ("!has(self.note)", true),
        ("self.lines.all(l, l.quantity > 0)", true),
        (
            "self.lines.exists(l, l.quantity == 5 && scaled(l.price, 2) == 300)",
            true,
        ),
        ("self.lines.exists_one(l, l.quantity == 5)", true),
        ("size(self.lines.filter(l, has(l.parts))) == 1", true),
        ("self.lines.map(l, l.quantity) == [2, 5]", true),
        (
            "self.lines.exists(l, has(l.parts) && l.parts.exists(p, p == 2))",
            true,
        ),
        ("sum(self.lines.map(l, l.quantity)) == 7", true),
        (
            "sum(self.lines.filter(l, false).map(l, l.quantity)) == 0",
            true,
        ),
        ("self.place['city-name'] == 'Tema'", true),
        ("self.tags[0] + self.tags[1] == 'abb'", true),
        ("(self.count > 2 ? self.id : 'none') == 'PO-7'", true),
        (
            "-self.count < 0 && self.count % 2 == 1 && self.count / 2 == 1",
            true,
        ),
        ("string(self.count) == '3' && int('4') == 4", true),
        ("oldSelf == null || oldSelf.count < self.count", true),
    ];
    for (expression, expected) in cases {
        let found = judge(expression, BODY, None);
        assert_eq!(found.is_ok(), expected, "{expression}: {found:?}");
    }
    let old = r#"{"count": 3}"#;
    let rule = "oldSelf == null || oldSelf.count < self.count";
    assert_eq!(
        judge(rule, BODY, Some(old)),
        Err("rule the-rule: the message".to_owned())
    );
}

#[test]
fn a_rule_that_cannot_be_evaluated_says_why() {
    let cases = [
        ("self.note == 'x'", "there is no field \"note\""),
        ("oldSelf.count == 1", "an operation on values"),
        ("self.count / (self.count - 3) == 1", "a division by zero"),
        (
            "self.count * 9223372036854775807 > 0",
            "a number out of range",
        ),
        ("self.tags[7] == 'x'", "an index behind the end of a list"),
        ("timestamp(self.id) > block.time", "timestamp"),
        (
            "timestamp(self.count + 253402300800) > block.time",
            "1 to 9999",
        ),
        ("duration(self.id) > duration('1s')", "duration"),
        (
            "duration(self.id + 's') > duration('1s')",
            "whole nanoseconds",
        ),
        ("scaled(self.weight, 0) == 12", "more than 0 decimal places"),
        ("scaled(self.id, 2) == 12", "the text is no number"),
    ];
    for (expression, expected) in cases {
        let reason = judge(expression, BODY, None).unwrap_err();
        assert!(
            reason.starts_with("rule the-rule cannot be evaluated: "),
            "{reason}"
        );
        assert!(reason.contains(expected), "{expression}: {reason}");
    }
}

/// The same on every run, whatever the order of the library's maps.
#[test]
fn reasons_do_not_depend_on_the_order_of_maps() {
    let rule = "oldSelf.count == 1 || self.place == oldSelf.place";
    let reasons: Vec<_> = (0..20).map(|_| judge(rule, BODY, None)).collect();
    assert!(
        reasons.windows(2).all(|pair| pair[0] == pair[1]),
        "{reasons:?}"
    );
}

#[test]
fn what_rules_may_not_say_is_found_with_its_place() {
    let cases = [
        ("", 0, "empty"),
        ("self.count ==", 13, ""),
        ("self.count", 4, "true or false"),
        ("self.conut == 3", 4, "declares no field \"conut\""),
        ("self.unknown == 3", 4, "one \"type\""),
        ("self.either == null", 4, "one \"type\""),
        ("true && other.x", 8, "other is unknown"),
        ("self.count == 3.5", 14, "no floating point"),
        ("self.count == 3u", 14, "no unsigned"),
        ("b'x' == b'x'", 0, "byte strings"),
        ("self.weight < 13", 12, "use scaled"),
        ("self.weight == 13", 12, "use scaled"),
        ("self.count < 'x'", 11, "no < for (int, string)"),
        ("self.flag < true", 10, "no < for (bool, bool)"),
        ("self.place.all(k, true)", 4, "lists only"),
        ("{'a': 1}.all(k, true)", 0, "no maps"),
        ("self.endless.all(x, x == '')", 4, "\"maxItems\""),
        ("self.things.all(x, true)", 4, "items of this list"),
        (
            "self.lines.all(a, self.lines.all(b, self.lines.all(c, true)))",
            50,
            "deep",
        ),
        ("self.id.matches(self.id)", 15, "literal"),
        ("self.id.matches('(?=a)')", 15, "look-around"),
        ("scaled(self.weight, self.count) == 1", 6, "literal"),
        ("scaled(self.weight, 40) == 1", 6, "0 to 18"),
        (
            "block.time.getHours('Europe/Berlin') == 1",
            19,
            "no getHours",
        ),
        ("double(self.count) > 1", 6, "no double"),
        ("type(self.count) == int", 4, ""),
        ("dyn(self.count) == 1", 3, "no dyn"),
        ("-duration('1s') < duration('1s')", 0, "no - for (duration)"),
        (
            "submitter.name == 'x'",
            9,
            "submitter has member and roles, and no field \"name\"",
        ),
        (
            "block.hash == 'x'",
            5,
            "block has height and time, and no field \"hash\"",
        ),
        ("self.count.x == 1", 10, "an int has no field \"x\""),
        ("self.id.x == 1", 7, "a string has no field \"x\""),
        (
            "sum(self.tags) == 1",
            3,
            "no sum for (list of string): it adds up whole numbers",
        ),
        (
            "sum(self.counts) == 1",
            3,
            "no sum for (list of int): the list needs \"maxItems\"",
        ),
        (
            "sum(self.lines.map(l, l.price)) == 1",
            3,
            "no sum for (list of number): the schema allows fractions here, use sum(list.map(x, scaled(x, places)))",
        ),
        (
            "sum(self.things) == 1",
            3,
            "no sum for (list): the items of the list have no single \"type\"",
        ),
        ("sum(self.count) == 1", 3, "no sum for (int)"),
        ("self.place[self.id] == 'x'", 10, "named by a literal"),
        ("[1, 'a'] == [1]", 0, "one type"),
    ];
    for (expression, offset, expected) in cases {
        let fault = compile(expression).map(|_| ()).unwrap_err();
        assert!(fault.reason.contains(expected), "{expression}: {fault:?}");
        assert_eq!(fault.offset, offset, "{expression}: {fault:?}");
    }
}

/// What consists of literals alone is tried when the contract is checked, wherever it stands in a rule.
#[test]
fn literals_that_can_never_be_evaluated_are_found_with_their_place() {
    for (expression, begin, expected) in [
        ("1/0 == 1", "1/0", "a division by zero"),
        (
            "self.count == 1 || self.count > 7 % (3 - 3)",
            "7 %",
            "a division by zero",
        ),
        (
            "self.flag ? [1, 2, 3][7] == 1 : true",
            "[1, 2",
            "an index behind the end",
        ),
        ("int('abc') == 1", "int(", "int: "),
        (
            "self.count == scaled('abc', 2)",
            "scaled(",
            "the text is no number",
        ),
        (
            "scaled( ('1.23') , 1) == 1",
            "scaled(",
            "more than 1 decimal places",
        ),
        ("sum([9223372036854775807, 1]) > 1", "sum(", "too large"),
        (
            "9223372036854775807 + 1 > self.count",
            "9223372036854775807 +",
            "out of range",
        ),
        (
            "block.time - timestamp(self.until) < duration('72x')",
            "duration(",
            "1h30m",
        ),
        (
            "timestamp('2026-13-01T00:00:00Z') < block.time",
            "timestamp(",
            "timestamp: ",
        ),
        (
            "timestamp(253402300800) > block.time",
            "timestamp(",
            "1 to 9999",
        ),
        (
            "self.id == 'ä' && duration('1.5ns') > duration('1s')",
            "duration('1.5ns",
            "nanoseconds",
        ),
        (
            "self.lines.all(l, l.quantity > 1 / 0)",
            "1 / 0",
            "a division by zero",
        ),
        (
            "self.lines.map(l, 1 / 0) == [1]",
            "1 / 0",
            "a division by zero",
        ),
        ("self.count / 0 > 1", "self", "a division by zero"),
        ("1 < self.count % (2 - 2)", "self", "a division by zero"),
        (
            "self.tags[-1] == 'x'",
            "self",
            "an index before the beginning",
        ),
        (
            "'abc'.matches('b') && 'abc'[0] == 'a'",
            "",
            "no [_] for (string, int)",
        ),
    ] {
        let fault = compile(expression).unwrap_err();
        assert!(fault.reason.contains(expected), "{expression}: {fault:?}");
        if !begin.is_empty() {
            assert!(
                fault.reason.starts_with("this can never be evaluated: "),
                "{fault:?}"
            );
            assert_eq!(
                Some(fault.offset),
                expression.find(begin),
                "{expression}: {fault:?}"
            );
        }
    }
    for expression in [
        "1 + 1 == 2",
        "1 == 2",
        "'abc'.matches('b')",
        "size([1, 2]) == 2 && [1, 2][1] == 2 && 1 in [1]",
        "timestamp('2026-12-01T00:00:00Z') + duration('72h') > block.time",
        "[1, 2].exists(x, 4 / x == self.count)",
        "self.count / (self.count - 3) == 1",
        "self.count / 2 == 1 && 0 / self.count == 0 && self.tags[0] == 'x'",
        "false && self.flag",
    ] {
        assert!(compile(expression).is_ok(), "{expression}");
    }
}

#[test]
fn expressions_are_bounded_before_they_are_parsed() {
    let too_deep = format!("{}true{}", "(".repeat(200), ")".repeat(200));
    let too_many = "true ? ".repeat(MAX_CONDITIONALS + 1) + "true";
    let too_long = format!("self.id == '{}'", "x".repeat(MAX_EXPRESSION_BYTES));
    let too_wide = "true || ".repeat(250) + "true";
    for expression in [&too_deep, &too_many, &too_long] {
        assert!(compile(expression).is_err());
    }
    assert!(compile(&too_wide).is_ok());
    let deep = format!(
        "{}true{}",
        "(".repeat(MAX_BRACKET_DEPTH),
        ")".repeat(MAX_BRACKET_DEPTH)
    );
    assert!(compile(&deep).is_ok());
    // Operators stand in each other without brackets too: what is taken is evaluated on the stack of a thread.
    let sum = |operators: usize| format!("self.count == 1{}", " + 1".repeat(operators));
    let long = compile(&sum(240)).unwrap();
    let body = crate::types::json::read(br#"{"count": 241}"#).unwrap();
    assert_eq!(long.judge_body(&rule_value(Some(&body)).unwrap()), Ok(()));
    assert!(compile(&sum(900)).is_err());
    for junk in ["!".repeat(2_000), "-".repeat(2_000), "a.".repeat(1_000)] {
        assert!(compile(&junk).is_err());
    }
}

#[test]
fn steps_grow_with_what_the_schema_allows() {
    let steps = |expression: &str| compile(expression).unwrap().steps();
    let one = steps("self.lines.all(l, l.quantity > 0)");
    let two = steps("self.lines.all(l, !has(l.parts) || l.parts.all(p, p > 0))");
    assert!(two > 5 * one, "{one} {two}");
    // A string without maxLength may be as long as a body.
    assert!(steps("self.note == self.note") > 50 * steps("self.id == self.id"));
    // Most of the pattern's states may be alive at each byte.
    let slow = steps("self.note.matches('[01]*1[01]{800}')");
    assert!(slow > 4 * steps("self.note.matches('^[01]+$')"));
    assert!(slow > super::MAX_STEPS_PER_KIND);
    let joined = "self.lines.map(l, self.note + self.note + self.note).exists(x, x == '')";
    assert!(steps(joined) > super::MAX_STEPS_PER_KIND);
}

#[test]
fn only_rules_that_read_more_than_the_record_wait_for_the_state() {
    for (expression, expected) in [
        ("self.count > 0", false),
        ("self.lines.all(l, l.quantity > self.count)", false),
        ("oldSelf == null", true),
        ("block.height > 0", true),
        ("submitter.member == self.id", true),
    ] {
        assert_eq!(
            compile(expression).unwrap().reads_state(),
            expected,
            "{expression}"
        );
    }
}

/// What cannot be read is told with what was met, and without the names of the parser's grammar.
#[test]
fn faults_of_the_grammar_are_told_in_words() {
    for (expression, offset, reason) in [
        (
            "self.count >",
            12,
            "the expression ends too early: a value, a name or a bracket is expected",
        ),
        (
            "self.count > 1 1",
            15,
            "`1` does not fit here: the end of the expression is expected",
        ),
        (
            "self.count >\n  && self.flag",
            15,
            "`&&` does not fit here: a value, a name or a bracket is expected",
        ),
        (
            "(self.count > 1",
            15,
            "the expression ends too early: `)` is expected",
        ),
        (
            "self.count > 1)",
            14,
            "`)` does not fit here: the end of the expression is expected",
        ),
        ("self.count # 1", 11, "`#` is no part of the language"),
        ("self.", 5, "the expression ends too early, after `.`"),
        (
            "self.count = 1",
            11,
            "`=` is no part of the language: `==` compares",
        ),
        (
            "[1, 2",
            5,
            "the expression ends too early: `,` or `]` is expected",
        ),
        ("{'a' 1}", 5, "`1` does not fit here: `:` is expected"),
        ("if true", 0, "`if` is a word of the language, and no name"),
        ("// äöüß\nhas(1)", 16, "invalid argument to has() macro"),
        (
            "self.flag ? 1",
            13,
            "the expression ends too early: an operator or `:` is expected",
        ),
    ] {
        let fault = compile(expression).unwrap_err();
        assert_eq!(
            (fault.offset, fault.reason.as_str()),
            (offset, reason),
            "{expression:?}"
        );
    }
}

/// As a text it would be unlike every integer, and `!=` would go on with that.
#[test]
fn a_number_of_more_than_64_bits_is_refused_before_a_rule_reads_it() {
    let value = |text: &str| {
        let body = crate::types::json::read(text.as_bytes()).unwrap();
        rule_value(Some(&body))
    };
    for number in [
        "9223372036854775808",
        "18446744073709551615",
        "-9223372036854775809",
        "1e30",
        "123456789012345678901234567890123456789012345678901234567890",
    ] {
        let fault = value(&format!(r#"{{"a": [1, {{"b/c": {number}}}]}}"#)).unwrap_err();
        assert_eq!(fault.pointer, "/a/1/b~1c", "{number}");
        assert!(fault.reason.contains("64 bits"), "{fault:?}");
    }
    for number in ["9223372036854775807", "-9223372036854775808", "0.5", "1e3"] {
        assert!(value(&format!(r#"{{"a": {number}}}"#)).is_ok(), "{number}");
    }
}
