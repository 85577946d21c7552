//! One entry while it is read: its files, its base64, and errors that name it.

use std::path::{Path, PathBuf, is_separator};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};

use crate::{
    Author, Environment, Error, ErrorKind,
    error::Place,
    kubeconfig::Origin,
    overrides::Overridden,
    referenced::{Problem, read_file},
};

/// The entry that is being read, for paths that are relative to its file and for errors.
pub(super) struct Entry<'a> {
    pub(super) what: &'static str,
    pub(super) name: &'a str,
    /// `None` if all that is said was said by overrides.
    pub(super) origin: Option<&'a Origin>,
    pub(super) overridden: Overridden,
    pub(super) environment: &'a Environment,
    pub(super) author: Author,
}

impl Entry<'_> {
    /// An error about a field, whose dots lead into it.
    pub(super) fn error(&self, field: &str, problem: Problem) -> Error {
        match self.origin.filter(|_| !self.is_overridden(field)) {
            None => problem.into_error(Error::new).in_place(Place::Override).in_field(field),
            Some(origin) => {
                let at = field.split('.').fold(origin.key(self.what), |at, key| at.key(key));
                problem
                    .into_error(|kind, message| at.error(kind, message))
                    .in_entry(self.what, self.name)
                    .in_field(field)
            }
        }
    }

    pub(super) fn invalid(&self, field: &str, message: impl Into<String>) -> Error {
        self.error(field, Problem::invalid(message))
    }

    /// What a stranger's configuration may not do.
    pub(super) fn refused(&self, field: &str, message: &str) -> Error {
        let problem = Problem::new(ErrorKind::Refused, message);
        self.error(field, problem.with_hint("if you trust its author, load it without Author::Stranger"))
    }

    /// A path that the entry names, relative to the entry's file.
    pub(super) fn path(&self, field: &str, path: &str) -> Result<PathBuf, Error> {
        let path = Path::new(path);
        let origin = self.origin.filter(|_| !self.is_overridden(field));
        if origin.is_some() && self.author == Author::Stranger {
            return Err(self.refused(field, "names a file, which a stranger's configuration may not"));
        }
        let absolute = match origin.and_then(Origin::path).and_then(Path::parent) {
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

    /// A program: a bare name stays one, a path is relative to the entry's file.
    pub(super) fn command(&self, field: &str, command: &str) -> Result<String, Error> {
        if !command.contains(is_separator) {
            return Ok(command.to_owned());
        }
        let path = self.path(field, command)?.into_os_string().into_string();
        path.map_err(|_| self.invalid(field, "is in a folder whose name is not text"))
    }

    /// The content of a pair of fields, `field` a file and `field-data` base64, checked by `check`; `None` if neither
    /// is set.
    pub(super) fn file_or_data(
        &self,
        field: &str,
        file: Option<&str>,
        data: Option<&str>,
        check: fn(&[u8]) -> Result<(), &'static str>,
    ) -> Result<Option<Read>, Error> {
        let data_field = format!("{field}-data");
        match (file, data) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                let message = format!("{field} and {data_field} are both set");
                Err(self.invalid(&data_field, message).with_hint("keep one of them"))
            }
            (Some(file), None) => {
                let (path, bytes) = self.file(field, file, check)?;
                Ok(Some(Read { bytes, file: Some(path) }))
            }
            (None, Some(data)) => {
                let bytes = self.data(&data_field, data, check)?;
                Ok(Some(Read { bytes, file: None }))
            }
        }
    }

    pub(super) fn file(
        &self,
        field: &str,
        file: &str,
        check: fn(&[u8]) -> Result<(), &'static str>,
    ) -> Result<(PathBuf, Vec<u8>), Error> {
        let (path, bytes) = self.read(field, file)?;
        check(&bytes).map_err(|message| self.error(field, Problem::about(&path, message)))?;
        Ok((path, bytes))
    }

    pub(super) fn data(
        &self,
        field: &str,
        data: &str,
        check: fn(&[u8]) -> Result<(), &'static str>,
    ) -> Result<Vec<u8>, Error> {
        let bytes = decode_base64(data).ok_or_else(|| {
            let problem = Problem::invalid("is not base64");
            self.error(field, problem.with_hint("it is the base64 of a PEM file, on one line or several"))
        })?;
        check(&bytes).map_err(|message| self.invalid(field, message))?;
        Ok(bytes)
    }

    fn is_overridden(&self, field: &str) -> bool {
        self.overridden.contains(field)
    }
}

/// What one of a pair of fields holds.
pub(super) struct Read {
    pub(super) bytes: Vec<u8>,
    /// Where it was read from, if it was a file.
    pub(super) file: Option<PathBuf>,
}

/// As Go reads it: line breaks are skipped, padding is needed.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let engine =
        GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let joined: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    engine.decode(joined).ok()
}
