//! Live state as manifests.
//!
//! Responsible for the files that say what a target holds ([`files()`]), for which edits make files that
//! are there say it ([`update()`]), and for editing manifests so that everything else in them stays as it
//! is ([`edit()`]). What the result means is never assumed: it is read again and planned against the live
//! state before it is given away. Not responsible for reading targets (`remote`) nor for writing files
//! (`cli`).

mod described;
mod files;
mod grants;
mod left_out;
mod scalar;
mod spelling;
mod yaml;

#[cfg(test)]
mod tests;

pub use files::{Options, Pulled, PulledFile, Split, files};
pub use left_out::LeftOut;
pub use yaml::Yaml;
