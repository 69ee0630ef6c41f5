"""Images: from a configured `_build/<target>` and a runtime to one static ELF file.

Read in this order: `build` is the table of contents; `modules`, `policy` and `closure` decide what goes in;
`guest` and `freeze` make bytecode, `compile` native code; `tables` and `link` make the file, `elf` and
`check` finish and examine it; `report` and `treemap` say what it is made of; `lock` and `vendor` bring in
packages.
"""

from pymirage.tool.image.error import ImageError
from pymirage.tool.image.plan import BuildPlan
from pymirage.tool.image.plan import read as read_plan

__all__ = ["BuildPlan", "ImageError", "read_plan"]
