# SPDX-License-Identifier: Apache-2.0
"""The peers' servers, each a child of this process in folders, and on sockets and ports, of its own."""
import contextlib
import os
import pathlib
import subprocess
import time
from typing import Iterator

from measure import Bench
from servers import Child, accepts, folders, free_port, importable, installed, running

HERE = pathlib.Path(__file__).resolve().parent


NGINX_CONFIG = """\
daemon off;
worker_processes {workers};
pid {data}/pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    server_tokens off;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path {data}/body;
    proxy_temp_path {data}/proxy;
    fastcgi_temp_path {data}/fastcgi;
    uwsgi_temp_path {data}/uwsgi;
    scgi_temp_path {data}/scgi;
    server {{
        listen unix:{socket};
        location / {{ return 302 https://example.org/; }}
    }}
}}
"""


@contextlib.contextmanager
def nginx(bench: Bench, workers: int) -> Iterator[pathlib.Path]:
    """An nginx that answers everything with a redirect; yields its Unix socket."""
    program = installed("nginx", "nginx-light")
    with folders(bench, "nginx") as (data, sockets):
        listener = sockets / "nginx.sock"
        config = data / "nginx.conf"
        config.write_text(NGINX_CONFIG.format(workers=workers, data=data, socket=listener))
        command = [program, "-p", str(data), "-c", str(config), "-e", "stderr"]
        child = Child("nginx", command, data / "log")
        with running(child):
            child.wait_until_answers(listener, "/", 302)
            yield listener


REDIS_CONFIG = """\
port 0
unixsocket {socket}
dir {data}
save ""
appendonly {appendonly}
appendfsync always
"""


@contextlib.contextmanager
def redis(bench: Bench, appendonly: str = "yes") -> Iterator[pathlib.Path]:
    """Redis that syncs its append-only file before each reply; yields its Unix socket."""
    program = installed("redis-server", "redis-server")
    with folders(bench, "redis") as (data, sockets):
        listener = sockets / "redis.sock"
        config = data / "redis.conf"
        config.write_text(REDIS_CONFIG.format(socket=listener, data=data, appendonly=appendonly))
        child = Child("redis-server", [program, str(config)], data / "log")
        with running(child):
            child.wait_until(lambda: accepts(listener))
            yield listener


@contextlib.contextmanager
def nats(bench: Bench) -> Iterator[int]:
    """A NATS server with JetStream as it comes; yields its port."""
    program = installed("nats-server", "nats-server")
    with folders(bench, "nats") as (data, _):
        port = free_port()
        child = Child("nats-server", [program, "--addr", "127.0.0.1", "--port", str(port), "--jetstream",
                                      "--store_dir", str(data / "store")], data / "log", ends_with=(0, 1))
        with running(child):
            child.wait_until(lambda: accepts(port))
            yield port


@contextlib.contextmanager
def mosquitto(bench: Bench) -> Iterator[int]:
    """Mosquitto with persistence; yields its port."""
    program = installed("mosquitto", "mosquitto")
    with folders(bench, "mosquitto") as (data, _):
        port = free_port()
        config = data / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
                          f"persistence_location {data}/\nuser root\n")
        child = Child("mosquitto", [program, "-c", str(config)], data / "log")
        with running(child):
            child.wait_until(lambda: accepts(port))
            yield port


def rabbitmq_environment(data: pathlib.Path, port: int, names: int) -> dict[str, str]:
    """A node of its own: name, folders, ports. `names` is the port of the name server that Erlang needs."""
    config = data / "rabbitmq.conf"
    config.write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\nlog.file.level = error\n")
    (data / "plugins").write_text("[].\n")
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(data), "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "tocsin-bench@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port), "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(config), "RABBITMQ_ENABLED_PLUGINS_FILE": str(data / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(data / "mnesia"), "RABBITMQ_LOG_BASE": str(data / "logs"),
            "RABBITMQ_PID_FILE": str(data / "pid"), "RABBITMQ_CONF_ENV_FILE": "/dev/null"}


@contextlib.contextmanager
def rabbitmq(bench: Bench) -> Iterator[int]:
    """One node of RabbitMQ; yields its port. Debian's wrapper would change to another user."""
    installed("rabbitmq-server", "rabbitmq-server")
    program = max(pathlib.Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    with folders(bench, "rabbitmq") as (data, _):
        port, names = free_port(), free_port()
        epmd = Child("epmd", [installed("epmd", "erlang-base"), "-address", "127.0.0.1", "-port", str(names)],
                     data / "epmd.log", ends_with=(0, -15))
        with running(epmd):
            epmd.wait_until(lambda: accepts(names))
            child = Child("rabbitmq-server", [str(program)], data / "log", ends_with=(0, -15, 143),
                          environment=rabbitmq_environment(data, port, names))
            with running(child):
                child.wait_until(lambda: accepts(port))
                yield port


@contextlib.contextmanager
def web_app(bench: Bench, variant: str, workers: int) -> Iterator[pathlib.Path]:
    """The FastAPI application of peers/web_app.py under uvicorn; yields its Unix socket."""
    importable("fastapi", "httptools", "sqlalchemy", "uvicorn", "uvloop")
    with folders(bench, "web-app") as (data, sockets):
        listener = sockets / "app.sock"
        environment = dict(os.environ, BENCH_DATABASE=str(data / "app.db"), BENCH_VARIANT=variant,
                           PYTHONDONTWRITEBYTECODE="1")
        subprocess.run(["/usr/bin/python3", str(HERE / "peers" / "web_app.py")], env=environment, check=True)
        child = Child("uvicorn", ["/usr/bin/python3", "-m", "uvicorn", "--app-dir", str(HERE / "peers"),
                                  "--uds", str(listener), "--workers", str(workers), "--loop", "uvloop",
                                  "--http", "httptools", "--no-access-log", "--log-level", "warning",
                                  "web_app:app"], data / "log", environment=environment)
        with running(child):
            child.wait_until_answers(listener, "/readyz", 200)
            yield listener


RSYSLOG_CONFIG = """\
global(workDirectory="{data}/work")
module(load="imfile" mode="inotify")
module(load="mmjsonparse")
template(name="line" type="string" string="%msg%\\n")
input(type="imfile" file="{data}/in/*.ndjson" tag="bench")
action(type="mmjsonparse" cookie="")
if {condition} then action(type="omfile" file="{output}" template="line")
"""


@contextlib.contextmanager
def rsyslog(bench: Bench, condition: str) -> Iterator[tuple[pathlib.Path, pathlib.Path]]:
    """An rsyslog that filters lines of JSON, its queues as they come; yields the path at which it waits for a
    file of them, and the file that it writes."""
    program = installed("rsyslogd", "rsyslog")
    with folders(bench, "rsyslog") as (data, _):
        (data / "work").mkdir()
        (data / "in").mkdir()
        config, pid, output = data / "rsyslog.conf", data / "pid", data / "out.ndjson"
        config.write_text(RSYSLOG_CONFIG.format(data=data, condition=condition, output=output))
        child = Child("rsyslogd", [program, "-n", "-f", str(config), "-i", str(pid)], data / "log")
        with running(child):
            # the pid is written before the folder is watched; a file that is there already is read as well
            child.wait_until(pid.exists)
            time.sleep(0.3)
            yield data / "in" / "lines.ndjson", output
