import { useMutation } from "@tanstack/react-query";
import { Button } from "react-aria-components";

import { fetchAllWorkloads } from "../../api/queries";
import type { WorkloadQuery, WorkloadRow } from "../../api/types";
import { csv } from "../../lib/csv";
import { Icon } from "../../ui/Icon";
import { download } from "../../ui/values";

const HEADER = ["workload", "cluster", "cluster_arn", "namespace", "service_account", "mechanisms", "class", "roles", "calls", "denied", "findings", "pods", "first_seen", "last_seen", "used", "granted", "unused", "unobservable"];

export function workloadsCsv(rows: readonly WorkloadRow[]): string {
  return csv(
    HEADER,
    rows.map((row) => [
      row.id, row.cluster, row.cluster_arn, row.namespace, row.service_account, row.mechanisms.join(" "), row.class,
      row.roles.map((role) => role.role_arn).join(" "), row.calls, row.denied, row.findings, row.pods, row.first_seen, row.last_seen,
      row.used, row.granted, row.unused, row.unobservable,
    ]),
  );
}

/** Every row that the filter leaves, not only those loaded so far. */
export function CsvButton({ filter }: { filter: WorkloadQuery }) {
  const save = useMutation({
    mutationFn: () => fetchAllWorkloads(filter),
    onSuccess: (rows) => download("podtrail-workloads.csv", "text/csv;charset=utf-8", workloadsCsv(rows)),
  });
  return (
    <>
      <Button className="button" onPress={() => save.mutate()} isDisabled={save.isPending}>
        <Icon name="download" />
        {save.isPending ? "Preparing…" : "CSV"}
      </Button>
      <output className={save.isError ? "denied-text" : "sr-only"}>
        {save.isError ? `Not downloaded: ${save.error.message}` : ""}
      </output>
    </>
  );
}
