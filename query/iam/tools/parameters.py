"""How an operation's parameters name the ARN of what it acts on, guessed from botocore's names.

The result is a spec, `;` between its parts:
  `type:Var=path,Var` fills the type's ARN pattern (`Var` alone: the parameter has its name);
  `type@path` the parameter is the ARN; `*@path` it is an ARN of any type of the action, `?@path` it may be an ARN of such a type.
A path is `member` or `outer.member`, `|` between spellings, `~leaf` for a key at any depth (EC2 nests ids in sets).
For API Gateway the spec is `VERB /path/{member}`, which is what IAM checks there.
"""

import re

FIXED = {"Partition", "Region", "Account"}
SUFFIXES = ("identifier", "name", "arn", "id")
VERB = re.compile(r"^(?:Batch)?[A-Z][a-z0-9]+")


# Parameters that carry an ARN under another name; a value that is none is ignored when the call is mapped.
MAYBE_ARN = {
    "resource",
    "resourceid",
    "resourceidentifier",
    "resourceidlist",
    "resourcename",
    "sourcearn",
    "subscriptionarn",
    "targetarn",
}
GENERIC = {"name", "id", "identifier", "arn"}

# Variables that the service makes and that no request carries: a `*` stands for them.
SERVER_MADE = {"uuid", "uniqueid", "id", "targetgroupid", "taskdefinitionrevisionnumber"}

# Parameters whose names no rule finds: {prefix: {type: {variable: [parameter, …]}}}, all normalised.
ALIASES = {
    "dynamodb": {"index": {"IndexName": ["indexname"]}},
    "ec2": {
        "security-group": {"SecurityGroupId": ["groupid", "securitygroupids", "groupids"]},
        "key-pair": {"KeyPairName": ["keyname"]},
        "elastic-ip": {"AllocationId": ["allocationid"]},
        "network-acl": {"NaclId": ["networkaclid", "networkaclids"]},
        "natgateway": {"NatGatewayId": ["natgatewayid", "natgatewayids"]},
        "placement-group": {"PlacementGroupName": ["groupname"]},
        "vpc-flow-log": {"VpcFlowLogId": ["flowlogid", "flowlogids"]},
    },
    "elasticache": {
        "cluster": {"CacheClusterId": ["cacheclusterid"]},
        "replicationgroup": {"ReplicationGroupId": ["replicationgroupid"]},
    },
    "rds": {
        "cluster": {"DbClusterInstanceName": ["dbclusteridentifier"]},
        "cluster-pg": {"ClusterParameterGroupName": ["dbclusterparametergroupname"]},
        "cluster-snapshot": {"ClusterSnapshotName": ["dbclustersnapshotidentifier", "finaldbsnapshotidentifier"]},
        "db": {"DbInstanceName": ["dbinstanceidentifier"]},
        "es": {"SubscriptionName": ["subscriptionname"]},
        "og": {"OptionGroupName": ["optiongroupname"]},
        "pg": {"ParameterGroupName": ["dbparametergroupname"]},
        "secgrp": {"SecurityGroupName": ["dbsecuritygroupname"]},
        "snapshot": {"SnapshotName": ["dbsnapshotidentifier", "finaldbsnapshotidentifier"]},
        "subgrp": {"SubnetGroupName": ["dbsubnetgroupname"]},
    },
    "ecs": {"task-definition": {"TaskDefinitionFamilyName": ["taskdefinition", "family"]}},
    "elasticloadbalancing": {"targetgroup": {"TargetGroupName": ["name"]}},
    "iam": {
        "mfa": {"MfaTokenIdWithPath": ["serialnumber"]},
        "oidc-provider": {"OidcProviderName": ["openidconnectproviderarn"]},
    },
    "logs": {
        "log-group": {
            "LogGroupName": ["loggroupname", "loggroupnames", "loggroupidentifier", "loggroupidentifiers"],
        },
    },
    "lambda": {
        "function alias": {"Alias": ["qualifier", "name"]},
        "function version": {"Version": ["qualifier"]},
        "layerVersion": {"LayerVersion": ["versionnumber"]},
    },
    "s3": {"object": {"ObjectName": ["key"]}},
    "sqs": {"queue": {"QueueName": ["queueurl", "queuename"]}},
    "kms": {"key": {"KeyId": ["keyid", "targetkeyid", "sourcekeyid", "destinationkeyid"]}},
    "ssm": {
        "maintenancewindow": {"ResourceId": ["windowid"]},
        "parameter": {"ParameterNameWithoutLeadingSlash": ["name", "names", "path"]},
        "patchbaseline": {"PatchBaselineIdResourceId": ["baselineid"]},
        "servicesetting": {"ResourceId": ["settingid"]},
    },
}


