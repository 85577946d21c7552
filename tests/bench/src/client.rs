//! `client`: one client does one thing, and prints what it took.

use clap::ValueEnum;
use steersman_bench_frame::{Arguments, Mode, Unsupported};

use crate::{Outcome, modes, peers};

/// The arguments of `client`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    arguments: Arguments,
    /// Who does it.
    #[arg(long, value_enum, default_value_t = Who::Steersman)]
    who: Who,
}

/// The clients of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Who {
    /// This project, by its public interface alone.
    Steersman,
    /// Bare hyper, which receives and looks at nothing: the physical limit.
    Receive,
    /// Bare hyper, and serde_json's `RawValue` for the items, of which each is parsed for what is read.
    RawValue,
    /// Bare hyper, and serde_json's `Value` for everything.
    Value,
    /// hyper-util's pooled client, which receives and looks at nothing.
    Pooled,
}

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let arguments = &options.arguments;
    let measured = arguments.runtime()?.block_on(async {
        match (options.who, arguments.mode) {
            (Who::Steersman, _) => modes::run(arguments).await,
            (Who::Receive, Mode::List | Mode::Body) => peers::receive::run(arguments).await,
            (Who::Receive, Mode::Watch) => peers::lines::run(arguments).await,
            (Who::RawValue, Mode::List) => peers::raw_value::list(arguments).await,
            (Who::RawValue, Mode::Watch) => peers::raw_value::watch(arguments).await,
            (Who::Value, Mode::List) => peers::value::list(arguments).await,
            (Who::Pooled, Mode::Get | Mode::Get16 | Mode::Request | Mode::Request16) => {
                peers::pooled::run(arguments).await
            }
            (_, mode) => Err(Unsupported::new(mode).into()),
        }
    })?;
    measured.print()?;
    Ok(())
}
