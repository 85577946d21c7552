//! Equality is of content.

use steersman_json::Document;

#[track_caller]
fn check(classes: &[&[&str]]) {
    let all: Vec<_> = classes
        .iter()
        .enumerate()
        .flat_map(|(class, texts)| texts.iter().map(move |text| (class, *text)))
        .collect();
    for &(left_class, left) in &all {
        for &(right_class, right) in &all {
            let equal = left.parse::<Document>().unwrap() == right.parse::<Document>().unwrap();
            assert_eq!(equal, left_class == right_class, "{left} and {right}");
        }
    }
}

#[test]
fn spelling_does_not_matter() {
    check(&[
        &[
            r#"{"a":1,"b":[1,2]}"#,
            r#"{"b":[1.0,2e0],"a":10e-1}"#,
            "{\n \"a\" : 1 ,\t\"b\":[ 1,2 ]}",
            r#"{"\u0061":1,"b":[1,2]}"#,
        ],
        &[r#"{"a":1,"b":[2,1]}"#],
        &[r#"{"a":1}"#, r#"{"a":2,"a":1}"#, r#"{"a":{"x":[]},"\u0061":1.0}"#],
        &[r#"{"a":2}"#, r#"{"a":1,"a":2}"#],
        &[r#"{"a":null}"#],
        &["{}", "{ }"],
        &["[]", "[\n]"],
        &["null"],
        &["true"],
        &["false"],
        &["0", "-0", "0.0"],
        &["\"0\"", r#""\u0030""#],
        &["\"\""],
        &["\"/\"", r#""\/""#, r#""\u002F""#],
        &["\"😀\"", r#""\ud83d\ude00""#],
        &["\"é\"", r#""\u00e9""#],
        &["\"e\u{301}\""],
        &["[1]"],
        &["[1,1]"],
        &["[[1]]"],
    ]);
}

#[test]
fn no_digit_is_lost() {
    check(&[
        &["9007199254740993", "9007199254740993.000", "9.007199254740993e15"],
        &["9007199254740992"],
        &["0.1", "1e-1"],
        &["0.1000000000000000055511151231257827"],
        &["1e400", "10e399"],
        &["1e401"],
    ]);
}
