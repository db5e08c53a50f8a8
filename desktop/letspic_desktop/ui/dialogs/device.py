"""All that is known of one device, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QDialog, QFormLayout, QWidget

from letspic_desktop.fleet.connection import DeviceView
from letspic_desktop.library.devices import Device
from letspic_desktop.ui.dialogs.base import fill, make_dialog
from letspic_desktop.ui.sidebar_model import full_state
from letspic_desktop.ui.texts import number, size, tr
from letspic_desktop.ui.theme import Theme
from letspic_desktop.ui.widgets import button, column, label, row


def show_device(parent: QWidget, theme: Theme, device: Device, view: DeviceView | None, group: str) -> QDialog:
    """Open the page of a device."""
    dialog = make_dialog(parent, device.name)
    form = QFormLayout()
    form.setHorizontalSpacing(22)
    form.setVerticalSpacing(7)
    for name, value in facts_of(device, view, group):
        told = label(value)
        told.setAccessibleName(f"{name}: {value}")
        form.addRow(label(name, "muted"), told)
    close = button(theme, tr("Close"), on_click=dialog.close)
    fill(dialog, column(label(device.name, "h2"), 4, form, 10, row(None, close), spacing=6))
    dialog.show()
    return dialog


def facts_of(device: Device, view: DeviceView | None, group: str) -> list[tuple[str, str]]:
    """Return what a device's page says, as (name, value)."""
    facts: Mapping[str, Any] = (view.facts if view is not None else None) or device.facts
    rows = [(tr("State"), full_state(view) if view is not None else tr("offline")), (tr("Group"), group or tr("none"))]
    rows.append((tr("Address"), device.address or tr("on a cable")))
    if device.last_seen is not None:
        rows.append((tr("Last seen"), device.last_seen.astimezone().strftime("%Y-%m-%d %H:%M:%S")))
    if isinstance(facts.get("own"), int) and isinstance(facts.get("placed"), int):
        photos = tr("{own} its own, {placed} placed by this desktop", own=facts["own"], placed=facts["placed"])
        rows.append((tr("Photos"), photos))
    for key, name in (("platform", tr("System")), ("runtime", tr("Runtime"))):
        if facts.get(key):
            rows.append((name, str(facts[key])))
    if isinstance(facts.get("cpus"), int):
        rows.append((tr("Processors"), number(facts["cpus"])))
    for key, name in (("memory_mb", tr("Memory")), ("free_mb", tr("Free on disk"))):
        if isinstance(facts.get(key), int):
            rows.append((name, size(facts[key] << 20)))
    return rows
