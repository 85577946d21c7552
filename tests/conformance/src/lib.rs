//! One suite of cases for every API server that the client meets
