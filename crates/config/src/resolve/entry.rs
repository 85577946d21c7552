//! One entry while it is read: its files, its base64, and errors that name it.

use std::path::{Path, PathBuf};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};

use crate::{
    Environment, Error,
    kubeconfig::Origin,
    referenced::{Problem, read_file},
};

/// The entry that is being read, for paths that are relative to its file and for errors.
pub(super) struct Entry<'a> {
    pub(super) what: &'static str,
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
    pub(super) environment: &'a Environment,
}

impl Entry<'_> {
    pub(super) fn error(&self, field: &str, problem: Problem) -> Error {
        let at = self.origin.key(self.what).key(field);
        problem
            .into_error(|kind, message| at.error(kind, message))
            .in_entry(self.what, self.name)
            .in_field(field)
    }

    pub(super) fn invalid(&self, field: &str, message: impl Into<String>) -> Error {
        self.error(field, Problem::invalid(message))
    }

    pub(super) fn unsupported(&self, field: &str, message: &str, hint: &'static str) -> Error {
        self.error(field, Problem::unsupported(message).with_hint(hint))
    }

    /// A path that the entry names, relative to the entry's file.
    pub(super) fn path(&self, field: &str, path: &str) -> Result<PathBuf, Error> {
        let path = Path::new(path);
        let absolute = match self.origin.path().and_then(Path::parent) {
            Some(folder) => folder.join(path),
            None => self.environment.absolute(path),
        };
        if absolute.is_relative() {
            return Err(
                self.invalid(field, "is a relative path, and there is no folder that it is relative to")
            );
        }
        Ok(absolute)
    }

    pub(super) fn read(&self, field: &str, path: &str) -> Result<(PathBuf, Vec<u8>), Error> {
        let path = self.path(field, path)?;
        let bytes = read_file(self.environment, &path).map_err(|problem| self.error(field, problem))?;
        Ok((path, bytes))
    }

    /// The content of a pair of fields, `field` a file and `field-data` base64, checked by `check`; `None` if neither
    /// is set.
    pub(super) fn file_or_data(
        &self,
        field: &str,
        file: Option<&str>,
        data: Option<&str>,
        check: fn(&[u8]) -> Result<(), &'static str>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let data_field = format!("{field}-data");
        match (file, data) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                let message = format!("{field} and {data_field} are both set");
                Err(self.invalid(&data_field, message).with_hint("keep one of them"))
            }
            (Some(file), None) => {
                let (path, bytes) = self.read(field, file)?;
                check(&bytes).map_err(|message| self.error(field, Problem::about(&path, message)))?;
                Ok(Some(bytes))
            }
            (None, Some(data)) => {
                let bytes = decode_base64(data).ok_or_else(|| {
                    let problem = Problem::invalid("is not base64");
                    self.error(
                        &data_field,
                        problem.with_hint("it is the base64 of a PEM file, on one line or several"),
                    )
                })?;
                check(&bytes).map_err(|message| self.invalid(&data_field, message))?;
                Ok(Some(bytes))
            }
        }
    }
}

/// As Go reads it: line breaks are skipped, padding is needed.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let engine =
        GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let joined: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    engine.decode(joined).ok()
}
