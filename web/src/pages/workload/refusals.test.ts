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
  const found = refusalsOf({ recommendations: [proposal("a", [denial("s3:GetObject")]), proposal("b", [])], unproposed: [] }, marks);
  expect(told(found)).toEqual([["a", "s3:GetObject", "boundary", "broad"]]);
});

test("roles without a proposal come last, with what was refused to them", () => {
  const unproposed = [{ role_arn: "b", why: "none", denied_demand: [denial("s3:GetObject")] }];
  const found = refusalsOf({ recommendations: [proposal("c", [denial("s3:PutObject")])], unproposed }, [mark("b", "s3:GetObject", { granted_by: ["broad"] })]);
  expect(told(found)).toEqual([["c", "s3:PutObject", "boundary", ""], ["b", "s3:GetObject", "boundary", "broad"]]);
});
