import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ToggleButton } from "react-aria-components";
import { Link } from "react-router";

import { permissionsQuery, recommendationQuery } from "../../api/queries";
import type { GrantReason, Permission, PermissionStatus, WorkloadRef } from "../../api/types";
import { roleName } from "../../lib/arn";
import { number } from "../../lib/format";
import type { Knob } from "../../lib/knobs";
import { paths } from "../../lib/paths";
import { sortingOf, sortText } from "../../lib/sort";
import { oneOf, useUrlFilter } from "../../lib/urlState";
import { columnsFor, DataTable, type Column } from "../../ui/DataTable";
import { FilterText } from "../../ui/filters";
import { MarkBadge, PermissionBadge, Shape } from "../../ui/Mark";
import { GRANT_REASON, keysOf, PERMISSION_MARK } from "../../ui/marks";
import { Empty, ProblemBox, Skeleton } from "../../ui/states";
import { Arn, Num, Time } from "../../ui/values";
import { Options } from "./Options";
import { isWrong } from "./Proposal";
import { onRequest } from "./Removed";
import { useKnobs } from "./useKnobs";
import { useWorkload } from "./Workload";

const NAMES = ["status", "find", "sort"] as const;
const STATUSES = keysOf(PERMISSION_MARK);
const helper = columnsFor<Permission>();

export function Permissions() {
  const { path, filter, detail } = useWorkload();
  const url = useUrlFilter(NAMES);
  const list = useQuery(permissionsQuery(path));
  const items = list.data?.items;
  const status = oneOf(url.values.status, STATUSES);
  const find = url.values.find?.toLowerCase();
  const rows = useMemo(
    () => (items ?? []).filter((row) => (status === undefined || row.status === status) && (find === undefined || matches(row, find))),
    [items, status, find],
  );
  const roles = detail.workload.roles.length;
  const { asked, requested, problem } = useRequested();
  const columns = useMemo(() => columnsOf(filter, roles, requested), [filter, roles, requested]);
  if (list.error !== null) return <ProblemBox error={list.error} retry={() => void list.refetch()} />;
  if (items === undefined) return <Skeleton lines={10} />;
  return (
    <>
      {asked && <Options only={STAYS} title="What stays on request" wrong={isWrong(problem)} />}
      {problem !== null && <ProblemBox error={problem} />}
      <div className="filters">
        <FilterText label="Find" placeholder="Action, resource or policy" value={url.values.find} onCommit={(text) => url.set({ find: text }, { replace: true })} />
        <StatusToggles rows={items} status={status} onChange={(next) => url.set({ status: next })} />
      </div>
      <DataTable
        label="Permissions"
        columns={columns}
        rows={rows}
        rowId={(row) => `${row.role_arn} ${row.action} ${row.status}`}
        sorting={sortingOf(url.values.sort ?? "action")}
        onSorting={(sorting) => url.set({ sort: sortText(sorting) }, { replace: true })}
        empty={<NoPermissions filtered={items.length > 0} />}
      />
    </>
  );
}

const NOTHING: Requested = new Map();
const STAYS: readonly Knob[] = ["keep", "never_remove"];

/** Why an action stays in the proposal though it is not used, by role and action. */
type Requested = ReadonlyMap<string, GrantReason>;

const keyOf = (role: string, action: string) => `${role} ${action}`;

/** Asked for only where the options in the address keep something. */
function useRequested(): { asked: boolean; requested: Requested; problem: Error | null } {
  const { path } = useWorkload();
  const { knobs } = useKnobs();
  const asked = STAYS.some((knob) => knobs[knob] !== undefined);
  const proposal = useQuery({ ...recommendationQuery(path, knobs), enabled: asked });
  const made = asked ? proposal.data : undefined;
  const requested = useMemo(() => {
    if (made === undefined) return NOTHING;
    const grants = made.recommendations.flatMap((role) => onRequest(role.kept).map((grant) => [keyOf(role.role_arn, grant.action), grant.reason] as const));
    return new Map(grants);
  }, [made]);
  return { asked, requested, problem: asked ? proposal.error : null };
}

