# SPDX-License-Identifier: MIT
"""Runs a PostgreSQL server until SIGTERM, for the setup of a page: `python3 -m support.serve_postgres PORT URL_FILE`.

The URL of its superuser, postgres, is then in the file. TCP connections need passwords, as with a real server.
"""

import signal
import sys
from pathlib import Path

from .postgres import USER, Postgres, psql


def main():
    port, url_file = int(sys.argv[1]), Path(sys.argv[2])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    server = Postgres()
    server.port = port
    with server.start():
        # The page creates a role of this name.
        server.sql("CREATE ROLE root SUPERUSER LOGIN")
        rename = server.local_url().replace(f"//{USER}@", "//root@")
        psql(rename, f"ALTER ROLE {USER} RENAME TO postgres")
        url_file.write_text(server.local_url().replace(f"//{USER}@", "//postgres@"))
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main()
