import { useMemo } from "react";
import { useSearchParams } from "react-router";

import type { WorkloadRef } from "../../api/types";
import { KNOBS, knobsOf, type Knobs } from "../../lib/knobs";
import { paths, type WorkloadTab } from "../../lib/paths";
import { readFilter, useUrlFilter, type UrlFilter } from "../../lib/urlState";

/** The options of the proposal as they stand in the address. */
export function useKnobs(): { knobs: Knobs; url: UrlFilter<(typeof KNOBS)[number]> } {
  const url = useUrlFilter(KNOBS);
  const knobs = useMemo(() => knobsOf(url.values), [url.values]);
  return { knobs, url };
}

/** Addresses of a workload's tabs that keep the options and the role which are looked at. */
export function useTabAddress(path: WorkloadRef): (tab: WorkloadTab) => string {
  const [search] = useSearchParams();
  return (tab) => paths.workload(path, tab, { ...knobsOf(readFilter(search, KNOBS)), ...readFilter(search, ["role"]) });
}
