"""Two nodes over one PostgreSQL and one queue, each with its own web server, worker and spool: real processes."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.media.samples import SHORT_SCRIPT, make_talking_head
from tests.flows.nodes import Nodes, Person, wait_for
from tests.services import fresh_database, own_redis, postgres_server

pytestmark = [
    *(pytest.mark.xdist_group("desk"), pytest.mark.slow, pytest.mark.postgres, pytest.mark.redis),
    pytest.mark.timeout(600),
]

# The hour's claims are forgotten first: at twenty-three past, the workers' own clock may have made them just before.
FORGET = """
import django
django.setup()
from django.core.cache import cache
from django.utils import timezone
hour = timezone.now().strftime("%Y%m%d%H")
cache.delete_many([f"sweep-spool:{node}:{hour}" for node in ("north", "south")])
"""
SWEEP = """
import django
django.setup()
from projects_app.tasks import sweep_spools
sweep_spools.call_local()
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_talking_head(tmp_path_factory.mktemp("film") / "talk.mp4", SHORT_SCRIPT, size=(640, 360)).read_bytes()


@pytest.fixture(params=["queue on Redis", "queue on PostgreSQL"])
def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nodes]:
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database(postgres_server()))
        on_redis = request.param == "queue on Redis"
        # With the queue on PostgreSQL nothing else is needed: the cache is a table then.
        queue = stack.enter_context(own_redis()) if on_redis else {"QUEUE_URL": database, "CACHE_URL": ""}
        made = Nodes(data=tmp_path, database=database, queue=queue)
        yield made
        made.stop()


def project(nodes: Nodes, made: dict[str, str]) -> dict[str, Any]:
    return nodes.row("projects_project", id=made["project_url"].rstrip("/").rpartition("/")[2])


def orphan(spool: Path) -> Path:
    """A file without a row, older than a day: for the hourly sweep of this node."""
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = spool / uuid.uuid4().hex
    path.write_bytes(b"left behind")
    os.utime(path, (time.time() - 90_000,) * 2)
    return path


def test_each_node_relays_its_own_uploads_and_another_worker_goes_on_after_a_kill(nodes: Nodes, film: bytes) -> None:
    login = nodes.prepare()
    # The sandbox's own sample says the same; a small picture of it is made faster than the large one.
    samples = nodes.data / "sandbox" / "samples"
    samples.mkdir(parents=True)
    (samples / "two-tips.mp4").write_bytes(film)
    nodes.start_sandbox()
    nodes.start_web("north")
    nodes.start_web("south")
    nodes.start_worker("north")
    person = Person(nodes, login, at="north")

    # An upload to node south, whose worker is away: nobody else may touch it.
    about = {"source": "upload", "kind": "captions", "filename": "talk.mp4", "size": str(len(film))}
    made = person.new_project("south", title="Spoken in the south", form_token=str(uuid.uuid4()), **about)
    where, spooled = made["upload_url"], uuid.UUID(made["upload_id"]).hex
    assert where.endswith("?node=south")
    assert person.send("north", where, film) == 503
    assert person.send("south", where, film) == 204
    assert (nodes.spool("south") / spooled).read_bytes() == film

    # The clocks of both nodes call for the sweep; north's worker is alive and does north's share only.
    nodes.run("north", "-c", SWEEP)  # as the clock would, if this test begins at its minute
    strays = {node: orphan(nodes.spool(node)) for node in ("north", "south")}
    nodes.run("north", "-c", FORGET)
    for node in ("north", "south"):
        nodes.run(node, "-c", SWEEP)
    wait_for(lambda: not strays["north"].exists(), seconds=60, why=nodes.logs)
    upload = nodes.row("projects_upload", id=made["upload_id"])
    assert (upload["node"], upload["state"], upload["relay_attempts"]) == ("south", "received", 0)
    assert strays["south"].exists()
    assert list(nodes.spool("north").iterdir()) == []

    nodes.start_worker("south")
    wait_for(lambda: not strays["south"].exists(), seconds=60, why=nodes.logs)
    wait_for(lambda: project(nodes, made)["state"] == "ready", seconds=180, why=nodes.logs)
    upload = nodes.row("projects_upload", id=made["upload_id"])
    assert (upload["state"], upload["relay_attempts"], upload["relayed"]) == ("relayed", 1, len(film))

    # The database restarts: pages answer at once, and below the workers must work again.
    assert "Traceback" not in nodes.logs()
    assert nodes.cut_connections() >= 4
    for node in ("north", "south"):
        assert person.client.get(f"{nodes.url(node)}/t/demo/").status_code == 200

    # The provider takes its time, and the worker that waits for its answer is killed.
    nodes.signal("sandbox", signal.SIGSTOP)
    sample = f"{nodes.url('sandbox')}/submagic/samples/two-tips.mp4"
    about = {"source": "url", "kind": "captions", "video_url": sample}
    made = person.new_project("north", title="Sent once", form_token=str(uuid.uuid4()), **about)
    call = str(project(nodes, made)["call_id"])

    def sender() -> str:
        row = nodes.row("dashboard_upstreamcall", id=call)
        return str(row["lease_owner"]) if row["state"] == "sending" else ""

    node, pid, _ = wait_for(sender, seconds=60, why=nodes.logs).split(":")
    victim = nodes.running[f"{node}-worker"]
    assert int(pid) == victim.pid
    # The request leaves a moment after that was written down.
    wait_for(lambda: nodes.unread("sandbox"), seconds=60, why=nodes.logs)
    time.sleep(1)
    nodes.signal(f"{node}-worker", signal.SIGKILL)
    victim.wait(30)
    nodes.signal("sandbox", signal.SIGCONT)

    # Whether it arrived is unknown to the desk; it is not sent again, but found by the message about its end.
    wait_for(lambda: project(nodes, made)["state"] == "ready", seconds=180, why=nodes.logs)
    row = nodes.row("dashboard_upstreamcall", id=call)
    assert (row["state"], row["attempts"], row["reply"]["adopted"]) == ("accepted", 1, True)
    survivor = {"north": "south", "south": "north"}[node]
    assert nodes.running[f"{survivor}-worker"].poll() is None

    assert set(nodes.stop().values()) == {0}
