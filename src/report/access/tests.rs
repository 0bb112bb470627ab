//! Answers in, text out.
