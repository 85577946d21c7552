//! JSON text in chunks: cut into documents, read in place, spliced
