//! Live state as manifests.
//!
//! Responsible for the files that say what a target holds ([`files()`]), for which edits make files that
//! are there say it ([`update()`]), and for editing single fields so that everything else in a manifest
//! stays as it is ([`edit()`]). What the result means is never assumed: it is read again and planned against the live
//! state before it is given away. Not responsible for reading targets (`remote`) nor for writing files
//! (`cli`).

mod described;
mod edit;
mod fields;
mod files;
mod grants;
mod index;
mod left_out;
mod renamed;
mod scalar;
mod spelling;
mod update;
mod yaml;

#[cfg(test)]
mod tests;

pub use fields::{FieldEdit, edit};
pub use files::{Options, Pulled, PulledFile, Split, files};
pub use index::{FileEdit, LeftAsItIs};
pub use left_out::LeftOut;
pub use update::{UpdateOptions, Updated, update};
pub use yaml::Yaml;
