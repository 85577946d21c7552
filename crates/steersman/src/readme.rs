//! The README's code, so that it is compiled with the examples of the documentation.

#[doc = include_str!("../../../README.md")]
struct Readme;