def norm(text):
    return re.sub(r"[^a-z0-9]", "", text.lower())


def plural(word):
    if word.endswith("y"):
        return {word + "s", word[:-1] + "ies"}
    return {word + "s", word + "es", word + "list"}


def stem(word):
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) > len(suffix):
            return word[: -len(suffix)]
    return word


def lower_first(text):
    return text[:1].lower() + text[1:]


class Member:
    """One input parameter: its path as CloudTrail writes it and the spellings it can be matched by."""

    def __init__(self, name, ref, shape, parent=None, required=False):
        spellings = [lower_first(name)]
        location = ref.get("locationName")
        if location and lower_first(location) != spellings[0] and ref.get("location") not in ("header",):
            spellings.append(lower_first(location))
        self.name = name
        self.list = shape["type"] == "list"
        self.kind = shape["type"]
        self.norms = {norm(s) for s in spellings}
        self.deep = parent is not None
        self.required = required
        path = "|".join(spellings)
        self.path = f"{parent}.{spellings[0]}" if parent else path


def members(model, operation):
    """Top-level members, then those of structures and of lists of structures (one level)."""
    ref = operation.get("input")
    if not ref:
        return []
    shapes = model["shapes"]
    top, nested = [], []
    for name, member in shapes[ref["shape"]].get("members", {}).items():
        shape = shapes[member["shape"]]
        top.append(Member(name, member, shape, required=name in shapes[ref["shape"]].get("required", [])))
        inner = shapes[shape["member"]["shape"]] if shape["type"] == "list" else shape
        if inner["type"] == "structure":
            for child, child_ref in inner.get("members", {}).items():
                child_shape = shapes[child_ref["shape"]]
                nested.append(Member(child, child_ref, child_shape, lower_first(name)))
    usable = {"string", "list", "integer", "long"}
    return [m for m in top + nested if m.kind in usable]


def holds_id(word):
    """An id is made by the service: a name in its place would be an ARN of nothing. `ResourceId` means either."""
    return word.endswith(("id", "identifier")) and word != "resourceid"


def candidates(var, base, own, noun, generic):
    """Normalised parameter names that can fill `var`, best first; `own`: the variable naming the resource itself."""
    word = norm(var)
    root = stem(word)
    names = [word]
    names += [root + s for s in ("name", "id", "identifier", "", "arn")]
    if own:
        names += [base + s for s in ("name", "id", "identifier", "", "arn")]
        if noun in ({base, root} | plural(base) | plural(root)) and generic:
            names += ["name", "id", "identifier", "arn", "resourceid"]
    result = []
    if holds_id(word):
        names = [n for n in names if not n.endswith("name")]
    for name in names:
        for spelling in [name, *sorted(plural(name))]:
            if name and spelling not in result:
                result.append(spelling)
    return result


def pick(names, available, shallow_only=()):
    """The first candidate some member carries; a nested member only under its full name."""
    for deep in (False, True):
        for name in names:
            for member in available:
                if member.deep == deep and name in member.norms:
                    if deep and name in ("name", "id", "identifier", "arn", "resourceid"):
                        continue
                    return member
    return None


def arn_member(base, variables, available):
    """A parameter that is the ARN itself: (member, of this very type?); None for the second: it may be an ARN."""
    roots = {base} | {stem(norm(v)) for v in variables[-1:]} | {norm(v) for v in variables[-1:]}
    for member in available:
        for word in sorted(member.norms):
            hit = re.fullmatch(r"(.*?)arn(s|list)?", word)
            if hit and not member.deep and hit.group(1) in roots:
                return member, True
            if hit and not member.deep and hit.group(1) in ("", "resource"):
                return member, False
    for member in available:
        part = [w.rstrip("s")[:-3] for w in member.norms if w.rstrip("s").endswith("arn")]
        if not member.deep and (member.norms & MAYBE_ARN or any(len(p) > 3 and p in base for p in part)):
            return member, None
    return None, False


