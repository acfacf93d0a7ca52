"""A hostile page in the same browser, on another port of the same machine: it gets nothing and changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page

from tests.journeys.app import App

SOCKET = """async (url) => await new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onmessage = (message) => resolve("told " + message.data);
  socket.onopen = () => setTimeout(() => resolve("open"), 1000);
  socket.onclose = (closing) => resolve("closed " + closing.code);
})"""
FETCH = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return `${answer.type} ${answer.status} ${await answer.text()}`;
  } catch (error) {
    return "refused";
  }
}"""
FORM = """([url, kind]) => {
  const form = document.createElement("form");
  Object.assign(form, { action: url, method: "POST", enctype: kind, target: "frame" });
  const field = document.createElement("input");
  Object.assign(field, { name: '{"name":"evil","x":"', value: '"}' });
  const frame = document.createElement("iframe");
  frame.name = "frame";
  document.body.append(frame, form);
  form.append(field);
  form.submit();
}"""


class Evil(BaseHTTPRequestHandler):
    """A page with nothing in it: what it does, the test tells it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>evil</title><body>")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def evil(page: Page, app: App) -> Iterator[Page]:
    """A page of another server, in a browser that has the cookie of ours."""
    page.goto(app.url)
    assert page.evaluate("async () => (await fetch('/api/projects')).status") == 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
    yield page
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.conformance("R2")
def test_live_socket_is_closed_to_a_page_of_another_port(evil: Page, app: App) -> None:
    for host in ("127.0.0.1", "localhost"):
        assert evil.evaluate(SOCKET, f"ws://{host}:{app.port}/api/events") == "closed 1006"


@pytest.mark.conformance("R3")
def test_page_of_another_port_reads_nothing(evil: Page, app: App) -> None:
    address = f"http://127.0.0.1:{app.port}/api/projects"
    assert evil.evaluate(FETCH, [address, {"credentials": "include"}]) == "refused"
    told = evil.evaluate(FETCH, [address, {"credentials": "include", "mode": "no-cors"}])
    assert told in ("refused", "opaque 0 ")


@pytest.mark.conformance("R3")
def test_page_of_another_port_changes_nothing(evil: Page, app: App) -> None:
    address = f"http://127.0.0.1:{app.port}/api/projects"
    for kind in ("text/plain", "application/json"):
        for mode in ("no-cors", "cors"):
            options = {
                "method": "POST",
                "credentials": "include",
                "mode": mode,
                "body": '{"name":"evil"}',
                "headers": {"Content-Type": kind},
            }
            evil.evaluate(FETCH, [address, options])
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        with evil.expect_response(address) as answered:
            evil.evaluate(FORM, [address, kind])
        assert answered.value.status == 403

    assert [project["name"] for project in app.get("/api/projects")] == ["My scenarios"]


@pytest.mark.conformance("R15")
def test_editor_shows_itself_in_no_frame_and_runs_no_script_but_its_own(evil: Page, app: App) -> None:
    evil.evaluate(
        """async (url) => {
          const frame = document.createElement("iframe");
          frame.src = url;
          document.body.append(frame);
          await new Promise((resolve) => { frame.onload = resolve; });
        }""",
        f"http://127.0.0.1:{app.port}/",
    )
    assert evil.frames[-1].evaluate("document.querySelector('#root') === null")

    evil.goto(app.url)
    ran = evil.evaluate(
        """async () => {
          const hole = document.createElement("div");
          hole.innerHTML = '<img src="/none" onerror="window.ran = 1">';
          const script = document.createElement("script");
          script.textContent = "window.ran = 2";
          const foreign = document.createElement("script");
          foreign.src = "http://127.0.0.1:9/evil.js";
          const loaded = new Promise((resolve) => { foreign.onload = foreign.onerror = resolve; });
          document.body.append(hole, script, foreign);
          await loaded;
          await new Promise((resolve) => setTimeout(resolve, 300));
          return window.ran ?? null;
        }"""
    )
    assert ran is None
