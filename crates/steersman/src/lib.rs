//! The dynamic Kubernetes client: any resource that a cluster serves, without generated types
