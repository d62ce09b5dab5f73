"""Serves moto on a free loopback port, prints its address when it answers, and ends when standard input does.

The test process holds the other end of standard input, so the server cannot outlive it, however it ends.
"""

import logging
import os
import sys

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"{host}:{port}", flush=True)
sys.stdin.read()
os._exit(0)
