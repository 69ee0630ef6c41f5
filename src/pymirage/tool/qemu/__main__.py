"""The tender's command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pymirage.tool.qemu.error import QemuError
from pymirage.tool.qemu.machine import machine
from pymirage.tool.qemu.run import NAME, run

USAGE = f"""usage: {NAME} [OPTION…] [--] IMAGE [ARGUMENT…]

  --mem=MB                        memory of the machine (default: 512)
  --net:NAME=DEVICE               a TAP interface, or user[:HOSTPORT-GUESTPORT,…]: QEMU's own network
  --net-mac:NAME=ADDRESS          its address (default: random)
  --block:NAME=FILE               a disk
  --block-sector-size:NAME=SIZE   its sectors (default: 512)
  --machine=KIND                  q35 (default), pc or microvm
  --cpu=MODEL                     the processor (default: host under KVM, max when emulating)
  --qemu=WORD                     a word for QEMU itself; may be given several times
"""


def main(words: Sequence[str]) -> int:
    if list(words[:1]) in (["--help"], ["-h"]):
        print(USAGE, end="")
        return 0
    try:
        return run(machine(words))
    except QemuError as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
