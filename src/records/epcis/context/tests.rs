use super::*;
use crate::types::json::read;

fn with_context(text: &str, check: impl FnOnce(Result<Context<'_>, EpcisError>)) {
    let json = read(text.as_bytes()).expect("valid JSON");
    check(Context::read(&json));
}

#[test]
fn all_three_forms_declare_prefixes() {
    with_context(
        r#""https://ref.gs1.org/standards/epcis/epcis-context.jsonld""#,
        |context| {
            assert_eq!(
                context.expect("valid").expand("gs1:Mass"),
                "https://gs1.org/voc/Mass"
            );
        },
    );
    with_context(r#"{"farm": "https://farm.example/terms#"}"#, |context| {
        assert_eq!(
            context.expect("valid").expand("farm:shade"),
            "https://farm.example/terms#shade"
        );
    });
    let text = r#"["https://c.example/", {"a": "https://a.example/"}, {"a": {"@id": "https://b.example/", "@prefix": true}, "a:x": {"@type": "@id"}}]"#;
    with_context(text, |context| {
        let context = context.expect("valid");
        assert_eq!(context.expand("a:x"), "https://b.example/x");
        assert_eq!(context.expand("b:x"), "b:x");
        assert_eq!(context.expand("a://x"), "a://x");
        assert_eq!(context.expand("plain"), "plain");
    });
}

#[test]
fn names_are_qualified() {
    with_context(r#"{"farm": "https://farm.example/terms#"}"#, |context| {
        let context = context.expect("valid");
        for (name, canonical) in [
            ("farm:shade", "{https://farm.example/terms#}shade"),
            (
                "https://farm.example/terms#shade",
                "{https://farm.example/terms#}shade",
            ),
            ("urn:farm:shade", "{urn:farm:}shade"),
            ("cbvmda:lotNumber", "{urn:epcglobal:cbv:mda}lotNumber"),
            ("unknown:shade", "unknown:shade"),
            ("https://farm.example/", "https://farm.example/"),
            ("shade", "shade"),
        ] {
            assert_eq!(context.extension_name(name).canonical(), canonical);
        }
    });
}

#[test]
fn a_prefix_is_certainly_undeclared_if_every_context_is_known() {
    for (text, is_certain) in [
        (
            r#""https://ref.gs1.org/standards/epcis/epcis-context.jsonld""#,
            true,
        ),
        (
            r#"["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"a": "https://a.example/"}]"#,
            true,
        ),
        (
            r#"["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "https://c.example/"]"#,
            false,
        ),
        (
            r#"["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"@import": "https://c.example/"}]"#,
            false,
        ),
    ] {
        with_context(text, |context| {
            let context = context.expect("valid");
            assert_eq!(
                context.has_undeclared_prefix("y:a://shade"),
                is_certain,
                "{text}"
            );
            assert_eq!(
                context.has_undeclared_prefix("y:shade"),
                is_certain,
                "{text}"
            );
            for name in [
                "gs1:shade",
                "urn:farm:shade",
                "URN:farm:shade",
                "https://farm.example/shade",
            ] {
                assert!(!context.has_undeclared_prefix(name), "{name}");
            }
        });
    }
}

#[test]
fn each_fault_is_reached() {
    let many = format!("[{}{{}}]", "{\"a\":\"x:\"},".repeat(MAX_CONTEXT_ENTRIES));
    for (text, pointer, expected) in [
        (
            "null",
            "",
            "expected a URI, an object or an array, found null",
        ),
        (
            "7",
            "",
            "expected a URI, an object or an array, found number",
        ),
        ("\"context\"", "", "\"context\" is not an absolute URI"),
        ("[[]]", "/0", "expected a URI or an object, found array"),
        (
            r#"[{"a":"x:"},{"a":"x:"}]"#,
            "/1",
            "the item occurs twice in its list",
        ),
        (
            r#"[{"a":"x:"},{"urn":"x:"}]"#,
            "/1/urn",
            "the prefix \"urn\" cannot be redefined",
        ),
        (
            r#"{"HTTPS":"x:"}"#,
            "/HTTPS",
            "the prefix \"HTTPS\" cannot be redefined",
        ),
        (many.as_str(), "", "33 items are more than the limit of 32"),
    ] {
        with_context(text, |context| {
            let error = context.expect_err("must be refused");
            assert_eq!(error.pointer(), pointer, "{text}");
            assert!(error.to_string().ends_with(expected), "{error}");
        });
    }
}
