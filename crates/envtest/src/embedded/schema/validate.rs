//! What a structural schema refuses, in the words of the real server's validation.

use regex_lite::Regex;
use serde_json::Value;

use super::{ListKind, Schema, members, type_fits, type_name};
use crate::embedded::status::Cause;

/// Every rule of `schema` that `value` breaks. `path` is empty for a whole object.
pub(crate) fn validate(value: &Value, schema: &Schema, path: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    node(value, schema, path, &mut causes);
    causes
}

fn node(value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    if !type_fits(value, schema) {
        let found = type_name(value);
        let wanted = if schema.int_or_string { "integer,string" } else { &schema.kind };
        let detail = format!("{path} in body must be of type {wanted}: {found:?}");
        causes.push(Cause::type_invalid(path, &found.into(), &detail));
        if schema.kind == "integer" && found == "number" {
            let detail = format!("Checked value must be of type integer (default format) in {path}");
            causes.push(Cause::invalid("<nil>", &"".into(), &detail));
        }
        return;
    }
    if value.is_null() {
        return;
    }
    let rules = &schema.rules;
    if !rules.choices.is_empty() && !rules.choices.contains(value) {
        let choices: Vec<String> = rules.choices.iter().map(plain).collect();
        causes.push(Cause::not_supported(path, value, &choices));
    }
    match value {
        Value::Number(_) => number(value, schema, path, causes),
        Value::String(text) => string(text, value, schema, path, causes),
        Value::Array(list) => array(list, value, schema, path, causes),
        Value::Object(_) => object(value, schema, path, causes),
        _ => {}
    }
    combined(value, schema, path, causes);
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let (rules, Some(number)) = (&schema.rules, value.as_f64()) else { return };
    let mut refuse = |detail: String| {
        causes.push(Cause::invalid(path, value, &format!("{path} in body {detail}")));
    };
    match (rules.minimum, rules.exclusive_minimum) {
        (Some(least), true) if number <= least => refuse(format!("should be greater than {least}")),
        (Some(least), false) if number < least => {
            refuse(format!("should be greater than or equal to {least}"))
        }
        _ => {}
    }
    match (rules.maximum, rules.exclusive_maximum) {
        (Some(most), true) if number >= most => refuse(format!("should be less than {most}")),
        (Some(most), false) if number > most => refuse(format!("should be less than or equal to {most}")),
        _ => {}
    }
    if let Some(factor) = rules.multiple_of
        && (number / factor).fract() != 0.0
    {
        refuse(format!("should be a multiple of {factor}"));
    }
}

fn string(text: &str, value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let rules = &schema.rules;
    let length = text.chars().count() as u64;
    if let Some(most) = rules.max_length.filter(|most| length > *most) {
        let message = format!("Too long: may not be more than {most} bytes");
        causes.push(Cause::with("FieldValueTooLong", path, message));
    }
    if let Some(least) = rules.min_length.filter(|least| length < *least) {
        causes.push(Cause::invalid(
            path,
            value,
            &format!("{path} in body should be at least {least} chars long"),
        ));
    }
    // A pattern that this engine cannot read refuses nothing: the CRD was accepted with it.
    if let Some(pattern) = &rules.pattern
        && Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text))
    {
        causes.push(Cause::invalid(path, value, &format!("{path} in body should match '{pattern}'")));
    }
}

fn array(list: &[Value], value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let (rules, length) = (&schema.rules, list.len() as u64);
    if let Some(most) = rules.max_items.filter(|most| length > *most) {
        let message = format!("Too many: {length}: must have at most {most} items");
        causes.push(Cause::with("FieldValueTooMany", path, message));
    }
    if let Some(least) = rules.min_items.filter(|least| length < *least) {
        let detail = format!("{path} in body should have at least {least} items");
        causes.push(Cause::invalid(path, &length.into(), &detail));
    }
    if rules.unique_items && has_duplicate(list.iter()) {
        causes.push(Cause::invalid(path, value, &format!("{path} in body shouldn't contain duplicates")));
    }
    match &schema.list {
        ListKind::Atomic => {}
        ListKind::Set => duplicates(list.iter().map(Clone::clone), path, causes),
        ListKind::Map(keys) => {
            let key_of = |item: &Value| -> Value {
                keys.iter().map(|key| (key.clone(), item[key.as_str()].clone())).collect()
            };
            duplicates(list.iter().map(key_of), path, causes);
        }
    }
    if let Some(items) = &schema.items {
        for (index, item) in list.iter().enumerate() {
            node(item, items, &format!("{path}[{index}]"), causes);
        }
    }
}

fn has_duplicate<'a>(mut items: impl Iterator<Item = &'a Value>) -> bool {
    let mut seen = Vec::new();
    items.any(|item| seen.contains(&item) || (seen.push(item), false).1)
}

