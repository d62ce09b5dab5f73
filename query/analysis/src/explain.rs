//! Who stands behind an event, a session or a workload.
