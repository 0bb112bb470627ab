//! Bulk requests: rows of roles with their classifications and segments, as values.
//!
//! Responsible for what a request says, in YAML, CSV or XLSX, and for holding its rows to a live state
//! (DESIGN.md §3.3, R-TE-23 to R-TE-27). Not responsible for planning or sending it (`plan`, `apply`), nor
//! for reading and writing files: it takes bytes and gives bytes.

mod request;

pub use request::{Form, Listed, Lists, Request, Row};
