import json

import workloads


async def main() -> None:
    print(json.dumps(await workloads.measure()))
