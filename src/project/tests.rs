//! From the text of a project file to findings and a project.

use super::*;
use crate::platform::schema_text;

#[test]
fn print() {
    println!("{}", schema_text(&schema()));
    println!("{}", schema_text(&crate::platform::schema()));
}