def only_required(available, base, var, alone):
    """The one parameter that must be given, where its name is part of the type's: `windowId` of a maintenancewindow."""
    musts = [m for m in available if m.required and not m.deep and not m.norms & {"accountid", "awsaccountid"}]
    if len(musts) != 1:
        return None
    for word in musts[0].norms:
        if word.endswith("name") and holds_id(norm(var)):
            continue
        if word in GENERIC and alone:
            return musts[0]
        root = stem(word.rstrip("s"))
        if root != word and any(kind.endswith(root) or root.endswith(kind) for kind in (base, stem(norm(var)))):
            return musts[0]
    return None


def ec2_path(member):
    """EC2 logs lists as `xxxSet.items[].id`: look for the id's singular name at any depth."""
    name = lower_first(member.name)
    return "~" + re.sub(r"(Id|Name)s$", r"\1", name)


def fill_part(resource, variables, available, noun, prefix, single):
    """`type:Var=path,…` with the variables some parameter names; None where the resource's own variable has none."""
    base = norm(resource["key"])
    named = [v for v in variables if norm(v) not in SERVER_MADE]
    filled = []
    for var in named or variables:
        own = var == (named or variables)[-1]
        aliases = ALIASES.get(prefix, {}).get(resource["key"], {}).get(var, [])
        member = pick(aliases + candidates(var, base, own, noun, prefix != "ec2"), available)
        if member is None and own and single and prefix != "ec2":
            member = only_required(available, base, var, len(variables) == 1)
        if member:
            others = [m.path for m in available if m is not member and not m.deep and m.norms & set(aliases)]
            path = ec2_path(member) if prefix == "ec2" else "|".join([member.path, *others])
            mark = "~" if path.startswith("~") else ""
            same = path.removeprefix("~").lower() == var.lower()
            filled.append(mark + var if same else f"{var}={path}")
        elif own and not any(stem(norm(v)) == stem(norm(var)) for v in variables if v != var):
            return None
    return f"{resource['key']}:{','.join(filled)}" if filled else None


def type_parts(resource, available, noun, prefix, single):
    """Every way the parameters name a resource of this type: its ARN, its name, or both."""
    variables = [v for v in re.findall(r"\$\{([^}]*)\}", resource["arn"].split(",")[0]) if v not in FIXED]
    if not variables:
        return [f"{resource['key']}:"]
    parts = []
    member, typed = arn_member(norm(resource["key"]), variables, available)
    if member:
        parts.append(f"{resource['key'] if typed else '*' if typed is False else '?'}@{member.path}")
    others = [m for m in available if m is not member]
    parts.append(fill_part(resource, variables, others, noun, prefix, single and not typed))
    return [p for p in parts if p]


def gateway_spec(operation):
    http = operation["http"]
    path = re.sub(r"\{([^}+]*)\+?\}", r"{\1}", http["requestUri"].split("?")[0])
    return f"{http['method']} {path}"


def gateway_members(model, operation, spec):
    """Replaces wire names in the path by the member names CloudTrail logs."""
    ref = operation.get("input")
    if not ref:
        return spec
    for name, member in model["shapes"][ref["shape"]].get("members", {}).items():
        if member.get("location") == "uri":
            spec = spec.replace("{" + member["locationName"] + "}", "{" + lower_first(name) + "}")
    return spec


def arn_spec(model, name, operation, prefix, services, exceptions):
    """The spec of one operation, empty where nothing names the resource or no action is known."""
    if prefix == "apigateway":
        return gateway_members(model, operation, gateway_spec(operation))
    targets = exceptions.get(f"{prefix}:{name}", f"{prefix}:{name}").split(",")
    available = members(model, operation)
    noun = norm(VERB.sub("", name))
    parts = set()
    for target in targets:
        service, _, action = target.partition(":")
        table = services.get(service)
        if table is None:
            continue
        wanted = {
            t["name"] for a in table["actions"] if a["name"].lower() == action.lower() for t in a["resourceTypes"]
        }
        for resource in table["types"]:
            if resource["key"] in wanted:
                parts.update(type_parts(resource, available, noun, prefix, len(wanted) == 1))
    return ";".join(sorted(parts))
