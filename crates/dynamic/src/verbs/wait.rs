//! `wait`: until something is true of an object, or until it is gone.

use std::{sync::Arc, time::Duration};

use futures::future;
use steersman_meta::{Content, Object, Verb};
use steersman_watch::InitialEvents;

use crate::{
    Error, LocalError, Resource, ResourceInstance, WaitError, WatchEvent,
    call::Call,
    error::{Attempt, Cause, Unexpected},
    form::Form,
    verbs::awaits,
    wait::{Aim, Goal, Mode, Seen, Verdict, WaitState, pointer},
};

/// Waits until something is true of an object. Awaited, it gives the object in the state in which it was.
///
/// What is waited for is said once or several times, and any one of it will do, unless
/// [`all_of_these`](Self::all_of_these) is said too. An object that is not there yet is waited for; one that is deleted, or
/// replaced by another of the same name, ends the wait with an error, and so does a condition that was named with
/// [`fails_on`](Self::fails_on). Where one state of the object has both, success counts. The deadline is 30 s, if nothing else
/// is said.
///
/// It is a watch below: the object is not asked for again and again, and a connection that breaks is no end.
///
/// ```no_run
/// # async fn doc(deployments: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
/// use std::time::Duration;
/// use serde_json::json;
/// use steersman_dynamic::verbs::Wait;
///
/// let deployments = deployments.namespace("shop");
/// let available = deployments.wait("web").for_condition("Available").fails_on("ReplicaFailure");
/// let web = available.timeout(Duration::from_secs(120)).await?;
/// println!("{} is there", web.name());
///
/// deployments.wait("web").for_path("{.status.readyReplicas}", json!(3)).await?;
/// deployments.wait("web").until(|web| web.at::<i64>("/status/readyReplicas").is_ok_and(|ready| ready > Some(2))).await?;
/// Wait::all(["web", "api"].map(|name| deployments.wait(name).for_condition("Available"))).await?;
/// deployments.delete("web").await?;
/// deployments.wait("web").for_deletion().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a wait does nothing until it is awaited"]
pub struct Wait {
    target: Target,
    goals: Vec<Result<Goal, LocalError>>,
    mode: Mode,
    failures: Vec<String>,
}

/// Waits until an object is gone. Awaited, it gives the last state that was seen of it; `None` if it was not there.
///
/// An object of the same name that is made afterwards is another one. The deadline is 30 s, if nothing else is said.
#[derive(Debug)]
#[must_use = "a wait does nothing until it is awaited"]
pub struct WaitForDeletion {
    target: Target,
}

/// Which object, and for how long.
#[derive(Debug)]
struct Target {
    resource: Resource,
    name: String,
    uid: Option<String>,
    timeout: Option<Duration>,
}

impl Resource {
    /// Waits until something is true of an object, or until it is gone: say what with the builder.
    pub fn wait(&self, name: impl Into<String>) -> Wait {
        Wait::new(self.clone(), name.into(), None)
    }
}

impl ResourceInstance {
    /// Waits until something is true of this object, or until it is gone. Another object that is given its name is not it.
    pub fn wait(&self) -> Wait {
        Wait::new(self.home(), self.name().to_owned(), self.uid().map(str::to_owned))
    }
}

impl Wait {
    fn new(resource: Resource, name: String, uid: Option<String>) -> Self {
        let target = Target { resource, name, uid, timeout: Some(DEADLINE) };
        Self { target, goals: Vec::new(), mode: Mode::default(), failures: Vec::new() }
    }

    /// For a condition of this type to be `True`: `Available`.
    ///
    /// A condition that was made for an older `metadata.generation` does not count.
    pub fn for_condition(self, condition_type: impl Into<String>) -> Self {
        self.for_condition_status(condition_type, "True")
    }

    /// For a condition of this type to have this status: `False`, `Unknown`.
    pub fn for_condition_status(
        mut self,
        condition_type: impl Into<String>,
        status: impl Into<String>,
    ) -> Self {
        let (condition_type, status) = (condition_type.into(), status.into());
        self.goals.push(Ok(Goal::Condition { condition_type, status }));
        self
    }

    /// For one place in the object to have this value: `/status/phase`, `status.phase`, or in kubectl's form
    /// `{.status.containerStatuses[0].ready}`. Values are compared by content: `3` and `3.0` are equal.
    pub fn for_path(mut self, path: &str, value: impl Into<Content>) -> Self {
        let goal = || {
            let pointer = pointer(path).ok_or_else(|| LocalError::Path { path: path.to_owned() })?;
            let value = value.into().document().map_err(LocalError::Content)?.clone();
            Ok(Goal::Path { pointer, value: Some(value) })
        };
        self.goals.push(goal());
        self
    }

    /// For something other than null to be at one place in the object; the place is written as for
    /// [`for_path`](Self::for_path).
    pub fn for_path_to_exist(mut self, path: &str) -> Self {
        let found = pointer(path).map(|pointer| Goal::Path { pointer, value: None });
        self.goals.push(found.ok_or_else(|| LocalError::Path { path: path.to_owned() }));
        self
    }

    /// For whatever the caller says of an object.
    pub fn until(mut self, is_met: impl Fn(&Object) -> bool + Send + Sync + 'static) -> Self {
        self.goals.push(Ok(Goal::Predicate(Arc::new(is_met))));
        self
    }

    /// Until it is gone, and for nothing else that was said.
    pub fn for_deletion(self) -> WaitForDeletion {
        WaitForDeletion { target: self.target }
    }

    /// Waits until all that is waited for is true at the same time. Default: any one of it will do.
    pub fn all_of_these(mut self) -> Self {
        self.mode = Mode::All;
        self
    }

