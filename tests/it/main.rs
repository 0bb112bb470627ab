//! Integration tests.
mod broken;
mod example;
