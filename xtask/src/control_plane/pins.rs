//! What is built, and how: everything that decides what the programs are.

use std::fs;
use std::path::PathBuf;

use crate::run::Failure;
use crate::workspace::{self, cannot};

/// A program and the Go package that it is built from.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) package: &'static str,
}

/// A Go module of ours that pins programs.
#[derive(Debug)]
pub(super) struct Module {
    /// Its folder in the clone.
    folder: &'static str,
    /// The module whose version is the programs' own.
    pinned: &'static str,
    /// What the name of a build begins with, before the version.
    prefix: &'static str,
    pub(super) programs: &'static [Program],
    /// The variables that the linker sets, and which part of the version is theirs.
    stamps: &'static [(&'static str, Stamp)],
}

/// A part of a version.
#[derive(Clone, Copy, Debug)]
enum Stamp {
    Whole,
    Major,
    Minor,
}

/// The servers and kubectl.
pub(super) const CONTROL_PLANE: Module = Module {
    folder: "tests/control-plane",
    pinned: "k8s.io/kubernetes",
    prefix: "",
    programs: &[
        Program { name: "etcd", package: "go.etcd.io/etcd/server/v3" },
        Program { name: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
        Program { name: "kube-controller-manager", package: "k8s.io/kubernetes/cmd/kube-controller-manager" },
        Program { name: "kubectl", package: "k8s.io/kubernetes/cmd/kubectl" },
    ],
    // Without them the server calls itself v0.0.0.
    stamps: &[
        ("k8s.io/component-base/version.gitVersion", Stamp::Whole),
        ("k8s.io/component-base/version.gitMajor", Stamp::Major),
        ("k8s.io/component-base/version.gitMinor", Stamp::Minor),
    ],
};

/// The fake kubelet.
pub(super) const KWOK: Module = Module {
    folder: "tests/control-plane/kwok",
    pinned: "sigs.k8s.io/kwok",
    prefix: "kwok-",
    programs: &[Program { name: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" }],
    stamps: &[("sigs.k8s.io/kwok/pkg/consts.Version", Stamp::Whole)],
};

impl Module {
    pub(super) fn path(&self) -> PathBuf {
        workspace::root().join(self.folder)
    }
}

/// Settings of the Go toolchain that must not depend on who builds. Without cgo no C compiler is needed.
pub(super) const GO_VARIABLES: [(&str, &str); 3] = [("CGO_ENABLED", "0"), ("GOFLAGS", ""), ("GOWORK", "off")];

/// The two files of a Go module, and what follows from them.
#[derive(Debug)]
pub(super) struct Pins {
    module: &'static Module,
    go_mod: String,
    go_sum: String,
    version: String,
}

impl Pins {
    pub(super) fn read(module: &'static Module) -> Result<Self, Failure> {
        let read = |name: &str| {
            let path = module.path().join(name);
            fs::read_to_string(&path).map_err(|error| cannot("read", &path, &error))
        };
        Self::new(module, read("go.mod")?, read("go.sum")?)
    }

    fn new(module: &'static Module, go_mod: String, go_sum: String) -> Result<Self, Failure> {
        let required = go_mod.lines().find_map(|line| {
            let line = line.trim();
            line.strip_prefix("require ").unwrap_or(line).strip_prefix(module.pinned)?.strip_prefix(' ')
        });
        let version = required
            .ok_or_else(|| Failure::new(format!("go.mod does not require {}", module.pinned)))?
            .to_owned();
        Ok(Self { module, go_mod, go_sum, version })
    }

    pub(super) fn module(&self) -> &'static Module {
        self.module
    }

    /// The flags of `go build`, but for the output and the package.
    pub(super) fn flags(&self) -> Result<Vec<String>, Failure> {
        let flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags"].map(str::to_owned);
        Ok(flags.into_iter().chain([self.linker_flags()?]).collect())
    }

    /// The version stamps; and no symbols, which are half the size.
    fn linker_flags(&self) -> Result<String, Failure> {
        let mut numbers = self.version.trim_start_matches('v').split('.');
        let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else {
            return Err(Failure::new(format!("{} is no version", self.version)));
        };
        let part = |stamp: Stamp| match stamp {
            Stamp::Whole => self.version.as_str(),
            Stamp::Major => major,
            Stamp::Minor => minor,
        };
        let stamps = self.module.stamps.iter();
        let stamps: Vec<String> =
            stamps.map(|(variable, stamp)| format!("-X {variable}={}", part(*stamp))).collect();
        Ok(format!("-s -w {}", stamps.join(" ")))
    }

    /// All that decides what the programs are. It is kept beside them and compared whole.
    pub(super) fn key(&self) -> Result<String, Failure> {
        let platform = format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH);
        let variables = GO_VARIABLES.map(|(name, value)| format!("{name}={value}")).join(" ");
        let programs = self.module.programs.iter();
        let programs: Vec<String> =
            programs.map(|program| format!("{} {}", program.name, program.package)).collect();
        let programs = programs.join("\n");
        let flags = self.flags()?.join(" ");
        Ok([&platform, &variables, &flags, &programs, &self.go_mod, &self.go_sum]
            .map(String::as_str)
            .join("\n"))
    }

    /// The name of the programs' folder: the version to recognize it by, and a hash of the key to tell it apart.
    pub(super) fn folder_name(&self) -> Result<String, Failure> {
        let hash = fnv1a(self.key()?.as_bytes());
        Ok(format!("{}{}-{hash:016x}", self.module.prefix, self.version))
    }
}

/// The 64-bit FNV-1a hash. It only has to spread names: what is in the folder is decided by the whole key.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    //! The key holds all that decides what the programs are.

    use super::*;

    const GO_MOD: &str = "module m\n\nrequire (\n\tk8s.io/kubernetes v1.36.3\n)\n";

    fn name(go_mod: &str, go_sum: &str) -> String {
        Pins::new(&CONTROL_PLANE, go_mod.to_owned(), go_sum.to_owned()).unwrap().folder_name().unwrap()
    }

    #[test]
    fn a_change_of_either_file_changes_the_folder() {
        let first = name(GO_MOD, "a");
        assert!(first.starts_with("v1.36.3-"), "{first}");
        assert_eq!(first, name(GO_MOD, "a"));
        assert_ne!(first, name(GO_MOD, "b"));
        assert_ne!(first, name(&GO_MOD.replace("module m", "module n"), "a"));
    }

    #[test]
    fn the_programs_are_stamped_with_the_version_that_go_mod_pins() {
        let pins = Pins::new(&CONTROL_PLANE, GO_MOD.to_owned(), String::new()).unwrap();
        let want = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
                    -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";
        assert_eq!(pins.linker_flags().unwrap(), want);
        assert!(pins.key().unwrap().contains(want));
        let error = Pins::new(&CONTROL_PLANE, "module m\n".to_owned(), String::new()).unwrap_err();
        assert_eq!(error.to_string(), "go.mod does not require k8s.io/kubernetes");
    }

    #[test]
    fn every_program_is_imported_by_the_tools_file_and_pinned() {
        for module in [&CONTROL_PLANE, &KWOK] {
            let pins = Pins::read(module).unwrap();
            let tools = fs::read_to_string(module.path().join("tools.go")).unwrap();
            for program in module.programs {
                assert!(tools.contains(&format!("_ \"{}\"", program.package)), "{}", program.package);
            }
            assert!(pins.go_sum.contains(&format!("{} {} h1:", module.pinned, pins.version)));
            assert!(pins.linker_flags().unwrap().contains(&pins.version));
        }
    }

    #[test]
    fn builds_of_two_modules_have_folders_of_their_own() {
        let names = [&CONTROL_PLANE, &KWOK].map(|module| Pins::read(module).unwrap().folder_name().unwrap());
        assert!(names[0].starts_with("v1.") && names[1].starts_with("kwok-v0."), "{names:?}");
    }

    #[test]
    fn the_hash_is_the_published_one() {
        for (text, hash) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text}");
        }
    }
}
