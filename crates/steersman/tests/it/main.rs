//! The examples as a newcomer meets them: the programs themselves, run in processes of their own.

mod errors;
mod example;
mod tour;