    /// Ends the wait with an error if a condition of this type is `True`: `ReplicaFailure`. Can be said several times.
    pub fn fails_on(mut self, condition_type: impl Into<String>) -> Self {
        self.failures.push(condition_type.into());
        self
    }

    crate::extras::parameter_setters!(target.resource);

    /// How long to wait, from the first request on. Default: 30 s, as kubectl does.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.target.timeout = Some(timeout);
        self
    }

    /// Waits for as long as it takes.
    pub fn without_timeout(mut self) -> Self {
        self.target.timeout = None;
        self
    }

    /// Waits for all of several objects, of one kind or of many, at the same time; gives them in the order of the waits.
    /// Each wait keeps its own deadline, and has a watch of its own.
    ///
    /// # Errors
    /// With the first wait that fails; the others end then.
    ///
    /// # Cancel safety
    /// Dropping the future ends all of them.
    pub async fn all(waits: impl IntoIterator<Item = Self>) -> Result<Vec<ResourceInstance>, Error> {
        future::try_join_all(waits.into_iter().map(IntoFuture::into_future)).await
    }

    /// Waits for any of several objects; gives the first. Waits that fail are passed over while there is another.
    ///
    /// # Errors
    /// If all of them fail, with that of the last; of none, at once.
    ///
    /// # Cancel safety
    /// Dropping the future ends all of them.
    pub async fn any(waits: impl IntoIterator<Item = Self>) -> Result<ResourceInstance, Error> {
        let waits: Vec<_> = waits.into_iter().map(IntoFuture::into_future).collect();
        if waits.is_empty() {
            return Err(Attempt::to("wait for", "any object").failed(LocalError::NothingToWaitFor));
        }
        future::select_ok(waits).await.map(|(object, _)| object)
    }

    async fn send(self) -> Result<ResourceInstance, Error> {
        let goals: Result<Vec<Goal>, LocalError> = self.goals.into_iter().collect();
        let goals = goals.and_then(|goals| match goals.is_empty() {
            true => Err(LocalError::NothingToWaitFor),
            false => Ok(goals),
        });
        let goals = goals.map_err(|error| self.target.resource.attempt("wait for").failed(error))?;
        let aim = Aim::Goals { goals, mode: self.mode, failures: self.failures };
        let object = self.target.wait(aim).await?;
        Ok(object.expect("what is met is met by an object"))
    }
}

awaits!(Wait => ResourceInstance);

impl WaitForDeletion {
    crate::extras::parameter_setters!(target.resource);

    /// How long to wait, from the first request on. Default: 30 s, as kubectl does.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.target.timeout = Some(timeout);
        self
    }

    /// Waits for as long as it takes.
    pub fn without_timeout(mut self) -> Self {
        self.target.timeout = None;
        self
    }

    async fn send(self) -> Result<Option<ResourceInstance>, Error> {
        self.target.wait(Aim::Deletion).await
    }
}

awaits!(WaitForDeletion => Option<ResourceInstance>);

impl Target {
    /// Waits, and gives the object as it was seen last.
    async fn wait(self, aim: Aim) -> Result<Option<ResourceInstance>, Error> {
        let call = Call::object(&self.resource, "wait for", Verb::Watch, &self.name, None)?;
        let attempt = call.attempt().clone();
        let object = format!("{}/{}", self.resource.api().plural, self.name);
        let mut state = WaitState::new(aim, object, self.uid.clone());
        let watching = self.watch(&mut state);
        let met = match self.timeout {
            Some(after) => match tokio::time::timeout(after, watching).await {
                Ok(met) => met,
                Err(_) => {
                    let last = state.into_last_seen();
                    return Err(attempt.failed(WaitError::DeadlinePassed { after, last }));
                }
            },
            None => watching.await,
        };
        met.map_err(|stopped| match stopped {
            Stopped::Error(error) => error,
            Stopped::Cause(cause) => attempt.failed(cause),
        })
    }

    async fn watch(&self, state: &mut WaitState) -> Result<Option<ResourceInstance>, Stopped> {
        // A list of one object costs little, and every server has it.
        let watch = self.resource.in_form(Form::Whole).watch().name(&self.name);
        let watch = watch.initial_events(InitialEvents::Listed);
        let mut events = watch.start().await.map_err(Stopped::Error)?;
        let mut last = None;
        while let Some(event) = events.try_next().await.map_err(Stopped::Error)? {
            let verdict = match &event {
                WatchEvent::Added(object) | WatchEvent::Modified(object) => state.see(Seen::Object(object)),
                WatchEvent::Deleted(_) => state.see(Seen::Gone),
                WatchEvent::Bookmark(bookmark) if bookmark.initial_events_end => state.see(Seen::ListEnds),
                WatchEvent::Bookmark(_) => Verdict::Wait,
                WatchEvent::Restarted(_) => state.see(Seen::ListBegins),
            };
            let replaced = verdict == Verdict::Gone && !matches!(event, WatchEvent::Deleted(_));
            if let (Some(object), false) = (event.into_object(), replaced) {
                last = Some(object);
            }
            match verdict {
                Verdict::Met | Verdict::Gone => return Ok(last),
                Verdict::Wait => {}
                Verdict::Failed(error) => return Err(Stopped::Cause(error.into())),
            }
        }
        Err(Stopped::Cause(Unexpected("the watch ended by itself").into()))
    }
}

/// Why a wait ended without what it waited for.
enum Stopped {
    /// The watch failed, and said so itself.
    Error(Error),
    Cause(Cause),
}

/// kubectl's (`kubectl wait --timeout`).
const DEADLINE: Duration = Duration::from_secs(30);
