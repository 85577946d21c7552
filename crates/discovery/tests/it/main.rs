//! Discovery against recorded answers: every test goes through a client, as a user would.

mod cache;
mod eager;
mod embedded;
mod forms;
mod hostile;
mod lazy;
mod lookups;
mod recorded;
mod search;
