//! What holds of merging whatever the files say, on files at random from fixed seeds.

use fastrand::Rng;
use steersman_config::Kubeconfig;

use crate::generate;

/// Kubeconfigs that can be read, two or three of which share names.
fn some(rng: &mut Rng) -> Kubeconfig {
    loop {
        if let Ok(kubeconfig) = Kubeconfig::parse(generate::kubeconfig(rng).to_string().as_bytes()) {
            return kubeconfig;
        }
    }
}

fn each(check: impl Fn(u64, Kubeconfig, Kubeconfig, Kubeconfig)) {
    for seed in 0..200 {
        let rng = &mut Rng::with_seed(seed);
        check(seed, some(rng), some(rng), some(rng));
    }
}

#[test]
fn it_does_not_matter_what_is_merged_first() {
    each(|seed, a, b, c| {
        let left = a.clone().merge(b.clone()).merge(c.clone());
        let right = a.merge(b.merge(c));
        assert_eq!(left.to_yaml(), right.to_yaml(), "seed {seed}");
    });
}

#[test]
fn nothing_changes_nothing_and_the_same_changes_nothing() {
    each(|seed, a, b, _| {
        let merged = a.clone().merge(b.clone());
        assert_eq!(a.clone().merge(Kubeconfig::default()).to_yaml(), a.to_yaml(), "seed {seed}");
        assert_eq!(Kubeconfig::default().merge(a.clone()).to_yaml(), a.to_yaml(), "seed {seed}");
        assert_eq!(a.clone().merge(a.clone()).to_yaml(), a.to_yaml(), "seed {seed}");
        assert_eq!(merged.clone().merge(a).merge(b).to_yaml(), merged.to_yaml(), "seed {seed}");
    });
}

/// The first file that has an entry wins it whole; no entry is lost, none is made up, none is mixed.
#[test]
fn the_first_entry_wins_whole() {
    each(|seed, a, b, _| {
        let merged = a.clone().merge(b.clone());
        let current = a.current_context.clone().or(b.current_context.clone());
        assert_eq!(merged.current_context, current, "seed {seed}");
        for entry in &merged.clusters {
            let first = a.cluster(&entry.name).or(b.cluster(&entry.name)).expect("it came from one of them");
            assert_eq!(entry.cluster, first.cluster, "seed {seed}");
        }
        for entry in &merged.users {
            let first = a.user(&entry.name).or(b.user(&entry.name)).expect("it came from one of them");
            assert_eq!(entry.user, first.user, "seed {seed}");
        }
        for entry in &merged.contexts {
            let first = a.context(&entry.name).or(b.context(&entry.name)).expect("it came from one of them");
            assert_eq!(entry.context, first.context, "seed {seed}");
        }
        for kubeconfig in [&a, &b] {
            assert!(
                kubeconfig.clusters.iter().all(|entry| merged.cluster(&entry.name).is_some()),
                "seed {seed}"
            );
            assert!(kubeconfig.users.iter().all(|entry| merged.user(&entry.name).is_some()), "seed {seed}");
            assert!(
                kubeconfig.contexts.iter().all(|entry| merged.context(&entry.name).is_some()),
                "seed {seed}"
            );
        }
        let mut names: Vec<_> = merged.clusters.iter().map(|entry| &entry.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), merged.clusters.len(), "seed {seed}");
    });
}