function matches(row: Permission, text: string): boolean {
  return [row.action, ...row.granted_by, ...row.resources].some((value) => value.toLowerCase().includes(text));
}

function StatusToggles({ rows, status, onChange }: { rows: Permission[]; status: PermissionStatus | undefined; onChange: (status: PermissionStatus | undefined) => void }) {
  return (
    <fieldset className="toggles">
      <legend className="sr-only">Show only</legend>
      {STATUSES.map((name) => {
        const count = rows.filter((row) => row.status === name).length;
        return (
          <ToggleButton key={name} className="toggle" isSelected={status === name} isDisabled={count === 0 && status !== name} onChange={(on) => onChange(on ? name : undefined)}>
            <Shape mark={PERMISSION_MARK[name]} />
            {PERMISSION_MARK[name].word} <span className="count">{number(count)}</span>
          </ToggleButton>
        );
      })}
    </fieldset>
  );
}

/** One row an action; the role is a column only where there are several. */
function columnsOf(filter: WorkloadRef, roles: number, requested: Requested): Column<Permission>[] {
  const role = helper.accessor("role_arn", {
    header: "Role",
    meta: { width: "16%", wide: true },
    cell: ({ getValue }) => (
      <span className="mono cut" title={getValue()}>
        {roleName(getValue())}
      </span>
    ),
  });
  return [
    helper.accessor("action", { header: "Action", sortFn: "text", meta: { width: "26%" }, cell: ({ getValue }) => <span className="mono cut" title={getValue()}>{getValue()}</span> }),
    helper.accessor("status", { header: "Mark", sortFn: "text", meta: { width: requested.size > 0 ? "20%" : "12%" }, cell: ({ row: { original: row } }) => <Status row={row} reason={requested.get(keyOf(row.role_arn, row.action))} /> }),
    helper.accessor("calls", {
      header: "Calls",
      sortFn: "basic",
      meta: { width: "7%", align: "end" },
      cell: ({ row: { original: row } }) =>
        row.calls === 0 ? (
          <span className="muted">0</span>
        ) : (
          <Link className="quiet-link" to={paths.events({ ...filter, action: row.action, ...(row.status === "denied" ? { outcome: "denied" } : {}) })}>
            <Num value={row.calls} short />
          </Link>
        ),
    }),
    helper.accessor((row) => row.last_seen ?? "", { id: "last_seen", header: "Last seen", sortFn: "text", meta: { width: "11%", wide: true }, cell: ({ row }) => <Time at={row.original.last_seen} /> }),
    helper.accessor("resource_count", { header: "Resources", sortFn: "basic", meta: { width: "27%", wide: true }, cell: ({ row }) => <Resources row={row.original} /> }),
    helper.accessor((row) => row.granted_by.join(" "), { id: "granted_by", header: "Granted by", sortFn: "text", meta: { width: "18%", wide: true }, cell: ({ getValue }) => <span className="cut" title={getValue()}>{getValue()}</span> }),
    ...(roles > 1 ? [role] : []),
  ];
}

function Status({ row, reason }: { row: Permission; reason: GrantReason | undefined }) {
  return (
    <span className="pair">
      <PermissionBadge status={row.status} />
      {reason !== undefined && <MarkBadge mark={GRANT_REASON[reason]} />}
    </span>
  );
}

function Resources({ row }: { row: Permission }) {
  const [first] = row.resources;
  if (first === undefined) return null;
  return (
    <span className="pair">
      <Arn arn={first} max={34} />
      {row.resource_count > 1 && (
        <span className="tag" title={row.resources.join("\n")}>
          +{number(row.resource_count - 1)}
        </span>
      )}
    </span>
  );
}

function NoPermissions({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="No permission matches">Take the mark or the text off.</Empty>;
  return (
    <Empty title="No permission is known" command="podtrail inventory authorization-details.json">
      Grants come from the inventory, use from the trail; neither names this workload yet.
    </Empty>
  );
}
