/** The one door to the server: a typed fetch client, and errors that say what to do. */
import createClient from "openapi-fetch";

import { fileNameOf } from "../lib/formats";
import type { paths } from "./schema";
import type { Maybe } from "./types";

/** What went wrong, in the words of problem+json (RFC 9457). */
export interface Problem {
  title: string;
  /** HTTP status; 0 when there was no answer at all. */
  status: number;
  detail: string;
  hint?: Maybe<string>;
  suggestions?: Maybe<string[]>;
}

/** A request that failed, with the server's own account of it. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = "ApiError";
    this.problem = problem;
  }

  /** Asking again can help: no answer, or a fault of the server's. */
  get retryable(): boolean {
    return this.problem.status === 0 || this.problem.status >= 500 || this.problem.status === 429;
  }
}

export const client = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => globalThis.fetch(request),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; anything else is thrown as an `ApiError`, aborts excepted. */
export async function unwrap<T>(pending: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(noAnswer(cause));
  }
  if (answer.data === undefined || !answer.response.ok) {
    throw new ApiError(problemOf(answer.error, answer.response));
  }
  return answer.data;
}

/** A text that the server hands over to be saved. */
export interface TextFile {
  name: string;
  /** Media type. */
  type: string;
  text: string;
}

/** As `unwrap`, with what the server calls the file. `fallback` names one that it gives no name. */
export async function unwrapFile(pending: Promise<Answer<unknown>>, fallback: string): Promise<TextFile> {
  const text = await unwrap(pending);
  const { headers } = (await pending).response;
  return {
    name: fileNameOf(headers.get("Content-Disposition")) ?? fallback,
    type: headers.get("Content-Type") ?? "text/plain",
    text: String(text),
  };
}

function noAnswer(cause: unknown): Problem {
  return {
    title: "No answer from the server",
    status: 0,
    detail: cause instanceof Error ? cause.message : "The connection failed.",
    hint: "Check that `podtrail serve` is still running and that this page has its address.",
  };
}

function problemOf(error: unknown, response: Response): Problem {
  if (typeof error === "object" && error !== null && "title" in error && "detail" in error) {
    return error as Problem;
  }
  return {
    title: response.statusText || "The server failed",
    status: response.status,
    detail: typeof error === "string" && error !== "" ? error.slice(0, 500) : `HTTP ${response.status} without a reason.`,
  };
}
