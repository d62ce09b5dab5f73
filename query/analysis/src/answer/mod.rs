//! The shapes in which answers leave: serialised as they are by the command line and by HTTP.
//!
//! One file per subject. Names are snake case, unknown is `null`, times are RFC 3339 in UTC.

mod check;
mod coverage;
mod event;
mod explanation;
mod finding;
mod graph;
mod migration;
mod recommendation;
mod session;
mod status;
mod workload;

pub use check::{ChangeKind, Check, CheckChange, CheckJudged, CheckLint, CheckVerdict, IssueMiss, IssueReplay};
pub use coverage::{
    ClassShare, Coverage, CoverageSummary, DayCalls, Gap, GapBasis, Lag, PlaceCoverage, TrailDay, Unattributed,
};
pub use event::{EventDetail, EventRow};
pub use explanation::{
    Explanation, MethodCalls, Party, PartyKind, RoleCalls, SessionBrief, Step, Subject, SubjectKind, WorkloadRef,
};
pub use finding::{Finding, FindingEvidence, FindingKind, Remedy, Severity, SeverityCounts};
pub use graph::{Graph, GraphEdge, GraphNode, NodeKind, Omitted};
pub use migration::{Migration, MigrationAfter, MigrationStep, MigrationTrust, SessionTag};
pub use recommendation::{
    Denial, DenialLayer, Grant, GrantReason, Grouping, PolicyKind, PolicyOut, RecommendOptions, Recommendation, Replay,
    ReplayMiss, RoleRecommendation, StatementReason, Trust, Unproposed, Warning, Widened, Window,
};
pub use session::{Hop, SessionDetail, SessionRow};
pub use status::{LakeStatus, RejectRow, SourceStatus, Status};
pub use workload::{Permission, PermissionStatus, UsageRow, WorkloadDetail, WorkloadRole, WorkloadRow};
