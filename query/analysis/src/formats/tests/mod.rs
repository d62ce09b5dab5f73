//! What holds of the writers whatever they are given. Whole files are read back in `query/analysis/tests/formats`.

mod hcl;
mod notes;
mod yaml;
