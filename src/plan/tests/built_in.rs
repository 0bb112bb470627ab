//! Roles that the platform brings along.
