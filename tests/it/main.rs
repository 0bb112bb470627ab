//! Integration tests.
mod broken;
mod example;
mod schemas;
