"""A daemon over a large fleet, as processes, for the scripts tests/bench_*.

  with Fleet("scrape", penstock) as fleet:
      fleet.start_sandbox(100_000)
      fleet.start_source()                     # answers every query with a value of each instance
      fleet.write_settings(tick="5s")
      fleet.start_daemon()                     # returns once it is ready

Loopback only; ports are whatever is free; everything ends, and its folder goes, with the block.
"""
import http.server
import json
import multiprocessing
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

CONFIG = """
listen = "127.0.0.1:0"
tick = "{tick}"
policies = "policies.d"
state = "{work}/state"
{extra}
[[account]]
name = "sandbox"
base_url = "http://{sandbox}"
access_key_id_file = "access-key-id"
access_key_password_file = "access-key-password"
billing_month = "{month}"
list_page_size = 1000
requests_per_second = {requests_per_second}
changes_per_second = {changes_per_second}

[[source]]
name = "prometheus"
kind = "prometheus"
urls = ["http://{source}"]

[limits]
orders_per_day = 1000000
per_day = "100000000 USD"
per_month = "100000000 USD"
"""

POLICY = """
[[policy]]
name = "edge"
mode = "{mode}"
match = {{}}

[policy.traffic]
query = '{query}'
unit = "bps"
window = "{window}"
{traffic}
[[policy.rule]]
kind = "saturation"
{extra}
"""


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]


def fail(why):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {why}")


def get(url, headers=None, seconds=60, body=None):
    request = urllib.request.Request(url, headers=headers or {}, data=body)
    with urllib.request.urlopen(request, timeout=seconds) as answer:
        return answer.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
              encoding="utf-8") as out:
        out.write(text)


def await_text(path, pattern, process, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                found = re.search(pattern, file.read())
            if found:
                return found
        if process.poll() is not None:
            break
        time.sleep(0.02)
    with open(path, encoding="utf-8", errors="replace") as file:
        return fail(f"no {pattern!r} in\n" + file.read()[-2000:])


def memory_mb(process, what="VmHWM"):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return int(re.search(rf"{what}:\s+(\d+)", file.read())[1]) / 1024


def forget_peak(process):
    """From here on VmHWM is the largest memory since now."""
    with open(f"/proc/{process.pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answer_queries(pipe, switched, levels, later):
    """A Prometheus that knows one number of each instance, dated now; others once it is switched."""
    def text_of(all_levels):
        rows = ",".join(f'{{"metric":{{"instance_id":"{name}"}},"value":[@,"{bps}"]}}'
                        for name, bps in all_levels.items())
        return '{"status":"success","data":{"resultType":"vector","result":[' + rows + "]}}"

    before, after = text_of(levels), text_of(later)

    class Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            text = after if switched.is_set() else before
            body = text.replace("@", str(int(time.time()))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    pipe.send("127.0.0.1:%d" % server.server_address[1])
    server.serve_forever()


class Fleet:
    def __init__(self, name, penstock):
        if shutil.which(penstock) is None:
            fail(f"there is no {penstock}")
        self.penstock = penstock
        self.work = tempfile.mkdtemp(prefix=f"penstock-{name}-")
        self.running = []
        self.children = []
        self.sandbox = self.source = self.address = ""
        self.daemon = None
        self.month = "720h"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            self.stop(process)
        for child in self.children:
            child.terminate()
            child.join()
        shutil.rmtree(self.work, ignore_errors=True)

    def start(self, name, *command):
        log = os.path.join(self.work, name + ".log")
        with open(log, "w", encoding="utf-8") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        self.running.append(process)
        return process, log

    def stop(self, process):
        if process in self.running:
            self.running.remove(process)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def start_sandbox(self, instances, *options, month="720h"):
        self.month = month
        process, log = self.start("sandbox", self.penstock, "sandbox", "--listen", "127.0.0.1:0",
                                  "--instances", str(instances), "--month", month, *options)
        self.sandbox = await_text(log, r"listening (\S+?:\d+)", process, 120)[1]
        return process

    def instances(self):
        return json.loads(get(f"http://{self.sandbox}/sandbox/instances", seconds=120))["instances"]

    def start_source(self, levels=None, later=None):
        """`levels` are bit/s by id, and `later` from switched.set() on; without them each instance
        sends a third of its cap."""
        if levels is None:
            levels = {row["instance_id"]: max(row["cap_mbps"], 30) * 333_333
                      for row in self.instances()}
        here, there = multiprocessing.Pipe()
        self.switched = multiprocessing.Event()
        child = multiprocessing.Process(target=answer_queries, daemon=True,
                                        args=(there, self.switched, levels, later or {}))
        child.start()
        self.children.append(child)
        self.source = here.recv()

    def write_settings(self, tick="5s", mode="observe", requests_per_second=100,
                       changes_per_second=1, query="egress", window="15s", policy="",
                       traffic="", extra=""):
        write(f"{self.work}/penstock.toml",
              CONFIG.format(work=self.work, tick=tick, sandbox=self.sandbox, source=self.source,
                            month=self.month, requests_per_second=requests_per_second,
                            changes_per_second=changes_per_second, extra=extra))
        write(f"{self.work}/policies.d/edge.toml",
              POLICY.format(mode=mode, query=query, window=window, traffic=traffic,
                            extra=policy))
        write(f"{self.work}/access-key-id", "sandbox-id\n")
        write(f"{self.work}/access-key-password", "sandbox-password\n")

    def start_daemon(self, seconds=120):
        """Returns the time from its start until it was ready."""
        begun = time.monotonic()
        self.daemon, self.log = self.start("penstock", self.penstock, "run", "--config",
                                           f"{self.work}/penstock.toml")
        self.address = await_text(self.log, r"listening (\S+?:\d+)", self.daemon, seconds)[1]
        while time.monotonic() - begun < seconds:
            try:
                get(f"http://{self.address}/-/ready")
                return time.monotonic() - begun
            except OSError:
                time.sleep(0.02)
        return fail(f"not ready after {seconds} s")

    def ask(self, path, **options):
        return get(f"http://{self.address}{path}", **options)
