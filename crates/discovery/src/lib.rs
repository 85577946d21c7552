//! What a Kubernetes API server serves
