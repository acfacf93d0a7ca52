"""Who may talk to the server, and who may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from sipflow.server.access import HostNames
from tests.documents import two_party
from tests.server.api import HOST, TOKEN, Api, fill, open_api
from tests.server.live import Live

COOKIE = {"Cookie": f"sipflow-8620={TOKEN}"}
OURS = {"Origin": f"http://{HOST}"}
FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:8620",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "192.0.2.1:8620",
    "localhost.",
    "[::1",
    "",
)


@pytest.mark.conformance("R1")
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", ["/", "/api/ping", "/api/projects", f"/?token={TOKEN}"])
def test_foreign_host_is_refused_whatever_it_asks_for(api: Api, path: str, host: str) -> None:
    response = api.send("GET", path, headers={"Host": host})

    assert response.status_code == 403
    assert "set-cookie" not in response.headers


@pytest.mark.conformance("R1")
@pytest.mark.parametrize("host", ["127.0.0.1:8620", "LOCALHOST:8620", "localhost", "[::1]:8620", "127.0.0.1:9"])
def test_host_that_is_ours_is_taken_with_any_port(api: Api, host: str) -> None:
    assert api.send("GET", "/api/version", headers={"Host": host}).status_code == 200


def test_further_name_is_taken_where_it_was_allowed(tmp_path: Path) -> None:
    with open_api(tmp_path, allowed_hosts=("Proxy.example",)) as api:
        assert api.send("GET", "/api/version", headers={"Host": "proxy.example"}).status_code == 200


@pytest.mark.conformance("R14")
def test_server_on_every_address_takes_every_numeric_host_and_no_strange_name() -> None:
    names = HostNames("0.0.0.0")
    assert all(host in names for host in ("192.0.2.7:8620", "[2001:db8::1]:8620", "127.0.0.1", "localhost:8620"))
    assert not any(host in names for host in ("evil.example", "192.0.2.7.evil.example", "0x7f000001.evil.example"))


def test_server_on_one_address_takes_that_one_alone() -> None:
    names = HostNames("192.0.2.7")
    assert "192.0.2.7:8620" in names
    assert not any(host in names for host in ("127.0.0.1", "localhost", "192.0.2.8"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/version"),
        ("GET", "/api/openapi.json"),
        ("POST", "/api/runs"),
        ("DELETE", "/api/no/such/path"),
        ("TRACE", "/api/ping/"),
        ("GET", "/api"),
        ("GET", "/api/"),
        ("GET", "/api/..%2f..%2fsecret"),
        ("GET", "/%61pi/version"),
    ],
)
def test_api_without_the_token_is_refused_before_routing(api: Api, method: str, path: str) -> None:
    status, code, error = api.refused(method, path, knows_token=False)
    assert (status, code) == (401, "unauthorised")
    assert TOKEN not in str(error)


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Basic dXNlcjp4", TOKEN, f"Bearer {TOKEN}x", "Bearer \xff"])
def test_wrong_credentials_are_refused_though_the_cookie_is_right(api: Api, header: str) -> None:
    response = api.send("GET", "/api/version", knows_token=False, headers={"X": "y"} | COOKIE)
    assert response.status_code == 200
    wrong = {"Authorization": header.encode("latin-1")}
    assert api.send("GET", "/api/version", headers=wrong).status_code == 401


def test_ping_needs_no_token(api: Api) -> None:
    response = api.send("GET", "/api/ping", knows_token=False)
    assert response.json() == {"status": "ok"}


def test_page_swaps_the_token_for_a_cookie_any_number_of_times(api: Api) -> None:
    for _ in range(3):
        response = api.send("GET", f"/runs/x?token={TOKEN.replace(' ', '%20')}&tab=log", knows_token=False)
        assert (response.status_code, response.headers["location"]) == (303, "/runs/x?tab=log")
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("sipflow-8620=")
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(re.split("; ?", cookie))
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("query", ["token=wrong", "token=", f"token={TOKEN}&token={TOKEN}", "token=%ff"])
def test_page_with_a_wrong_token_gets_no_cookie(api: Api, query: str) -> None:
    response = api.send("GET", f"/?{query}", knows_token=False)
    assert response.status_code == 401
    assert "set-cookie" not in response.headers


def test_redirect_stays_on_this_server(api: Api) -> None:
    response = api.send("GET", f"http://{HOST}//evil.example/?token={TOKEN.replace(' ', '%20')}", knows_token=False)
    assert response.headers["location"] == "/evil.example/"


@pytest.mark.conformance("R3")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OURS, 201),
        (OURS | {"Sec-Fetch-Site": "same-origin"}, 201),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://[half"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        (OURS | {"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_change_by_cookie_needs_our_own_origin(api: Api, headers: dict[str, str], status: int) -> None:
    response = api.send("POST", "/api/projects", {"name": "x"}, knows_token=False, headers=COOKIE | headers)
    assert response.status_code == status


@pytest.mark.conformance("R3")
def test_page_of_another_site_may_not_even_read(api: Api) -> None:
    for headers in ({"Origin": "http://127.0.0.1:9999"}, {"Sec-Fetch-Site": "same-site"}):
        assert api.refused("GET", "/api/projects", knows_token=False, headers=COOKIE | headers)[0] == 403
        assert api.refused("GET", "/api/ping", knows_token=False, headers=headers)[0] == 403


@pytest.mark.conformance("R3")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_body_that_a_form_can_send_changes_nothing(api: Api, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert api.refused("POST", "/api/projects", content=b'{"name":"x"}', headers=headers)[0] == 422
    assert len(api.ask("GET", "/api/projects")) == 1


@pytest.mark.conformance("R3")
def test_get_has_no_effect_on_any_address(api: Api) -> None:
    """Every path there is, also those that only other methods are for."""
    stored = api.scenario("call", two_party())
    api.ask("PUT", f"/api/scenarios/{stored['id']}/draft", DRAFT)

    def state() -> object:
        listed = api.ask("GET", f"/api/projects/{stored['projectId']}/scenarios")
        return listed, api.ask("GET", f"/api/scenarios/{stored['id']}"), api.ask("GET", "/api/projects")

    before = state()
    for path in api.ask("GET", "/api/openapi.json")["paths"]:
        for method in ("GET", "HEAD", "OPTIONS"):
            assert api.send(method, fill(path, stored)).status_code < 500, (method, path)
    assert state() == before
    assert api.ask("GET", "/api/runs") == []


@pytest.mark.conformance("R15")
@pytest.mark.parametrize("path", ["/", "/api/ping", "/api/nothing", "/assets/none.js"])
def test_every_answer_forbids_foreign_scripts_and_frames(api: Api, path: str) -> None:
    headers = api.send("GET", path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    for part in ("object-src", "base-uri", "form-action", "frame-ancestors"):
        assert policy[part] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_answers_of_the_api_are_kept_by_no_cache(api: Api) -> None:
    assert api.send("GET", "/api/projects").headers["cache-control"] == "no-store"


@pytest.mark.conformance("R2")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": None, "Origin": "ours"}, 401),
        ({"Authorization": None, "Cookie": "ours"}, 403),
        ({"Authorization": None, "Cookie": "ours", "Origin": "http://127.0.0.1:9"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_live_socket_is_refused_to_strangers(live: Live, headers: dict[str, str | None], status: int) -> None:
    ours = {"Origin": live.origin, "Cookie": f"sipflow-{live.port}={TOKEN}"}
    sent = {name: ours[name] if value == "ours" else value for name, value in headers.items()}

    with pytest.raises(InvalidStatus) as caught, live.events(**sent):
        pass

    assert caught.value.response.status_code == status


@pytest.mark.conformance("R1")
def test_live_socket_under_a_foreign_host_is_refused(live: Live) -> None:
    with live.raw() as stranger:
        stranger.sendall(
            b"GET /api/events HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Authorization: Bearer " + TOKEN.encode() + b"\r\n\r\n"
        )
        assert stranger.recv(100).startswith(b"HTTP/1.1 403 ")


@pytest.mark.conformance("R2")
def test_live_socket_is_opened_by_our_own_page(live: Live) -> None:
    cookie = f"sipflow-{live.port}={TOKEN}"
    with live.events(Authorization=None, Cookie=cookie, Origin=live.origin) as page:
        assert page.recv(5) == '{"type": "idle"}'


DRAFT = {"flowData": {"n": 1}, "baseVersion": 1, "revision": None, "client": "tab"}
