"""Colours of the two looks, and the style sheet that uses them."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LARGE: Final = 1.2
# What grows with the texts: they themselves, and the pills that hold one.
_TEXT_SIZE: Final = re.compile(r"((?:font-size|min-height|max-height): )(\d+)px")

LIGHT: Final[Mapping[str, str]] = {
    "bg": "#f6f7f9",
    "surface": "#ffffff",
    "sidebar": "#eef0f4",
    "raised": "#ffffff",
    "border": "#e3e6eb",
    "strong": "#cfd4dc",
    "text": "#14161a",
    "muted": "#5c6472",
    "faint": "#636b79",
    "accent": "#4f52d9",
    "accent_hover": "#4245c4",
    "accent_soft": "#e8e8fb",
    "accent_text": "#4346c8",
    "on_accent": "#ffffff",
    "good": "#137437",
    "good_soft": "#e1f5e8",
    "warn": "#a84e08",
    "warn_soft": "#fdf0d8",
    "bad": "#c62828",
    "bad_soft": "#fde8e8",
    "hover": "#e4e7ed",
    "track": "#e6e9ee",
    "segment": "#ffffff",
    "second": "#0d9488",
    "line1": "#0d9488",
    "line2": "#d97706",
    "line3": "#db2777",
    "line4": "#0284c7",
    "line5": "#65a30d",
}
DARK: Final[Mapping[str, str]] = {
    "bg": "#121317",
    "surface": "#1a1c21",
    "sidebar": "#16171b",
    "raised": "#22252b",
    "border": "#2a2d35",
    "strong": "#3a3e48",
    "text": "#eceef3",
    "muted": "#9aa1af",
    "faint": "#868d9b",
    "accent": "#8385ff",
    "accent_hover": "#9698ff",
    "accent_soft": "#2a2b52",
    "accent_text": "#a5a7ff",
    "on_accent": "#0e0f1a",
    "good": "#4ade80",
    "good_soft": "#173524",
    "warn": "#fbbf24",
    "warn_soft": "#3a2d10",
    "bad": "#f87171",
    "bad_soft": "#3b1a1a",
    "hover": "#24272e",
    "track": "#2a2d35",
    "segment": "#434854",
    "second": "#2dd4bf",
    "line1": "#2dd4bf",
    "line2": "#fbbf24",
    "line3": "#f472b6",
    "line4": "#38bdf8",
    "line5": "#a3e635",
}

_QSS: Final = string.Template("""
* { font-family: "Inter", "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif; font-size: 13px; }
QMainWindow, QDialog, QWidget#page { background: $bg; }
QWidget#sidebar { background: $sidebar; border-right: 1px solid $border; }
QWidget#panel, QScrollArea#panel { background: $surface; border: none; border-left: 1px solid $border; }
QWidget#panelBody { background: $surface; }
QScrollArea { background: transparent; border: none; }
QLabel { color: $text; background: transparent; }
QLabel[role="brand"] { font-size: 16px; font-weight: 600; }
QLabel[role="h1"] { font-size: 21px; font-weight: 600; letter-spacing: -0.3px; }
QLabel[role="h2"] { font-size: 14px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 500; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: 12px; }
QLabel[role="bad"] { color: $bad; font-size: 12px; }
QLabel[role="code"] { font-size: 32px; font-weight: 600; letter-spacing: 4px; padding: 10px; }
QLabel[role="big"] { font-size: 26px; font-weight: 600; letter-spacing: -0.5px; }
QLabel[role="pill"] { border-radius: 10px; padding: 0 9px; min-height: 21px; max-height: 21px;
    font-size: 12px; font-weight: 600; }
QLabel[tone="good"] { color: $good; background: $good_soft; }
QLabel[tone="accent"] { color: $accent_text; background: $accent_soft; }
QLabel[tone="warn"] { color: $warn; background: $warn_soft; }
QLabel[tone="bad"] { color: $bad; background: $bad_soft; }
QLabel[tone="plain"] { color: $muted; background: $track; }
QFrame[role="card"] { background: $surface; border: 1px solid $border; border-radius: 12px; }
QFrame[role="inset"] { background: $bg; border: 1px solid $border; border-radius: 10px; }
QFrame[role="drop"] { background: $surface; border: 2px dashed $strong; border-radius: 18px; }
QFrame[role="drop"][over="true"] { border-color: $accent; background: $accent_soft; }
QFrame[role="line"], QFrame[role="vline"] { background: $border; border: none; }
QFrame[role="message"] { background: $surface; border: 1px solid $border; border-radius: 10px; }
QFrame[role="message"][tone="bad"] { background: $bad_soft; border-color: $bad_soft; }
QFrame[role="message"][tone="good"] { background: $good_soft; border-color: $good_soft; }
QFrame[role="message"][tone="warn"] { background: $warn_soft; border-color: $warn_soft; }
QPushButton { color: $text; background: $raised; border: 1px solid $strong; border-radius: 8px; padding: 7px 14px;
    font-weight: 500; }
QPushButton:hover { background: $hover; }
QPushButton:focus { border: 1px solid $accent; outline: none; }
QPushButton:disabled { color: $faint; border-color: $border; }
QPushButton[role="primary"] { color: $on_accent; background: $accent; border: 1px solid $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; }
QPushButton[role="primary"]:focus { border: 1px solid $text; }
QPushButton[role="primary"]:disabled { color: $muted; background: $track; border-color: $track; }
QPushButton[role="soft"] { color: $accent_text; background: $accent_soft; border: 1px solid $accent_soft;
    font-weight: 600; }
QPushButton[role="soft"]:disabled { color: $accent_text; }
QPushButton[role="soft"]:focus { border-color: $accent; }
QPushButton[role="ghost"] { background: transparent; border: 1px solid transparent; padding: 6px 8px; }
QPushButton[role="ghost"]:hover { background: $hover; }
QPushButton[role="ghost"]:focus { border-color: $accent; }
QPushButton[role="ghost"]:checked { background: $accent_soft; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; padding: 2px 4px;
    color: $accent_text; text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border-color: $accent; }
QPushButton[role="segment"] { border: 1px solid transparent; border-radius: 7px; padding: 4px 11px; color: $muted;
    background: transparent; }
QPushButton[role="segment"]:checked { background: $segment; color: $text; font-weight: 600; }
QPushButton[role="segment"]:focus { border-color: $accent; }
QPushButton[role="ghost"][tone="on"] { color: $accent_text; background: $accent_soft; }
QPushButton[role="chip"] { border: 1px solid $border; border-radius: 11px; padding: 4px 11px; color: $muted;
    background: $surface; font-size: 12px; }
QPushButton[role="chip"]:hover { background: $hover; }
QPushButton[role="chip"][tone="on"] { color: $accent_text; background: $accent_soft; border-color: $accent_soft; }
QPushButton[role="chip"]:focus { border-color: $accent; }
QLabel[role="bubble"] { background: $text; color: $bg; border-radius: 8px; padding: 5px 10px; font-weight: 600; }
QFrame[role="segments"] { background: $track; border-radius: 9px; border: none; }
QLineEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QComboBox { color: $text; background: $surface;
    border: 1px solid $strong; border-radius: 8px;
    padding: 6px 8px; selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus, QComboBox:focus { border: 1px solid $accent; }
QLineEdit[over="true"] { border: 1px solid $accent; background: $accent_soft; }
QLineEdit[role="code"] { font-size: 22px; font-weight: 600; letter-spacing: 4px; padding: 8px; }
QAbstractSpinBox > QLineEdit { border: none; background: transparent; padding: 0 7px; }
QTextBrowser, QPlainTextEdit { background: $surface; color: $text; border: 1px solid $border; border-radius: 10px;
    padding: 5px; selection-background-color: $accent; selection-color: $on_accent; }
QTextBrowser:focus, QPlainTextEdit:focus { border: 1px solid $accent; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox { combobox-popup: 0; }
QComboBox QFrame { border: none; }
QComboBox QAbstractItemView::item { padding: 5px 8px; border-radius: 6px; }
QComboBox QAbstractItemView::item:selected { background: $accent_soft; color: $text; }
QComboBox QAbstractItemView { background: $raised; color: $text; border: 1px solid $strong; padding: 4px;
    selection-background-color: $accent_soft; selection-color: $text; outline: none; }
QComboBox::down-arrow { image: url("$images/down.svg"); width: 14px; height: 14px; }
QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: $faint; background: $bg;
    border-color: $border; }
QCheckBox:disabled { color: $faint; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0;
    border: none; }
QCheckBox { color: $text; spacing: 8px; }
QCheckBox::indicator, QListWidget::indicator { width: 16px; height: 16px; border: 1px solid $faint;
    border-radius: 4px; background: $surface; }
QCheckBox::indicator:checked, QListWidget::indicator:checked { background: $accent; border-color: $accent;
    image: url("$images/$check"); }
QCheckBox:focus { color: $accent_text; }
QListView, QTreeView { background: $raised; border: none; outline: none; color: $text;
    selection-background-color: $accent_soft; selection-color: $text; }
#sidebar QListView, #sidebar QTreeView, #page QListView { background: transparent; }
QListWidget[role="boxed"], QTreeWidget[role="boxed"] { background: $surface; border: 1px solid $border;
    border-radius: 10px; padding: 4px; }
QListWidget[role="boxed"]::item { padding: 7px 8px; border-radius: 6px; }
QListWidget[role="boxed"]::item:selected { background: $accent_soft; color: $text; }
QListWidget[role="boxed"]::item:hover:!selected { background: $hover; }
QTreeWidget[role="boxed"]::item { padding: 4px 2px; }
QFrame#popup { background: $raised; border: 1px solid $strong; border-radius: 10px; }
QListWidget[role="choices"]::item { padding: 5px 6px; border-radius: 6px; }
QListWidget[role="choices"]::item:selected { background: $accent_soft; color: $text; }
QListWidget[role="choices"]::item:hover:!selected { background: $hover; }
QListView[role="rows"]::item { padding: 7px 8px; border-radius: 8px; color: $text; }
QListView[role="rows"]::item:selected { background: $accent_soft; color: $accent_text; }
QListView[role="rows"]::item:hover:!selected { background: $hover; }
QLineEdit[role="inline"] { padding: 2px 6px; border-radius: 6px; border: 1px solid $accent; }
QTableView[role="boxed"] { background: $surface; border: 1px solid $border; border-radius: 10px; outline: none;
    color: $text; selection-background-color: $accent_soft; selection-color: $text; }
QTableView[role="boxed"]::item { padding: 0 10px; border: none; }
QTableView[role="boxed"]::item:selected { background: $accent_soft; color: $text; }
QTableView[role="boxed"] QHeaderView { background: transparent; }
QTableView[role="boxed"] QHeaderView::section { padding: 6px 6px 6px 13px; }
QListWidget[role="plain"]::item { padding: 3px 2px; border-radius: 6px; }
QListWidget[role="plain"]::item:selected { background: $accent_soft; color: $text; }
QListWidget[role="plain"]::item:hover:!selected { background: $hover; }
QHeaderView::section { background: $surface; color: $muted; border: none; border-bottom: 1px solid $border;
    padding: 5px; font-size: 12px; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar::handle:vertical { background: $strong; border-radius: 4px; min-height: 36px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle:horizontal { background: $strong; border-radius: 4px; min-width: 36px; }
QListView[strip="true"] QScrollBar:horizontal { height: 8px; margin: 1px 6px; }
QListView[strip="true"] QScrollBar::handle:horizontal { border-radius: 3px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $track; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QProgressBar[tone="warn"]::chunk { background: $warn; }
QToolTip { color: $text; background: $raised; border: 1px solid $strong; padding: 4px 6px; }
QMenu { background: $raised; color: $text; border: 1px solid $border; border-radius: 8px; padding: 5px; }
QMenu::item { padding: 6px 22px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
QSplitter::handle { background: transparent; }
QFrame[role="overlay"] { background: rgba(10, 12, 18, 205); border: 1px solid rgba(255, 255, 255, 26);
    border-radius: 12px; }
QLabel[role="overlay-small"] { color: #c3c8d2; font-size: 12px; padding: 0 6px; }
QLabel[role="overlay-strong"] { color: #ffffff; font-weight: 600; padding-left: 4px; }
QLabel[role="overlay-hint"] { color: #ffffff; background: rgba(10, 12, 18, 225); border-radius: 10px;
    padding: 9px 16px; }
QPushButton[role="overlay"] { color: #ffffff; background: transparent; border: 1px solid transparent;
    padding: 6px 8px; }
QPushButton[role="overlay"][narrow="true"], QPushButton[role="ghost"][narrow="true"] { padding: 0; }
QPushButton[role="overlay"]:hover { background: rgba(255, 255, 255, 36); }
QPushButton[role="overlay"]:checked { background: rgba(255, 255, 255, 46); }
QPushButton[role="overlay"]:focus { border-color: #a5a7ff; }
QPushButton[role="overlay"]:disabled { color: #7d8492; }
QPushButton[role="overlay-round"] { background: rgba(10, 12, 18, 190); border: 1px solid rgba(255, 255, 255, 26);
    border-radius: 22px; padding: 0; }
QPushButton[role="overlay-round"]:hover { background: rgba(50, 54, 64, 230); }
QPushButton[role="overlay-round"]:focus { border-color: #a5a7ff; }
QPushButton[role="overlay-round"]:disabled { background: transparent; border-color: transparent; }
QFrame[role="chip"] { background: $track; border: none; border-radius: 13px; }
QFrame[role="chip"] QPushButton { padding: 2px; border-radius: 9px; }
QWidget#details, QWidget#detailsBody { background: $surface; }
QWidget#details { border-left: 1px solid $border; }
QDateTimeEdit { color: $text; background: $surface; border: 1px solid $strong; border-radius: 8px; padding: 6px 8px;
    selection-background-color: $accent; selection-color: $on_accent; }
QDateTimeEdit:focus { border: 1px solid $accent; }
""")


def style_sheet(tokens: Mapping[str, str], images: Path, scale: float = 1.0) -> str:
    """Return the style sheet in the colours of one look, with the pictures of a folder, texts larger by ``scale``."""
    check = "check-dark.svg" if tokens is DARK else "check-light.svg"
    sheet = _QSS.substitute(tokens, images=images.as_posix(), check=check)
    return _TEXT_SIZE.sub(lambda size: f"{size[1]}{round(scale * float(size[2]))}px", sheet) if scale != 1 else sheet
