//! The verbs against a server that answers from a script (what is sent, what is refused before, and what is made of the
//! answers), and against the embedded one.
//!
//! This program is always built with `cfg(test)`; saying so tells clippy that helpers are test code too.
#![cfg(test)]
#![expect(
    clippy::field_reassign_with_default,
    reason = "a case shows each option that it sets on a line of its own"
)]

mod before_sending;
mod bulk;
mod defaults;
mod embedded;
mod embedded_logs;
mod embedded_subresources;
mod errors;
mod faults;
mod forms;
mod inputs;
mod instance;
mod kinds;
mod lists;
mod local;
mod logs;
mod look_up;
mod names;
mod options;
mod owners;
mod raw;
mod raw_answers;
mod reviews;
mod server;
mod shards;
mod subresources;
mod timeouts;
mod wait;
mod watch;
mod watch_peers;
mod watch_ways;
mod wire;
