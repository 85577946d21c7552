//! What a client program is told.

use std::{fmt, fs, io, path::PathBuf};

use clap::ValueEnum;

/// The arguments of a client program.
#[derive(Clone, Debug, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// What is done.
    #[arg(value_enum)]
    pub mode: Mode,
    /// The server: its URL.
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// The authority that signed the server's certificate: a file of PEM.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// How many events, GETs or requests; a list is as long as the server's.
    #[arg(long, default_value_t = 20_000)]
    pub count: u64,
    /// The namespace and the name of the object of `get`.
    #[arg(long, value_name = "NAMESPACE/NAME", default_value = "shop/web-6c9f7d8b5d-00003")]
    pub object: String,
    /// The path of `request` and of `body`.
    #[arg(long, value_name = "PATH", default_value = "/api/v1/namespaces/shop/configmaps/small")]
    pub path: String,
    /// Works on as many threads as there are processors, and not on one.
    #[arg(long)]
    pub multi_thread: bool,
}

/// What a client program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Mode {
    /// Lists all pods in one answer, and reads the name and spec.nodeName of each.
    List,
    /// Lists all pods in pages of 500, and reads the name and spec.nodeName of each before it is dropped.
    ListPaged,
    /// Watches pods, and reads the type and the name of each event.
    Watch,
    /// Fills a map by key from the list in pages, without managedFields.
    Store,
    /// Gets one pod again and again, and reads its name.
    Get,
    /// The same from sixteen loops at once.
    #[value(name = "get-16")]
    Get16,
    /// Finds out all that the server serves.
    Discovery,
    /// Sends one small request again and again, below all that knows of objects.
    Request,
    /// The same from sixteen loops at once.
    #[value(name = "request-16")]
    Request16,
    /// Takes in one long body, below all that knows of objects.
    Body,
}

impl Mode {
    /// How many loops work at once.
    #[must_use]
    pub fn loops(self) -> u64 {
        match self {
            Self::Get16 | Self::Request16 => 16,
            _ => 1,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

impl Arguments {
    /// The namespace and the name of the object of `get`.
    #[must_use]
    pub fn namespace_and_name(&self) -> (&str, &str) {
        self.object.split_once('/').unwrap_or(("", &self.object))
    }

    /// The PEM of the authority, where one was given.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn authority(&self) -> io::Result<Option<Vec<u8>>> {
        self.ca.as_ref().map(fs::read).transpose()
    }

    /// The runtime that the program works on.
    ///
    /// # Errors
    /// If the system gives no thread or no poll.
    pub fn runtime(&self) -> io::Result<tokio::runtime::Runtime> {
        let mut builder = match self.multi_thread {
            true => tokio::runtime::Builder::new_multi_thread(),
            false => tokio::runtime::Builder::new_current_thread(),
        };
        builder.enable_all().build()
    }
}

/// A mode that a program does not have.
#[derive(Clone, Copy, Debug)]
pub struct Unsupported(Mode);

impl Unsupported {
    /// The program does not have this mode.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self(mode)
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this program has no mode {}", self.0)
    }
}

impl std::error::Error for Unsupported {}
