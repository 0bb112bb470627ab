//! Bulk requests: rows of roles with their classifications and segments, as values.
//!
//! Responsible for what a request says, in YAML, CSV or XLSX, and for holding its rows to a live state
//! (DESIGN.md §3.3, R-TE-23 to R-TE-27). Not responsible for planning or sending it (`plan`, `apply`), nor
//! for reading and writing files: it takes bytes and gives bytes.
//!
//! [`read()`] makes the three forms into one: a file is decoded, its cells or keys become rows that still
//! know their places, and those are checked the same way, whatever they came from (`rows`). [`against()`]
//! finds the live roles. The other way, [`template`], [`results`] and any [`Draft`] become bytes with
//! [`write()`], and what is written reads back as what was meant.

mod against;
mod cell;
mod columns;
mod csv;
mod decode;
mod draft;
mod grid;
mod hidden;
mod names;
mod read;
mod request;
mod rows;
mod table;
mod unpack;
mod wording;
mod write;
mod xlsx;
mod yaml;

#[cfg(test)]
mod tests;

pub use against::{Against, RowState, Standing, against};
pub use draft::{Draft, DraftRow, Outcome, Template, Values, results, template};
pub use read::{MAX_REQUEST_BYTES, Reading, read};
pub use request::{Field, Form, Listed, Lists, Request, Row, Table};
pub use write::{WriteError, write};
pub use yaml::schema;
