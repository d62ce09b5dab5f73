"""Judges cases with `principalmapper`, run as a program of its own.

  python pmapper.py CASES          a verdict a line: allow, implicit_deny, explicit_deny, error: WHY, or `none`
  python pmapper.py CASES SECONDS  the decisions a second of that many seconds, as one number

CASES holds JSON lines in the form of `podtrail simulate`. `none` stands for a case that the package cannot express: it
knows identity policies and, for users, the policy of a resource of the same account, of services without rules of their
own.
"""

import collections
import collections.abc
import json
import sys
import time
import warnings

# The package is older than Python 3.10, which took these names out of `collections`.
for name in ("Mapping", "MutableMapping"):
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))
warnings.simplefilter("ignore")

from principalmapper.common import Node  # noqa: E402
from principalmapper.querying import local_policy_simulation as simulation  # noqa: E402
from principalmapper.util.case_insensitive_dict import CaseInsensitiveDict  # noqa: E402

LAYERS = {"permissions_boundary", "session_policies", "scps", "rcps", "vpc_endpoint_policy"}


def text(value):
    return [str(item) for item in value] if isinstance(value, list) else str(value)


def prepare(case):
    """What the package is called with; none if it cannot express the case."""
    policy = case.get("resource_policy")
    is_user = ":user/" in case["principal"]["arn"]
    own_rules = case["action"].split(":")[0] in ("iam", "kms", "sts")
    if LAYERS & case.keys() or "resource_account" in case or own_rules or (policy and not is_user):
        return None
    context = CaseInsensitiveDict({key: text(value) for key, value in case.get("context", {}).items()})
    node = None
    if policy:
        arn = case["principal"]["arn"]
        node = Node(arn, "AIDAEXAMPLE", None, None, None, None, 0, False, False, None, False, None)
    return case.get("identity_policies", []), policy, node, case["action"], case["resource"], context


def judge(prepared):
    if prepared is None:
        return "none"
    policies, policy, node, action, resource, context = prepared
    try:
        def matches(effect):
            found = simulation.policy_has_matching_statement
            return any(found(document, effect, action, resource, context) for document in policies)

        if matches("Deny"):
            return "explicit_deny"
        allowed = matches("Allow")
        if policy:
            result = simulation.resource_policy_authorization(
                node, node.arn.split(":")[4], policy, action, resource, context
            ).name
            if result == "DENY_MATCH":
                return "explicit_deny"
            allowed = allowed or result == "NODE_MATCH"
        return "allow" if allowed else "implicit_deny"
    except Exception as error:
        return f"error: {type(error).__name__}: {error}".replace("\n", " ")


def main():
    with open(sys.argv[1]) as lines:
        cases = [prepare(json.loads(line)) for line in lines]
    if len(sys.argv) == 2:
        print("\n".join(judge(case) for case in cases))
        return
    start = time.perf_counter()
    decisions = 0
    while time.perf_counter() - start < float(sys.argv[2]):
        for case in cases:
            judge(case)
        decisions += len(cases)
    print(decisions / (time.perf_counter() - start))


main()
