//! Body chunks to watch events, and the rules of resuming, without I/O
