//! The nouns of the Kubernetes API machinery, as plain values
