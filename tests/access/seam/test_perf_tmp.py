import os, time, pytest
from django.db import connection
from tests.factories import make_device
from tests.access.seam.conftest import *

pytestmark = pytest.mark.django_db


def backend():
    with connection.cursor() as c:
        c.execute("select pg_backend_pid()")
        return c.fetchone()[0]


def cpu(pid):
    f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(f[11]) + int(f[12])) * 10.0


def timed(fn, n):
    ts = []
    b = cpu(pid)
    for _ in range(n):
        t = time.process_time()
        fn()
        ts.append((time.process_time() - t) * 1000)
    ts.sort()
    return (
        "web median",
        round(ts[n // 2], 2),
        "min",
        round(ts[0], 2),
        "p25",
        round(ts[n // 4], 2),
        "db",
        round((cpu(pid) - b) / n, 2),
    )


def test_perf(face, workspace):
    global pid
    pid = backend()
    print(
        "cursor",
        type(connection.connection.cursor_factory),
        connection.connection.prepare_threshold,
        connection.connection.cursor_factory,
    )
    devices = [make_device(workspace, brand="yale") for _ in range(25)]
    ids = []
    it = iter(range(10**6))

    def create():
        d = devices[next(it) % 25]
        a = face.post("access_codes/create", device_id=str(d.public_id), name="x")
        ids.append(a["access_code"]["access_code_id"])

    for _ in range(10):
        create()
    print("create cpu", timed(create, 200))
    get = lambda: face.post("access_codes/get", access_code_id=ids[0])
    for _ in range(10):
        get()
    print("get cpu", timed(get, 400))
