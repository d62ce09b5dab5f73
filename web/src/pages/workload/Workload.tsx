import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link, NavLink, Outlet, useLocation, useOutletContext, useParams } from "react-router";

import { recommendationQuery, workloadQuery } from "../../api/queries";
import { pairs, type WorkloadDetail, type WorkloadRef, type WorkloadRow } from "../../api/types";
import { exactTime, number, plural, span } from "../../lib/format";
import { paths, refOfId, type WorkloadTab } from "../../lib/paths";
import { GrantBar } from "../../ui/GrantBar";
import { Facts, PageHeader } from "../../ui/layout";
import { ClassBadge, MechanismBadge } from "../../ui/Mark";
import { ProblemBox, Skeleton } from "../../ui/states";
import { CoverageNote } from "../CoverageNote";
import { Arn, Time } from "../../ui/values";
import { useKnobs, useTabAddress } from "./useKnobs";

/** What the page hands to its tabs. */
export interface WorkloadContext {
  path: WorkloadRef;
  detail: WorkloadDetail;
  /** The filter that finds this workload's events. */
  filter: WorkloadRef;
}

export const useWorkload = () => useOutletContext<WorkloadContext>();

export function Workload() {
  const { cluster = "", namespace = "", service_account = "" } = useParams();
  const path = { cluster, namespace, service_account };
  const detail = useQuery(workloadQuery(path));
  return (
    <>
      <title>{`${service_account} · Podtrail`}</title>
      <PageHeader
        title={
          <>
            <span className="muted">
              {detail.data?.workload.cluster ?? cluster.split("/").at(-1)} / {namespace} /{" "}
            </span>
            {service_account}
          </>
        }
        lead={detail.data && <Lead row={detail.data.workload} path={path} />}
      />
      {detail.error !== null && <ProblemBox error={detail.error} retry={() => void detail.refetch()} />}
      {detail.isPending && <Skeleton lines={12} />}
      {detail.data && <Body path={path} detail={detail.data} />}
    </>
  );
}

function Lead({ row, path }: { row: WorkloadRow; path: WorkloadRef }) {
  if (row.calls + row.denied === 0) return <>Never seen to call in this trail; what it holds comes from the inventory.</>;
  if (row.granted == null) return <>It was seen to call. What its role grants is not known: the inventory does not hold it.</>;
  return (
    <>
      Uses {number(row.used)} of {plural(row.granted, "granted permission")};{" "}
      <Link to={paths.workload(path, "permissions", { status: "unused" })}>{number(row.unused)} were never used</Link>
      {(row.unobservable ?? 0) > 0 && <> and {number(row.unobservable)} cannot be observed</>}.
    </>
  );
}

function Body({ path, detail }: { path: WorkloadRef; detail: WorkloadDetail }) {
  const row = detail.workload;
  const filter = refOfId(row.id) ?? path;
  const context: WorkloadContext = { path, detail, filter };
  return (
    <>
      <Identity detail={detail} filter={filter} />
      <CoverageNote coverage={detail.coverage} />
      <Tabs path={path} row={row} />
      <Outlet context={context} />
    </>
  );
}

function Identity({ detail, filter }: { detail: WorkloadDetail; filter: WorkloadRef }) {
  const row = detail.workload;
  const { from, to } = detail.window;
  return (
    <Facts
      items={[
        ["Mechanism", row.mechanisms.map((mechanism) => <MechanismBadge key={mechanism} value={mechanism} />)],
        [
          "Trust",
          <span key="trust" className="pair">
            <ClassBadge value={row.class} />
            {detail.evidence_event_id != null && <Link to={paths.event(detail.evidence_event_id)}>evidence</Link>}
          </span>,
        ],
        ["Found by", <Methods key="methods" detail={detail} />],
        ["Window", <span key="window" title={`${exactTime(from)} to ${exactTime(to)}`}>{span(from, to)}</span>],
        ["Role", <Roles key="roles" row={row} />, "wide"],
        ["Calls", <Link key="calls" to={paths.events({ ...filter })}>{number(row.calls)}</Link>],
        ["Pods seen", <Link key="pods" to={paths.workload(filter, "sessions")}>{number(row.pods)}</Link>],
        ["Last seen", <Time key="last" at={row.last_seen} />],
        ["Unused of granted", <GrantBar key="grant" row={row} />],
      ]}
    />
  );
}

/** How its calls were attributed, the commonest way first. */
function Methods({ detail }: { detail: WorkloadDetail }) {
  const methods = pairs(detail.methods);
  const [first, ...others] = methods;
  if (first === undefined) return "no call to attribute";
  const all = methods.map(([method, calls]) => `${method}: ${number(calls)}`).join("\n");
  return (
    <span title={all} className="pair">
      {first[0]}
      {others.length > 0 && <span className="tag">+{others.length}</span>}
    </span>
  );
}

function Roles({ row }: { row: WorkloadRow }) {
  if (row.roles.length === 0) return "none known";
  return row.roles.map((role) => (
    <span key={role.role_arn} className="pair">
      <Arn arn={role.role_arn} max={64} copy />
      {role.shared_by > 1 && (
        <Link className="tag" to={paths.workloads({ q: role.role_arn })}>
          shared ×{role.shared_by}
        </Link>
      )}
      {!role.known && (
        <span className="tag" title="Its policies are not in the inventory">
          not in inventory
        </span>
      )}
    </span>
  ));
}

const TABS: readonly (readonly [WorkloadTab, string])[] = [
  ["permissions", "Permissions"],
  ["policy", "Policy"],
  ["replay", "Replay"],
  ["findings", "Findings"],
  ["graph", "Graph"],
  ["explain", "Explain"],
  ["sessions", "Sessions"],
  ["denied", "Denied"],
  ["migration", "Migration"],
];

/** Where the tabs are wider than the screen, the current one is scrolled to. */
function useCurrentInSight() {
  const ref = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const current = ref.current?.querySelector<HTMLElement>("[aria-current]");
    if (ref.current === null || current == null) return;
    const end = current.offsetLeft + current.offsetWidth;
    if (current.offsetLeft < ref.current.scrollLeft || end > ref.current.scrollLeft + ref.current.clientWidth) ref.current.scrollLeft = current.offsetLeft - 16;
    // Which tab is current follows from the path, which nothing in here reads.
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [pathname]);
  return ref;
}

function Tabs({ path, row }: { path: WorkloadRef; row: WorkloadRow }) {
  const { knobs } = useKnobs();
  const address = useTabAddress(path);
  const proposal = useQuery(recommendationQuery(path, knobs));
  const inSight = useCurrentInSight();
  const made = proposal.data?.recommendations ?? [];
  const replayed = made.length === 0 ? undefined : made.reduce((sum, role) => sum + role.replay.calls, 0);
  const counts: Partial<Record<WorkloadTab, number | undefined>> = { denied: row.denied, replay: replayed, findings: row.findings };
  // Only what uses IRSA can leave it.
  const tabs = TABS.filter(([tab]) => tab !== "migration" || row.mechanisms.includes("irsa"));
  return (
    <nav ref={inSight} className="tabs" aria-label="About this workload">
      {tabs.map(([tab, name]) => (
        <NavLink key={tab} to={address(tab)} preventScrollReset>
          {name}
          {counts[tab] !== undefined && <span className="count">{number(counts[tab])}</span>}
        </NavLink>
      ))}
    </nav>
  );
}
