/** Filters that live in the address: read from it, written to it, and nothing kept beside it. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/** The named parameters that are set, in the order of `names`; empty ones count as not set. */
export function readFilter<N extends string>(search: URLSearchParams, names: readonly N[]): Partial<Record<N, string>> {
  const found: Partial<Record<N, string>> = {};
  for (const name of names) {
    const value = search.get(name)?.trim();
    if (value) found[name] = value;
  }
  return found;
}

/** A copy with the changes applied; an empty or missing value takes its parameter out. */
export function writeFilter(search: URLSearchParams, changes: Record<string, string | undefined>): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value.trim() === "") next.delete(name);
    else next.set(name, value.trim());
  }
  return next;
}

/** One value out of a fixed list; anything else in the address counts as not set. */
export function oneOf<T extends string>(value: string | undefined, allowed: readonly T[]): T | undefined {
  return allowed.find((option) => option === value);
}

/** The entries of a parameter that holds several, separated by commas. */
export function listOf(value: string | undefined): string[] {
  return (value ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}

/** The same with one entry put in or taken out; nothing when none is left. */
export function withItem(value: string | undefined, item: string, on: boolean): string | undefined {
  const others = listOf(value).filter((entry) => entry !== item);
  const all = on ? [...others, item] : others;
  return all.length === 0 ? undefined : all.join(",");
}

/** `replace`: no step to go back to. `stay`: the page keeps its place, for what opens within it. */
export interface How {
  replace?: boolean;
  stay?: boolean;
}

export interface UrlFilter<N extends string> {
  values: Partial<Record<N, string>>;
  /** Changes some parameters and leaves the rest of the address alone. */
  set: (changes: Partial<Record<N, string | undefined>>, how?: How) => void;
  clear: () => void;
}

export function useUrlFilter<N extends string>(names: readonly N[]): UrlFilter<N> {
  const [search, setSearch] = useSearchParams();
  const values = useMemo(() => readFilter(search, names), [search, names]);
  const set = useCallback(
    (changes: Partial<Record<N, string | undefined>>, how?: How) =>
      setSearch((current) => writeFilter(current, changes as Record<string, string | undefined>), { replace: how?.replace ?? false, preventScrollReset: how?.stay ?? false }),
    [setSearch],
  );
  const clear = useCallback(
    () => setSearch((current) => writeFilter(current, Object.fromEntries(names.map((name) => [name, undefined])))),
    [setSearch, names],
  );
  return { values, set, clear };
}
