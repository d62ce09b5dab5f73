"""Writes query/iam/data/{actions,operations}.tsv.zst from iam-data and botocore. See README.md.

Same inputs, same bytes: everything is sorted, nothing depends on the clock.
"""

import argparse
import gzip
import json
import pathlib
import re

import zstandard

from parameters import arn_spec

LEVELS = {"Read": "R", "Write": "W", "List": "L"}
# Access levels as iam-data combines them.
TAGGING, PERMISSIONS = "T", "P"


def level_letter(text):
    """One letter per access level; the stronger meaning wins where iam-data joins two."""
    if "Permissions management" in text:
        return PERMISSIONS
    if "Tagging" in text:
        return TAGGING
    return LEVELS.get(text, "W")


def read_json(path):
    return json.loads(path.read_text()) if path.exists() else {}


def load_services(root):
    """iam-data's folder -> {prefix: {actions, types, keys}} with lists sorted without regard to case."""
    services = {}
    for prefix in sorted(read_json(root / "services.json")):
        types = read_json(root / "resourceTypes" / f"{prefix}.json").values()
        services[prefix] = {
            "actions": sorted(
                read_json(root / "actions" / f"{prefix}.json").values(), key=lambda a: a["name"].lower()
            ),
            "types": sorted(types, key=lambda t: t["key"]),
            "keys": sorted(
                read_json(root / "conditionKeys" / f"{prefix}.json").values(), key=lambda k: k["key"].lower()
            ),
        }
    return services


def action_table(services, rcp, header):
    """Lines `S prefix rcp`, `R type arn keys`, `K key type`, `A action level types keys`, lists by index."""
    lines = list(header)
    for prefix, service in services.items():
        types = {t["key"]: i for i, t in enumerate(service["types"])}
        keys = {k["key"].lower(): i for i, k in enumerate(service["keys"])}

        def indexes(names):
            return " ".join(str(i) for i in sorted(keys[n.lower()] for n in names if n.lower() in keys))

        lines.append(f"S\t{prefix}\t{'r' if prefix in rcp else ''}")
        lines += [f"K\t{k['key']}\t{k['type']}" for k in service["keys"]]
        lines += [f"R\t{t['key']}\t{t['arn']}\t{indexes(t.get('conditionKeys', []))}" for t in service["types"]]
        for action in service["actions"]:
            needs = sorted(
                f"{types[t['name']]}{'*' if t['required'] else ''}"
                for t in action["resourceTypes"]
                if t["name"] in types
            )
            lines.append(
                f"A\t{prefix}:{action['name']}\t{level_letter(action['accessLevel'])}"
                f"\t{' '.join(needs)}\t{indexes(action.get('conditionKeys', []))}"
            )
    return lines


def load_tsv(path):
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {row[0]: row[1] for row in rows}


def newest_models(root):
    """(service folder, model) of botocore's newest API version for each service."""
    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        models = sorted(folder.glob("*/service-2.json.gz"))
        if models:
            yield folder.name, json.loads(gzip.decompress(models[-1].read_bytes()))


def prefix_of(folder, metadata, services, hosts):
    """The IAM prefix a botocore service signs for: signing name, then endpoint, then folder, through the aliases."""
    names = [metadata.get("signingName"), metadata.get("endpointPrefix"), folder]
    for name in filter(None, names):
        name = hosts.get(name, name)
        if name in services:
            return name
    return None


def operation_table(models, services, hosts, exceptions, header):
    """Lines `S prefix`, `O operation spec`: every operation, with how its parameters name the resource."""
    found = {}
    unknown = []
    for folder, model in models:
        prefix = prefix_of(folder, model["metadata"], services, hosts)
        if prefix is None:
            unknown.append(folder)
            continue
        for name, operation in model["operations"].items():
            spec = arn_spec(model, name, operation, prefix, services, exceptions)
            found.setdefault(prefix, {}).setdefault(name, set()).add(spec)
    lines = list(header)
    lines += [f"U\t{folder}" for folder in sorted(unknown)]
    for prefix in sorted(found):
        lines.append(f"S\t{prefix}")
        for name in sorted(found[prefix], key=str.lower):
            specs = sorted(s for s in found[prefix][name] if s)
            if prefix == "apigateway":
                lines.append(f"O\t{name}\t{'|'.join(specs)}")
            else:
                parts = sorted({part for spec in specs for part in spec.split(";")})
                lines.append(f"O\t{name}\t{';'.join(parts)}")
    return lines


def write(path, lines):
    text = ("\n".join(lines) + "\n").encode()
    packed = zstandard.ZstdCompressor(level=22, write_content_size=True).compress(text)
    path.write_bytes(packed)
    print(f"{path.name}: {len(lines)} lines, {len(text)} bytes, {len(packed)} compressed")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("iam-data", "iam-data-version", "botocore", "botocore-version", "out"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    out = pathlib.Path(args.out)
    iam_data = pathlib.Path(args.iam_data)
    digits = re.search(r"\.(\d{4})(\d{2})(\d{2})\d*$", args.iam_data_version)
    header = [
        f"#date\t{'-'.join(digits.groups())}",
        f"#iam-data\t{args.iam_data_version}",
        f"#botocore\t{args.botocore_version}",
    ]
    services = load_services(iam_data)
    rcp = {name.lower() for name in read_json(iam_data / "rcpSupportedServices.json")}
    write(out / "actions.tsv.zst", action_table(services, rcp, header))
    exceptions = load_tsv(out / "exceptions.tsv")
    hosts = load_tsv(out / "hosts.tsv")
    models = newest_models(pathlib.Path(args.botocore))
    write(out / "operations.tsv.zst", operation_table(models, services, hosts, exceptions, header))


if __name__ == "__main__":
    main()
