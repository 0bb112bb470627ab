//! Tests of the order: numbers in, and every order and every state looked at.

mod all_orders;
mod cases;
mod exhaustive;
mod witnesses;
