"""Scenarios drawn from nothing: by the mouse alone, and by the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.examples import example
from tests.journeys.editor import Editor, box_of, middle


@pytest.fixture
def empty(first_start: Editor) -> Editor:
    """The editor with an empty scenario, opened by the mouse."""
    first_start.page.get_by_role("dialog").get_by_role("button", name="Empty canvas").click()
    expect(first_start.page.get_by_text("An empty scenario")).to_be_visible()
    return first_start


def test_mouse_alone_draws_a_call_that_runs(empty: Editor) -> None:
    editor, page = empty, empty.page
    palette = page.get_by_label("Calls")
    page.get_by_role("navigation", name="Panels").get_by_role("button", name="Console").click()
    place = page.get_by_role("region", name="Canvas", exact=True)
    left, top = box_of(place)["x"], box_of(place)["y"]

    instance = page.get_by_role("button", name="SIP instance", exact=True)
    editor.drag(instance, (left + 150, top + 80))
    editor.drag(instance, (left + 480, top + 80))
    expect(editor.node("1002")).to_be_visible()

    # Alice: one node from the palette, wired handle to handle; one by a wire dropped on nothing.
    editor.drag(palette.get_by_role("button", name="Make call"), (left + 150, top + 230))
    editor.drag(editor.way_out("1001", "success"), editor.way_in("Make call"))
    expect(editor.wire("success", "1001", "Make call")).to_be_attached()
    set_by_mouse(editor.properties.get_by_role("combobox", name="Target URI"), "1002")
    editor.drag(editor.way_out("Make call", "success"), (left + 150, top + 400))
    editor.picker.get_by_role("option", name="Hang up").click()
    expect(editor.wire("success", "Make call", "Hang up")).to_be_attached()

    # Bob: a wire dropped on nothing, a click in the palette, a node dropped on a wire.
    editor.drag(editor.way_out("1002", "success"), (left + 480, top + 200))
    editor.picker.get_by_role("option", name="Wait for a call").click()
    palette.get_by_role("button", name="Wait for the end").click()
    wire = editor.wire("success", "Wait for a call", "Wait for the end")
    expect(wire).to_be_attached()
    editor.drag(palette.get_by_role("button", name="Answer call"), middle(box_of(wire)))
    expect(editor.wire("success", "Wait for a call", "Answer call")).to_be_attached()
    expect(editor.wire("success", "Answer call", "Wait for the end")).to_be_attached()

    editor.run()
    editor.see_result("Passed")


def test_wire_is_led_elsewhere_and_takes_a_node_between_by_the_mouse(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))

    # From a branch that leads somewhere already: to another node; onto nothing.
    editor.drag(editor.way_out("Bob answers", "success"), editor.way_in("Hang up"))
    expect(editor.wire("success", "Bob answers", "Hang up")).to_be_attached()
    expect(editor.wire("success", "Bob answers", "Talk")).not_to_be_attached()
    beside = box_of(editor.node("Hang up"))
    editor.drag(editor.way_out("Bob answers", "success"), (beside["x"] - 80, beside["y"]))
    editor.picker.get_by_role("option", name="Hold call").click()
    expect(editor.wire("success", "Bob answers", "Hold call")).to_be_attached()
    expect(editor.wire("success", "Hold call", "Hang up")).to_be_attached()

    # On the wire itself.
    editor.page.mouse.dblclick(*middle(box_of(editor.wire("success", "Alice", "Call Bob"))))
    editor.picker.get_by_role("option", name="Register", exact=True).click()
    expect(editor.wire("success", "Register", "Call Bob")).to_be_attached()
    editor.page.mouse.click(*middle(box_of(editor.wire("success", "Bob", "Alice calls"))))
    editor.add_by_key("wait for inst", "Wait for instances")
    expect(editor.wire("success", "Wait for instances", "Alice calls")).to_be_attached()


def test_nodes_within_a_frame_are_deleted_and_the_wire_heals(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    first, last = box_of(editor.node("Bob rings")), box_of(editor.node("Bob answers"))
    editor.keyboard.down("Shift")
    editor.page.mouse.move(first["x"] - 20, first["y"] - 5)
    editor.page.mouse.down()
    editor.page.mouse.move(last["x"] + last["width"] + 20, last["y"] + last["height"] + 5, steps=6)
    editor.page.mouse.up()
    editor.keyboard.up("Shift")
    expect(editor.page.locator(".react-flow__node.selected")).to_have_count(2)

    editor.keyboard.press("Delete")

    expect(editor.wire("success", "Call Bob", "Talk")).to_be_attached()


def set_by_mouse(field: Locator, value: str) -> None:
    """Click into a field and choose from what it offers."""
    field.click()
    field.page.get_by_role("option", name=re.compile(rf"^{value}\b")).click()
    expect(field).to_have_value(value)


def test_keyboard_alone_draws_a_failure_branch_that_runs(first_start: Editor) -> None:
    editor, page = first_start, first_start.page
    keys = page.keyboard
    expect(page.get_by_role("dialog").get_by_role("button", name="Empty canvas")).to_be_visible()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()

    editor.add_by_key("instance", "1001")
    editor.add_by_key("make call", "Make call")
    keys.press("Enter")
    expect(editor.properties.get_by_role("textbox", name="Label")).to_be_focused()
    keys.press("Tab")
    keys.press("Tab")
    keys.type("1002")
    keys.press("Tab")
    keys.press("Escape")
    expect(editor.node("Make call")).to_be_focused()
    keys.press("Escape")
    editor.add_by_key("instance", "1002")
    editor.add_by_key("wait for a call", "Wait for a call")
    editor.add_by_key("refuse", "Refuse or redirect")
    keys.press("Escape")
    editor.add_by_key("wait", "Wait")
    walk("ArrowLeft", editor.node("Make call"))
    keys.press("Shift+W")
    expect(page.get_by_text("Failure of “Make call”")).to_be_visible()
    walk("ArrowRight", editor.node("Wait"))
    keys.press("Enter")
    expect(editor.wire("failure", "Make call", "Wait")).to_be_attached()

    keys.press("Control+Enter")

    editor.see_result("Passed")
    expect(editor.node("Make call")).to_contain_text("failed")


def walk(key: str, goal: Locator) -> None:
    """Press an arrow until the goal has the keyboard."""
    for _ in range(MOST_STEPS):
        if goal.evaluate(HAS_KEYBOARD):
            return
        goal.page.keyboard.press(key)
    pytest.fail(f"{key} does not lead there")


MOST_STEPS = 6
HAS_KEYBOARD = """element => new Promise(tell =>
    requestAnimationFrame(() => requestAnimationFrame(() => tell(element === document.activeElement))))"""
