import { ApiError } from "./client";

/** A lake changes when something is ingested, not by the second: nothing is asked for again by itself. */
export const queryDefaults = {
  staleTime: 5 * 60_000,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  /** Once more where that can help; a refused question stays refused. */
  retry: (failures: number, error: Error) => failures < 1 && error instanceof ApiError && error.retryable,
  retryDelay: 800,
};
