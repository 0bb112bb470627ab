//! States in, answers out.
