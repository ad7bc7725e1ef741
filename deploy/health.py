"""Exit with 0 if the service of this container answers /healthz, else with 1 and a word; for HEALTHCHECK.

`mediawatch health` asks more (is it ready?) and loads the whole command line for it, too much for twice a minute.
"""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_S = 4


def main() -> int:
    bind = os.environ.get("MEDIAWATCH_HTTP_BIND", "127.0.0.1:8787")
    # A proxy from the environment must not be asked about ourselves.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{bind}/healthz", timeout=TIMEOUT_S) as answer:
            return 0 if answer.status == 200 else 1
    except (OSError, urllib.error.URLError) as error:
        sys.stderr.write(f"http://{bind}/healthz: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
