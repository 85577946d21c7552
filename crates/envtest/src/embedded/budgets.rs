//! Disruption budgets: whether a pod may be evicted. What their status says is the test's to write, as nothing here counts pods.

use serde_json::{Value, json};

use super::{
    kinds::Kind,
    meta,
    options::DeleteOptions,
    selectors::{Selection, selector_text},
    state::State,
    status::{Failure, Outcome},
};

const BUDGETS: &str = "poddisruptionbudgets.policy";

/// Takes an eviction from the budget that the pod is in, if it is in one and is protected at all.
pub(crate) fn take(
    state: &mut State,
    kind: &Kind,
    namespace: &str,
    pod: &Value,
    options: &DeleteOptions,
) -> Outcome<()> {
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    if matches!(phase, "Pending" | "Succeeded" | "Failed") || meta::is_deleting(pod) {
        return Ok(());
    }
    let prefix = format!("{namespace}/");
    let all = state.store.scan(BUDGETS, &prefix).map(|(key, budget)| (key.clone(), budget.clone()));
    let mut matching = all.filter(|(_, budget)| selects(&budget["spec"]["selector"], pod, kind));
    let (first, second) = (matching.next(), matching.next());
    drop(matching);
    let Some((key, budget)) = first else { return Ok(()) };
    if second.is_some() {
        let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        return Err(Failure::internal(message));
    }
    if is_unprotected(&budget, pod) {
        return Ok(());
    }
    let number = |field: &str| budget["status"][field].as_i64().unwrap_or_default();
    let name = meta::name(&budget);
    if number("observedGeneration") < budget["metadata"]["generation"].as_i64().unwrap_or_default() {
        let message = format!("The disruption budget {name} is still being processed by the server.");
        return Err(refused(&message, Some(10)));
    }
    if number("disruptionsAllowed") <= 0 {
        let message = format!(
            "The disruption budget {name} needs {} healthy pods and has {} currently",
            number("desiredHealthy"),
            number("currentHealthy")
        );
        return Err(refused(&message, None));
    }
    if !options.dry_run {
        let mut taken = (*budget).clone();
        taken["status"]["disruptionsAllowed"] = (number("disruptionsAllowed") - 1).into();
        taken["status"]["disruptedPods"][meta::name(pod)] = meta::now().into();
        state.store.put(BUDGETS, &key, taken);
    }
    Ok(())
}

fn selects(selector: &Value, pod: &Value, kind: &Kind) -> bool {
    selector.is_object()
        && Selection::parse(&selector_text(selector), "", kind).is_ok_and(|selection| selection.matches(pod))
}

/// A pod that does no work can go, as long as those that do are enough.
fn is_unprotected(budget: &Value, pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ready = conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True");
    let number = |field: &str| budget["status"][field].as_i64().unwrap_or_default();
    let enough = number("desiredHealthy") > 0 && number("currentHealthy") >= number("desiredHealthy");
    !ready && (enough || budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow")
}

fn refused(cause: &str, retry_after_seconds: Option<u64>) -> Failure {
    let mut details = json!({"causes": [{"reason": "DisruptionBudget", "message": cause}]});
    if let Some(seconds) = retry_after_seconds {
        details["retryAfterSeconds"] = seconds.into();
    }
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Failure::new(429, "TooManyRequests", message).with_details(details)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_unprotected;

    #[test]
    fn pods_that_do_no_work() {
        let pod = |ready: &str| json!({"status": {"conditions": [{"type": "Ready", "status": ready}]}});
        let budget = |policy: &str, current: i64| {
            json!({"spec": {"unhealthyPodEvictionPolicy": policy},
                "status": {"desiredHealthy": 2, "currentHealthy": current}})
        };
        for (ready, policy, current, want) in [
            ("True", "AlwaysAllow", 2, false),
            ("False", "AlwaysAllow", 0, true),
            ("False", "IfHealthyBudget", 2, true),
            ("False", "IfHealthyBudget", 1, false),
        ] {
            assert_eq!(
                is_unprotected(&budget(policy, current), &pod(ready)),
                want,
                "{ready} {policy} {current}"
            );
        }
    }
}
