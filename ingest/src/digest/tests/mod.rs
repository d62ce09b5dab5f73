//! Chains that the test signs itself, over a bucket in memory.

mod chain;
mod edges;
mod files;
mod flips;
mod keys;
mod places;
mod trail;
