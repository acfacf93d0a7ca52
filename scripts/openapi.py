"""Write web/src/api/openapi.json from the server's routes, or check it with --check."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from sipflow.server.app import make_api

PAGE = Path(__file__).resolve().parent.parent / "web" / "src" / "api" / "openapi.json"


def render() -> str:
    """Return the description of the API. It names no version: a release alone is no change of the contract."""
    description = make_api().openapi()
    description["info"]["version"] = "1"
    return json.dumps(description, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the description, or compare it with what it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the file is stale, and write nothing")
    check: bool = parser.parse_args().check
    page = render()
    if not check:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        print("web/src/api/openapi.json is stale: run python scripts/openapi.py, then npm run types in web/")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