fn duplicates(keys: impl Iterator<Item = Value>, path: &str, causes: &mut Vec<Cause>) {
    let mut seen: Vec<Value> = Vec::new();
    for (index, key) in keys.enumerate() {
        if seen.contains(&key) {
            let shown = if key.is_string() { format!("{:?}", plain(&key)) } else { key.to_string() };
            let message = format!("Duplicate value: {shown}");
            causes.push(Cause::with("FieldValueDuplicate", format!("{path}[{index}]"), message));
        } else {
            seen.push(key);
        }
    }
}

fn object(value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let (rules, length) = (&schema.rules, value.as_object().map_or(0, serde_json::Map::len) as u64);
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    if let Some(most) = rules.max_properties.filter(|most| length > *most) {
        let message = format!("Too many: {length}: must have at most {most} items");
        causes.push(Cause::with("FieldValueTooMany", path, message));
    }
    if let Some(least) = rules.min_properties.filter(|least| length < *least) {
        let detail = format!("{path} in body should have at least {least} properties");
        causes.push(Cause::invalid(path, &length.into(), &detail));
    }
    for name in rules.required.iter().filter(|name| value.get(name.as_str()).is_none()) {
        causes.push(Cause::required(below(name), ""));
    }
    for (name, member) in members(value) {
        if let (Some(member_schema), _) = schema.member(name) {
            node(member, member_schema, &below(name), causes);
        }
    }
}

fn combined(value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let rules = &schema.rules;
    let fits = |one: &Schema| validate(value, one, path).is_empty();
    for one in &rules.all_of {
        node(value, one, path, causes);
    }
    // The real server's library loses the place of these on the way.
    let refuse = |causes: &mut Vec<Cause>, detail: &str| {
        causes.push(Cause::invalid("<nil>", &"".into(), &format!("{path:?} {detail}")));
    };
    if !rules.any_of.is_empty() && !rules.any_of.iter().any(fits) {
        refuse(causes, "must validate at least one schema (anyOf)");
        causes.extend(validate(value, &rules.any_of[0], path));
    }
    if !rules.one_of.is_empty() {
        match rules.one_of.iter().filter(|one| fits(one)).count() {
            1 => {}
            0 => {
                refuse(causes, "must validate one and only one schema (oneOf). Found none valid");
                causes.extend(validate(value, &rules.one_of[0], path));
            }
            found => {
                let detail = format!(
                    "must validate one and only one schema (oneOf). Found {found} valid alternatives"
                );
                refuse(causes, &detail);
            }
        }
    }
    if rules.not.as_deref().is_some_and(fits) {
        refuse(causes, "must not validate the schema (not)");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::Schema, validate};

    #[track_caller]
    fn check(schema: &Value, value: &Value, want: &[&str]) {
        let schema =
            Schema::parse(&json!({"type": "object", "properties": {"a": schema}, "required": ["a"]}));
        let got: Vec<String> = validate(&json!({"a": value}), &schema, "")
            .into_iter()
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn rules() {
        check(&json!({"type": "integer", "minimum": 1}), &json!(1), &[]);
        check(
            &json!({"type": "integer", "minimum": 1}),
            &json!(0),
            &["a: Invalid value: 0: a in body should be greater than or equal to 1"],
        );
        check(
            &json!({"type": "integer"}),
            &json!("x"),
            &[r#"a: Invalid value: "string": a in body must be of type integer: "string""#],
        );
        check(
            &json!({"type": "string", "enum": ["x", "y"]}),
            &json!("z"),
            &[r#"a: Unsupported value: "z": supported values: "x", "y""#],
        );
        check(
            &json!({"type": "string", "pattern": "^[a-z]+$"}),
            &json!("A"),
            &[r#"a: Invalid value: "A": a in body should match '^[a-z]+$'"#],
        );
        check(
            &json!({"type": "string", "maxLength": 1}),
            &json!("AB"),
            &["a: Too long: may not be more than 1 bytes"],
        );
        check(
            &json!({"type": "array", "maxItems": 1}),
            &json!([1, 2]),
            &["a: Too many: 2: must have at most 1 items"],
        );
        check(
            &json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"]}),
            &json!([{"n": "x"}, {"n": "x"}]),
            &[r#"a[1]: Duplicate value: {"n":"x"}"#],
        );
        check(&json!({"type": "object", "required": ["b"]}), &json!({}), &["a.b: Required value"]);
        check(&json!({"x-kubernetes-int-or-string": true}), &json!("50%"), &[]);
        check(
            &json!({"oneOf": [{"required": ["b"]}, {"required": ["c"]}]}),
            &json!({}),
            &[
                r#"<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found none valid"#,
                "a.b: Required value",
            ],
        );
    }
}
