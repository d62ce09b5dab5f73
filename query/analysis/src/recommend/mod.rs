//! Usage beside grants: permission marks, the least-privilege policy, and its proof by replay.
