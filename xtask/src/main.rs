//! The house-keeping commands of the workspace
fn main() {}
