//! Discovery against recorded answers: every test goes through a client, as a user would.

mod cache;
mod eager;
mod embedded;
mod folder;
mod forms;
mod hammer;
mod hostile;
mod kubectl;
mod large;
mod lazy;
mod lookups;
mod memory;
mod recorded;
mod search;
mod short_names;
