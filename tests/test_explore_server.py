"""The live page's server against those who are not its page: a real server, asked over sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from explored import SLIDERS, Served, free_port, served, town

from wom_sim.explore.app import _answer
from wom_sim.explore.asked import Refused, Wish
from wom_sim.explore.desk import Desk
from wom_sim.explore.guard import LOOPBACK, MOST_BYTES, Guard
from wom_sim.explore.serving import NoPort, _is_news, listen
from wom_sim.market.graphs import NetworkError

WISH = {"at": [0] * SLIDERS, "worlds": 1}
OWN = [4, 14]
"""Where the sliders stand at first."""
PATHS = ("/", "/page.css", "/page.js", "/plotly.js", "/replay.css", "/replay.js", "/setup")
WISHES = ("/picture", "/business")


@pytest.fixture(scope="module")
def client(live_page: Served) -> Iterator[httpx.Client]:
    """Who has opened the address that the terminal shows."""
    with httpx.Client(base_url=live_page.root, timeout=60, trust_env=False) as own:
        assert own.get(live_page.address).status_code == 303
        yield own


@pytest.fixture(scope="module")
def headers(live_page: Served, client: httpx.Client) -> dict[str, str]:
    """What the page sends along with a wish."""
    name, second = client.get("/setup").json()["second"]
    return {"origin": live_page.root, "content-type": "application/json", name: second}


def stranger(live_page: Served) -> httpx.Client:
    return httpx.Client(base_url=live_page.root, timeout=60, trust_env=False)


def raw(live_page: Served, text: bytes, patience: float = 10) -> bytes:
    """What the server answers to these bytes, till it closes or falls silent."""
    found = b""
    with socket.create_connection(("127.0.0.1", live_page.port), patience) as own:
        own.sendall(text)
        own.settimeout(patience)
        try:
            while chunk := own.recv(65536):
                found += chunk
                if b"\r\n\r\n" in found:
                    break
        except (TimeoutError, ConnectionResetError):
            pass
    return found


def test_the_page_and_its_files_are_given_to_who_has_the_address(client: httpx.Client) -> None:
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_address_becomes_a_cookie_that_scripts_and_other_sites_cannot_use(
    live_page: Served,
) -> None:
    with stranger(live_page) as own:
        answer = own.get(live_page.address)
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/"
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert len(live_page.token) >= 22


def test_two_servers_have_two_tokens() -> None:
    one, other = Guard(None, 1), Guard(None, 1)  # type: ignore[arg-type]
    assert len({one.token, other.token, one.second, other.second}) == 4


@pytest.mark.parametrize("path", [*PATHS, *WISHES, "/?token=", "/?token=x", "/setup?token=x"])
def test_without_the_token_there_is_nothing(live_page: Served, path: str) -> None:
    with stranger(live_page) as own:
        answer = own.get(path)
        assert answer.status_code == 403
        assert live_page.token not in answer.text
        own.cookies.set(f"wom_sim_{live_page.port}", "x" * 22)
        assert own.get(path).status_code == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{}", "127.0.0.1", "127.0.0.1:1", "localhost", "[::1]",
     "127.0.0.1.evil.example:{}", "localhost.evil.example:{}", "0.0.0.0:{}", "127.0.0.1:{}@evil",
     "127.0.0.2:{}", "127.1:{}", "LOCALHOST.:{}", "", "192.168.0.1:{}", "\u00e9:{}"],
)
def test_another_name_is_refused_before_anything_else(live_page: Served, host: str) -> None:
    name = host.format(live_page.port).encode("latin-1")
    cookie = f"wom_sim_{live_page.port}={live_page.token}".encode()
    answer = raw(live_page, b"GET /setup HTTP/1.1\r\nHost: " + name + b"\r\nCookie: " + cookie
                 + b"\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ")[1] in (b"421", b"400"), answer[:80]


def test_this_machine_may_be_named_in_three_ways(live_page: Served) -> None:
    with stranger(live_page) as own:
        for name in LOOPBACK:
            cookie = f"wom_sim_{live_page.port}={live_page.token}"
            own.headers.update({"host": f"{name}:{live_page.port}", "cookie": cookie})
            assert own.get("/setup").status_code == 200


def test_a_host_given_twice_counts_as_none(live_page: Served) -> None:
    host = f"Host: 127.0.0.1:{live_page.port}\r\n".encode()
    answer = raw(live_page, b"GET / HTTP/1.1\r\n" + host + host + b"Connection: close\r\n\r\n")
    assert answer.split(b" ")[1] in (b"421", b"400")


@pytest.mark.parametrize(
    ("body", "problem", "status", "said"),
    [
        (b'{"at": [], "worlds": 1}', NetworkError("ties"), 500, "ties"),
        (b'{"at": [], "worlds": 1}', Refused("no"), 422, "no"),
        (b"{", None, 422, "not JSON"),
        (b"\xff", None, 422, "not JSON"),
        (b"[" * 200_000, None, 422, "not JSON"),
    ],
)
def test_what_went_wrong_is_said_as_what_it_is(
    body: bytes, problem: Exception | None, status: int, said: str
) -> None:
    answer = answered(body, problem)
    assert (answer.status_code, json.loads(answer.body)) == (status, {"problem": said})


def test_an_error_of_a_simulation_is_not_put_down_to_the_request() -> None:
    with pytest.raises(ValueError, match="a fault"):
        answered(b'{"at": [], "worlds": 1}', ValueError("a fault"))


def answered(body: bytes, problem: Exception | None) -> Any:
    """What is answered where a simulation ends with a problem."""
    def give(wish: Wish, over: object) -> Any:
        assert problem is not None
        raise problem

    desk = Desk()
    asked: Any = SimpleNamespace(steps={})
    try:
        return asyncio.run(_answer(body, asked, desk, give))
    finally:
        desk.close()


def test_a_wish_of_the_page_is_answered(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post("/picture", headers=headers, json=WISH)
    assert answer.status_code == 200
    assert answer.json()["worlds"] == 1
    assert answer.headers["content-type"] == "application/json"


def test_one_business_is_shown_under_the_same_rules(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    answer = client.post("/business", headers=headers, json={**WISH, "at": OWN})
    assert answer.status_code == 200
    assert "in the first world" in answer.json()["markup"]
    assert "Replay: one simulated business" in answer.json()["markup"]
    for worlds in (-1, 101, True, "1"):
        told = client.post("/business", headers=headers, json={**WISH, "worlds": worlds})
        assert told.status_code == 422, worlds
    elsewhere = {**headers, "origin": "http://evil.example"}
    assert client.post("/business", headers=elsewhere, json=WISH).status_code == 403
    bare = {key: value for key, value in headers.items() if not key.startswith("x-")}
    assert client.post("/business", headers=bare, json=WISH).status_code == 403
    assert client.get("/business").status_code == 405


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "https://127.0.0.1:{}", "http://127.0.0.1",
     "http://127.0.0.1:1", "http://localhost:{}", "http://127.0.0.1:{}.evil.example", ""],
)
def test_another_origin_is_refused(
    live_page: Served, client: httpx.Client, headers: dict[str, str], origin: str | None
) -> None:
    own = {key: value for key, value in headers.items() if key != "origin"}
    if origin is not None:
        own["origin"] = origin.format(live_page.port)
    assert client.post("/picture", headers=own, json=WISH).status_code == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
)
def test_what_a_form_could_send_is_refused(
    client: httpx.Client, headers: dict[str, str], kind: str
) -> None:
    answer = client.post("/picture", headers={**headers, "content-type": kind}, content=b"{}")
    assert answer.status_code == 415


@pytest.mark.parametrize("second", [None, "", "x", "x" * 22])
def test_without_the_second_token_a_wish_is_refused(
    client: httpx.Client, headers: dict[str, str], second: str | None
) -> None:
    own = {key: value for key, value in headers.items() if not key.startswith("x-")}
    if second is not None:
        own["x-wom-sim"] = second
    assert client.post("/picture", headers=own, json=WISH).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_other_methods_are_refused(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/picture").status_code in (400, 405)


def test_reading_changes_nothing(client: httpx.Client, headers: dict[str, str]) -> None:
    assert client.get("/picture").status_code == 405
    for path in PATHS:
        assert client.post(path, headers=headers, json=WISH).status_code == 405


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 2_000_000])
def test_long_bodies_are_refused(
    live_page: Served, client: httpx.Client, headers: dict[str, str], size: int
) -> None:
    told = client.post("/picture", headers=headers, content=b" " * size)
    assert told.status_code == 413
    head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    cookie = f"wom_sim_{live_page.port}={live_page.token}"
    lines = f"POST /picture HTTP/1.1\r\nHost: {live_page.host}\r\nCookie: {cookie}\r\n{head}"
    chunked = f"{lines}Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n".encode() + b" " * size
    assert raw(live_page, chunked).split(b" ")[1] == b"413"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[1]", b'{"at": [0, 0]}', b'{"at": [0, 0], "worlds": 101}',
     b'{"at": [0, 99], "worlds": 1}', b'{"at": [NaN, 0], "worlds": 1}', b"[" * 4000,
     b'{"at": [0, 0], "worlds": 1, "file": "/etc/passwd"}', b"\xff\xfe"],
)
def test_what_is_no_wish_gets_a_line(
    client: httpx.Client, headers: dict[str, str], body: bytes
) -> None:
    answer = client.post("/picture", headers=headers, content=body)
    assert answer.status_code == 422
    assert answer.json()["problem"].count("\n") == 0


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd",
     "/....//....//etc/passwd", "/..\\..\\windows\\win.ini", "/%5c..%5c..%5cetc",
     "/page.css/../../telling.py", "/page.css%00.py", "//etc/passwd", "/file:///etc/passwd",
     "/%252e%252e/etc/passwd", "/telling.py", "/static/../page.html", "/C:/windows/win.ini",
     "/page.html", "/.env"],
)
def test_only_files_of_the_table_are_given_out(live_page: Served, path: str) -> None:
    cookie = f"wom_sim_{live_page.port}={live_page.token}"
    text = f"GET {path} HTTP/1.1\r\nHost: {live_page.host}\r\nCookie: {cookie}\r\n"
    answer = raw(live_page, f"{text}Connection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in (b"404", b"400"), answer[:80]
    assert b"root:" not in answer


def test_who_dribbles_keeps_nobody_waiting(live_page: Served, client: httpx.Client) -> None:
    slow = [socket.create_connection(("127.0.0.1", live_page.port)) for _ in range(40)]
    try:
        for own in slow:
            own.sendall(b"GET / HTTP/1.1\r\nHost: ")
        started = time.monotonic()
        assert client.get("/setup").status_code == 200
        assert time.monotonic() - started < 5
    finally:
        for own in slow:
            own.close()


def test_a_body_that_does_not_come_is_not_waited_for(
    live_page: Served, headers: dict[str, str]
) -> None:
    head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    cookie = f"wom_sim_{live_page.port}={live_page.token}"
    text = (f"POST /picture HTTP/1.1\r\nHost: {live_page.host}\r\nCookie: {cookie}\r\n{head}"
            "Content-Length: 50\r\n\r\n{")
    assert raw(live_page, text.encode(), 30).split(b" ")[1] == b"408"


def test_a_hundred_at_once_are_all_answered_and_one_is_simulated_at_a_time(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    def ask(number: int) -> Any:
        wish = {"at": [number % 5, number % 21], "worlds": 3}
        return client.post("/picture", headers=headers, json=wish)

    with ThreadPoolExecutor(100) as many:
        answers = list(many.map(ask, range(100)))
    assert {answer.status_code for answer in answers} == {200}
    found = [answer.json() for answer in answers]
    assert all(told == {"later": True} or told["worlds"] >= 1 for told in found)
    assert {"later": True} in found
    # Who asks again is served.
    assert ask(7).json()["worlds"] == 3


def test_a_port_that_is_taken_is_left_alone(live_page: Served) -> None:
    with listen(live_page.port) as own:
        assert own.getsockname()[1] > live_page.port
        assert own.getsockname()[0] == "127.0.0.1"
    with pytest.raises(NoPort, match="are taken"):
        listen(70_000)


def test_exposed_means_any_address_but_still_no_foreign_name() -> None:
    guard = Guard(None, 8642, exposed=True)  # type: ignore[arg-type]
    for host in ("127.0.0.1:8642", "192.168.1.7:8642", "[fe80::1]:8642"):
        assert guard.is_ours(host)
    for host in ("evil.example:8642", "192.168.1.7", "192.168.1.7:1", ""):
        assert not guard.is_ours(host)
    with listen(free_port(), exposed=True) as own:
        assert own.getsockname()[0] == "0.0.0.0"


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals that hang up here")
@pytest.mark.parametrize("number", ["SIGHUP", "SIGINT", "SIGTERM"])
def test_it_ends_with_its_terminal(number: str, tmp_path: Path) -> None:
    with served(town(tmp_path), "--workers", "2") as own:
        children = subprocess.run(["pgrep", "-P", str(own.process.pid)], capture_output=True,
                                  text=True, check=False).stdout.split()
        own.process.send_signal(getattr(signal, number))
        assert own.process.wait(20) == 0
    alive = [child for child in children if Path(f"/proc/{child}/stat").exists()
             and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z"]
    assert not alive


def test_a_connection_that_stays_open_does_not_keep_it(tmp_path: Path) -> None:
    with served(town(tmp_path)) as own, socket.create_connection(("127.0.0.1", own.port)) as open_:
        open_.sendall(b"GET / HTTP/1.1\r\n")
        own.process.terminate()
        assert own.process.wait(20) == 0


def test_no_program_of_the_server_is_loaded_by_other_commands() -> None:
    code = ("import sys, wom_sim.commands.explore, wom_sim.cli;"
            "print(json.dumps(sorted(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", f"import json; {code}"], capture_output=True,
                          text=True, check=True)
    assert not {"starlette", "uvicorn", "plotly"} & set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("error", "told"), [(asyncio.CancelledError(), False), (RuntimeError(), True), (None, True)])
def test_an_answer_cut_off_by_the_end_is_no_news(error: BaseException | None, told: bool) -> None:
    about = (type(error), error, None) if error else None
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "failed", (), about)
    assert _is_news(record) is told
