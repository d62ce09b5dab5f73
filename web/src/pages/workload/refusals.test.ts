import { expect, test } from "vitest";

import type { Denial, Permission, RoleRecommendation } from "../../api/types";
import { refusalsOf } from "./refusals";

const mark = (role: string, action: string, rest: Partial<Permission> = {}): Permission => ({
  role_arn: role, action, status: "denied", calls: 3, last_seen: "2026-10-20T00:00:00Z", granted_by: [], resources: ["arn:x"], resource_count: 1, ...rest,
});
const denial = (action: string): Denial => ({
  action, resource: "arn:x", calls: 3, last_seen: null, sample_event_id: "e", layer: "boundary", explicit: false, reason: "r", statement: null, why_not: null,
});
const proposal = (role: string, denied: Denial[]) => ({ role_arn: role, denied_demand: denied }) as unknown as RoleRecommendation;
const told = (refusals: ReturnType<typeof refusalsOf>) => refusals.map(({ role, denial: one, grantedBy }) => [role, one.action, one.layer, grantedBy.join()]);

test("a role with a proposal tells its own, with the policies that grant the action all the same", () => {
  const marks = [mark("a", "s3:GetObject", { granted_by: ["broad"] }), mark("b", "s3:GetObject", { granted_by: ["other"] }), mark("a", "s3:PutObject", { status: "used" })];
  const found = refusalsOf({ recommendations: [proposal("a", [denial("s3:GetObject")]), proposal("b", [])], note: null }, marks, undefined);
  expect(told(found)).toEqual([["a", "s3:GetObject", "boundary", "broad"]]);
});

test("of a role without a proposal the mark speaks, with the note as the reason", () => {
  const found = refusalsOf({ recommendations: [proposal("a", [denial("s3:GetObject")])], note: "none" }, [mark("b", "s3:GetObject")], undefined);
  expect(told(found)).toEqual([["a", "s3:GetObject", "boundary", ""], ["b", "s3:GetObject", "unstated", ""]]);
  expect(found[1]?.denial.reason).toBe("none");
  expect(found[1]?.denial.statement).toEqual({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:x" });
});

test.each([["2026-10-20", 1], ["2026-10-21", 0], [undefined, 1]])("history from %s leaves %d", (since, left) => {
  expect(refusalsOf({ recommendations: [], note: null }, [mark("b", "s3:GetObject")], since)).toHaveLength(left);
});
