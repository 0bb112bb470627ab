"""scim2-tester against a service whose types are announced.

Takes the service's address and `everything` (all checks, for the types that can be written) or
`discovery`; the token is in JUDGE_TOKEN. Prints how many checks there were and what was found
wrong, and ends with 1 when anything was, or when a check could not be made.
"""

import collections
import os
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

TYPES = ["User", "Role", "Classification", "Segment", "UserType"]
# Neither a deviation from what the standard recommends nor a check that found nothing to check.
RIGHT = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


def main() -> int:
    url, what = sys.argv[1:]
    http = Client(base_url=url, headers={"Authorization": f"Bearer {os.environ['JUDGE_TOKEN']}"})
    tags = {"discovery"} if what == "discovery" else None
    results = check_server(SyncSCIMClient(http), include_tags=tags, resource_types=TYPES)
    if tags:
        # What the tags leave out is reported too, as skipped.
        results = [result for result in results if result.tags & tags]
    counted = collections.Counter((result.resource_type or "discovery", result.status.name) for result in results)
    for (about, status), number in sorted(counted.items()):
        print(f"   {about}: {number} {status}")
    wrong = [result for result in results if result.status not in RIGHT]
    for result in wrong:
        print(f"{result.status.name} {result.resource_type} {result.title}: {result.reason}\n    {result.data}")
    print(f"   {len(results)} checks, {len(wrong)} of them not passed")
    untried = set() if tags else set(TYPES) - {about for about, _ in counted}
    if untried:
        print(f"not tried: {', '.join(sorted(untried))}")
    return 1 if wrong or untried or not results else 0


if __name__ == "__main__":
    sys.exit(main())
