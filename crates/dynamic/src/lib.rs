//! Every verb on every kind that a Kubernetes cluster serves
