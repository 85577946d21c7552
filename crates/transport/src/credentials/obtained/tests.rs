//! Obtaining credentials, on a clock that is moved by hand.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures::future::join_all;
use tokio::{
    runtime::Builder,
    sync::Semaphore,
    time::{Instant, advance},
};

use super::{Forgotten, Obtain, Obtained, pause_after};

/// What one attempt comes to.
#[derive(Clone, Copy, Debug)]
enum Step {
    Good,
    Bad,
    Panics,
}

/// Obtains numbers, by a script; what comes after it is good.
#[derive(Debug)]
struct Script {
    steps: Mutex<VecDeque<Step>>,
    begun: AtomicUsize,
    /// Each attempt waits for a permit.
    gate: Semaphore,
}

impl Script {
    fn of(steps: &[Step]) -> std::sync::Arc<Obtained<Self>> {
        let steps = Mutex::new(steps.iter().copied().collect());
        let gate = Semaphore::new(Semaphore::MAX_PERMITS);
        Obtained::new(Self { steps, begun: AtomicUsize::new(0), gate }, None)
    }
}

impl Obtain for Script {
    type Value = usize;
    type Error = &'static str;

    async fn obtain(&self, _: Option<std::sync::Arc<usize>>) -> Result<usize, &'static str> {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        self.gate.acquire().await.expect("it is never closed").forget();
        let step = self.steps.lock().expect("no panic").pop_front();
        match step.unwrap_or(Step::Good) {
            Step::Good => Ok(number),
            Step::Bad => Err("bad"),
            Step::Panics => panic!("as the script says"),
        }
    }

    fn is_fresh(_: &usize, _: SystemTime) -> bool {
        true
    }

    fn can_renew(&self, _: &usize) -> bool {
        true
    }

    fn lost(&self) -> &'static str {
        "lost"
    }
}

fn begun(obtained: &Obtained<Script>) -> usize {
    obtained.how.begun.load(Ordering::SeqCst)
}

#[tokio::test(start_paused = true)]
async fn it_is_done_once_for_all_who_wait() {
    let obtained = Script::of(&[]);
    let all = join_all((0..100).map(|_| obtained.get())).await;
    assert!(all.iter().all(|got| got.as_deref() == Ok(&1)));
    assert_eq!(begun(&obtained), 1);
}

/// After failures nothing is tried for a while, which grows; a success ends it.
#[tokio::test(start_paused = true)]
async fn failures_are_not_repeated_at_once() {
    let obtained = Script::of(&[Step::Bad; 6]);
    let started = Instant::now();
    let mut tries = Vec::new();
    while obtained.get().await.is_err() {
        if begun(&obtained) > tries.len() {
            tries.push(started.elapsed().as_secs());
        }
        assert_eq!(begun(&obtained), tries.len());
        advance(Duration::from_millis(500)).await;
    }
    assert_eq!(tries, [0, 1, 3, 7, 15, 25]);
    assert_eq!(started.elapsed().as_secs(), 35);
    let none: Vec<u64> = [0, 1, 2, 3, 4, 5, 100, u32::MAX].map(|n| pause_after(n).as_secs()).to_vec();
    assert_eq!(none, [0, 1, 2, 4, 8, 10, 10, 10]);
}

/// A server that refuses everything does not make us obtain something for each request.
#[tokio::test(start_paused = true)]
async fn a_storm_of_refusals_is_ridden_out() {
    let obtained = Script::of(&[]);
    let (mut refused, mut too_soon) = (0, 0);
    for _ in 0..10_000 {
        let value = obtained.get().await.expect("a value");
        match obtained.forget(&value) {
            Forgotten::Yes => refused += 1,
            Forgotten::No => too_soon += 1,
        }
        advance(Duration::from_millis(10)).await;
    }
    // 100 seconds: at 0, and then after pauses of 1, 2, 4, 8 and ever 10 seconds.
    assert_eq!((refused, begun(&obtained)), (13, 14));
    assert_eq!(too_soon, 10_000 - 13);
    // What was good for a while may be renewed at once.
    advance(Duration::from_secs(60)).await;
    let value = obtained.get().await.expect("a value");
    assert_eq!(obtained.forget(&value), Forgotten::Yes);
    let newer = obtained.get().await.expect("a value");
    assert_eq!(obtained.forget(&value), Forgotten::Yes, "there is a newer one already");
    assert_eq!(obtained.get().await.expect("a value"), newer);
}

/// Whoever asks may go away at any moment, and whoever comes next finds it done.
#[tokio::test(start_paused = true)]
async fn g16_who_waits_can_be_dropped_at_any_moment() {
    for polls in 0..6 {
        let obtained = Script::of(&[]);
        let mut asking = Box::pin(obtained.get());
        for _ in 0..polls {
            if futures::poll!(&mut asking).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(asking);
        assert_eq!(obtained.get().await.as_deref(), Ok(&1), "dropped after {polls} polls");
        assert_eq!(begun(&obtained), 1);
    }
}

/// A task that is gone, with its runtime or by a panic, holds nobody up.
#[test]
fn g16_a_runtime_that_is_gone_holds_nobody_up() {
    let runtime = || Builder::new_current_thread().enable_time().build().expect("a runtime");
    let obtained = Script::of(&[]);
    obtained.how.gate.forget_permits(Semaphore::MAX_PERMITS);
    let first = runtime();
    first.block_on(async {
        assert!(futures::poll!(Box::pin(obtained.get())).is_pending());
        tokio::task::yield_now().await;
    });
    assert_eq!(begun(&obtained), 1);
    drop(first);
    obtained.how.gate.add_permits(1);
    assert_eq!(runtime().block_on(obtained.get()).as_deref(), Ok(&2));

    let panicking = Script::of(&[Step::Panics, Step::Panics]);
    runtime().block_on(async {
        assert_eq!(panicking.get().await.expect_err("it panicked twice").as_ref(), &"lost");
        assert_eq!(panicking.get().await.as_deref(), Ok(&3));
    });
}
