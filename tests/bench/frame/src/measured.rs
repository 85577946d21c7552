//! What a client program prints.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

/// One line of JSON: what the operation took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measured {
    /// What was done.
    pub mode: String,
    /// How many objects, events or answers.
    pub items: u64,
    /// How long it took, in seconds.
    pub wall_s: f64,
    /// The processor's time outside of the kernel, in seconds, of all threads.
    pub cpu_user_s: f64,
    /// The processor's time in the kernel, in seconds, of all threads.
    pub cpu_sys_s: f64,
    /// The most memory that the process ever had, its start included, in kB of 1024 bytes.
    pub peak_rss_kb: u64,
    /// How many requests were sent.
    pub requests: u64,
}

impl Measured {
    /// Prints it to the standard output.
    ///
    /// # Errors
    /// If nobody reads it.
    pub fn print(&self) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        io::stdout().write_all(&line)
    }
}
