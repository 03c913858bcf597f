"""How much memory this process may take."""

import os
from pathlib import Path

# Of the control group, version 2 and version 1; `max` where there is none.
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_mib() -> int:
    """Memory limit in MiB: of the function, of the container (cgroup), else of the machine."""
    if function := os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"):
        return int(function)
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = (Path(file).read_text().strip() for file in _LIMITS if Path(file).is_file())
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())]) // 2**20
