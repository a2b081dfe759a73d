"""Run the benchmarks and write benchmarks/RESULTS.md.

python benchmarks/run.py                        # all of them
python benchmarks/run.py read_jira writes       # these; the other sections stay as they are
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = (
    "read_zendesk",
    "read_jira",
    "first_sync",
    "writes",
    "decide",
    "rules_engines",
    "policy_load",
    "rule_tests",
    "tutorial",
    "backtest",
    "business_time",
    "store",
    "records",
    "status",
    "webhooks",
    "service",
    "service_sustained",
    "service_scale",
)
MEASURE = re.compile(r"^- \*\*(?:met|missed)\*\*: .*$", re.MULTILINE)
BY_HAND = "by hand"
HEAD = """\
# Benchmarks

Written by `make bench` (`benchmarks/run.py`). Each section says when and where it was measured; the script of the same
name in this directory made it. Contenders of one table ran in turns on the same machine, so ratios travel better than
rates do.

## The measures

"""
EMPTY = "## Measured by hand\n\nNothing yet."


def main(argv: list[str] | None = None) -> int:
    """Run what the arguments name; returns the exit status."""
    options = argparse.ArgumentParser(description="Run the benchmarks and write benchmarks/RESULTS.md.")
    options.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; default: all")
    options.add_argument("--quick", action="store_true", help="small and without meaning: shows that they work")
    options.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    chosen = options.parse_args(argv)
    unknown = sorted(set(chosen.names) - set(BENCHMARKS))
    if unknown:
        options.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    old = chosen.output.read_text(encoding="utf-8") if chosen.output.exists() else ""
    sections = {name: found for name in (*BENCHMARKS, BY_HAND) if (found := section_in(old, name))}
    failed = []
    for name in chosen.names or BENCHMARKS:
        print(f"{name} …", flush=True)
        found = measured(name, quick=chosen.quick)
        if found is None:
            failed.append(name)
            continue
        print(f"{found}\n", flush=True)
        sections[name] = found
        # At once: a benchmark that fails later costs only itself.
        chosen.output.write_text(document(sections), encoding="utf-8")
    if failed:
        print(f"failed: {', '.join(failed)}; their sections are as they were", file=sys.stderr)
    return 1 if failed else 0


def measured(name: str, *, quick: bool) -> str | None:
    """Run one benchmark in a process of its own; its section, or None when it failed."""
    command = [sys.executable, str(HERE / f"{name}.py"), *(["--quick"] if quick else [])]
    load = os.getloadavg()[0]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return None
    title, _, rest = done.stdout.strip().partition("\n")
    return f"{title}\n\n{conditions(load, quick=quick)}\n{rest}"


def conditions(load: float, *, quick: bool) -> str:
    """When and where, in a line; `load` is the machine's load average just before."""
    said = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}, load before {load:.1f}"
    return f"*{said}; a quick run without meaning*" if quick else f"*{said}*"


def machine() -> str:
    """Processor, cores, Python and system."""
    cpu = Path("/proc/cpuinfo")
    found = (
        re.search(r"^model name\s*:\s*(.+)$", cpu.read_text(encoding="utf-8"), re.MULTILINE) if cpu.exists() else None
    )
    model = found[1].strip() if found else platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, Python {platform.python_version()}, {platform.system()}"


def section_in(text: str, name: str) -> str | None:
    """A section of an earlier RESULTS.md."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end of {name} -->", text, re.DOTALL)
    return found[1] if found else None


def document(sections: dict[str, str]) -> str:
    """RESULTS.md: the measures of all sections, the sections, and what is kept by hand."""
    whole = {**sections, BY_HAND: sections.get(BY_HAND, EMPTY)}
    parts = [
        f"<!-- {name} -->\n{whole[name]}\n<!-- end of {name} -->" for name in (*BENCHMARKS, BY_HAND) if name in whole
    ]
    measures = [line for part in parts for line in MEASURE.findall(part)]
    return HEAD + "\n".join(measures) + "\n\n" + "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
