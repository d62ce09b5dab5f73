//! The HTTP server and command line as a library, so that tests can reach them.
