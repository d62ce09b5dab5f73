import { describe, expect, test } from "vitest";

import { pathOfSearch, paths, refOfId, refOfRow } from "./paths";

const ARN = "arn:aws:eks:eu-west-1:111111111111:cluster/prod";

test("addresses", () => {
  expect(paths.workloads()).toBe("/workloads");
  expect(paths.workloads({ q: "a b", sort: "-unused" })).toBe("/workloads?q=a+b&sort=-unused");
  expect(paths.workload({ cluster: "prod", namespace: "shop", service_account: "web" }, "policy")).toBe("/workloads/prod/shop/web/policy");
  expect(paths.workload({ cluster: ARN, namespace: "shop", service_account: "web" })).toBe(`/workloads/${encodeURIComponent(ARN)}/shop/web`);
  expect(paths.session("AROA:x@2026-11-02T06:12:44Z")).toBe("/sessions/AROA%3Ax%402026-11-02T06%3A12%3A44Z");
  expect(paths.events({ outcome: "denied", q: "" })).toBe("/events?outcome=denied");
});

describe("ids of workloads", () => {
  test("by name", () => expect(refOfId("prod/shop/web")).toEqual({ cluster: "prod", namespace: "shop", service_account: "web" }));
  test("by the cluster's ARN, which has a slash of its own", () => expect(refOfId(`${ARN}/shop/web`)).toEqual({ cluster: ARN, namespace: "shop", service_account: "web" }));
  test.each(["", "shop/web", "prod//web", "prod/shop/"])("not an id: %s", (id) => expect(refOfId(id)).toBeUndefined());
});

test("a call's workload is linked by the ARN, and by nothing when unknown", () => {
  const row = { cluster: "prod", cluster_arn: ARN, namespace: "shop", service_account: "web" };
  expect(refOfRow(row)?.cluster).toBe(ARN);
  expect(refOfRow({ ...row, cluster_arn: null })?.cluster).toBe("prod");
  expect(refOfRow({ ...row, namespace: null })).toBeNull();
});

describe("the search box", () => {
  test.each([
    ["an access key", "ASIAIOSFODNN7EXAMPLE", "/sessions/ASIAIOSFODNN7EXAMPLE"],
    ["an event id", "0de8c7d2-1a3d-48d9-a7ce-b4c5ff023f68", "/events/0de8c7d2-1a3d-48d9-a7ce-b4c5ff023f68"],
    ["a role", "arn:aws:iam::1:role/app", "/events?role=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fapp"],
    ["another ARN", "arn:aws:s3:::bucket", "/events?resource=arn%3Aaws%3As3%3A%3A%3Abucket"],
    ["an action", "s3:GetObject", "/events?action=s3%3AGetObject"],
    ["a workload", "prod/shop/web", "/workloads/prod/shop/web"],
    ["a part of a name", " check ", "/workloads?q=check"],
    ["a session without an access key", "AROAEXAMPLE12345:botocore-session-1@2026-11-02T06:12:44Z", "/sessions/AROAEXAMPLE12345%3Abotocore-session-1%402026-11-02T06%3A12%3A44Z"],
    ["a finding", "trust_without_sub-0123456789ab", "/findings/trust_without_sub-0123456789ab"],
    ["a name that looks like a finding", "checkout-api-5f7c9", "/workloads?q=checkout-api-5f7c9"],
  ])("%s", (_situation, text, want) => expect(pathOfSearch(text)).toBe(want));
});

test.each([
  ["findings", paths.findings({ severity: "high", age: "week" }), "/findings?severity=high&age=week"],
  ["a finding", paths.finding("shared_role-0123456789ab"), "/findings/shared_role-0123456789ab"],
  ["an explanation of a workload", paths.explain("prod/shop/checkout"), "/explain/prod%2Fshop%2Fcheckout"],
  ["the question what to explain", paths.explain(), "/explain"],
  ["the graph of a role", paths.graph({ role: "arn:aws:iam::1:role/a" }), "/graph?role=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa"],
])("the address of %s", (_name, address, want) => {
  expect(address).toBe(want);
});
