//! One tower stack from a configuration to a Kubernetes API client
