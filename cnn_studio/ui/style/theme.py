"""Colors, sizes and type: the one place that names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from cnn_studio.core.base.assets import resource
from cnn_studio.ui.style.icons import glyph_icon

STEP_PX = 8
CARD_RADIUS_PX = 8
TEXT_PT = 10.5
CAPTION_PT = 9.0
TITLE_PT = 13.0
ANSWER_PT = 72.0

Choice = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Tokens:
    """The colors of one appearance, as #RRGGBB."""

    dark: bool
    background: str
    surface: str
    text: str
    muted: str
    border: str
    hairline: str
    accent: str
    on_accent: str
    accent_soft: str
    good: str
    warn: str
    bad: str
    training: str
    validation: str
    further: tuple[str, ...]
    classes: tuple[str, ...]
    matrix_low: str
    matrix_high: str
    matrix_text_low: str
    matrix_text_high: str
    fewer: str
    more: str
    paper: str
    ink: str

    def color(self, name: str) -> QColor:
        """Return a token as a QColor."""
        return QColor(getattr(self, name))


LIGHT = Tokens(
    dark=False,
    background="#F6F7F9",
    surface="#FFFFFF",
    text="#1B2430",
    muted="#566273",
    border="#8793A3",
    hairline="#E1E5EB",
    accent="#2563C9",
    on_accent="#FFFFFF",
    accent_soft="#E6EEFB",
    good="#1B7A4B",
    warn="#8A5A00",
    bad="#B3302A",
    training="#0072B2",
    validation="#D55E00",
    further=("#009E73", "#CC79A7", "#1B2430"),  # Okabe and Ito's black: their yellow is lost on white
    classes=(  # Okabe and Ito's, the light ones darker, and two more; each group is named besides
        "#0072B2",
        "#D55E00",
        "#009E73",
        "#B5568A",
        "#8A6D00",
        "#3E9BCB",
        "#8C3A2E",
        "#6B7785",
        "#5B3FA0",
        "#1B2430",
    ),
    matrix_low="#EAF1FA",
    matrix_high="#08306B",
    matrix_text_low="#1B2430",
    matrix_text_high="#FFFFFF",
    fewer="#2166AC",  # with `more` the ends of a diverging palette that color-blind people can distinguish
    more="#B35806",
    paper="#FFFFFF",
    ink="#1B2430",
)
DARK = Tokens(
    dark=True,
    background="#14181E",
    surface="#1C222B",
    text="#E7ECF3",
    muted="#A3AFBE",
    border="#5F6C7D",
    hairline="#2C3440",
    accent="#7DB0FF",
    on_accent="#0E1726",
    accent_soft="#24344D",
    good="#6FCF97",
    warn="#F2B84B",
    bad="#FF8A80",
    training="#56B4E9",
    validation="#E69F00",
    further=("#009E73", "#CC79A7", "#F0E442"),
    classes=(
        "#56B4E9",
        "#E69F00",
        "#2CC29A",
        "#E39CC4",
        "#F0E442",
        "#8FA8FF",
        "#FF8A66",
        "#A3AFBE",
        "#B79CF0",
        "#E7ECF3",
    ),
    matrix_low="#22303F",
    matrix_high="#7DB0FF",
    matrix_text_low="#E7ECF3",
    matrix_text_high="#0E1726",
    fewer="#7DB0FF",
    more="#F2B84B",
    paper="#10141A",
    ink="#E7ECF3",
)


class Theme(QObject):
    """The appearance in force; on `changed` painted widgets draw again."""

    changed = Signal()

    def __init__(self, choice: Choice = "system") -> None:
        super().__init__()
        self.choice: Choice = choice
        self.tokens = LIGHT
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)

    def choose(self, choice: Choice) -> None:
        """Take light, dark, or whatever the system says."""
        self.choice = choice
        self.apply()

    def apply(self) -> None:
        """Put the appearance on the application."""
        scheme = QGuiApplication.styleHints().colorScheme()
        dark = self.choice == "dark" or (self.choice == "system" and scheme == Qt.ColorScheme.Dark)
        self.tokens = DARK if dark else LIGHT
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(_palette(self.tokens))
        application.setStyleSheet(stylesheet(self.tokens))
        self.changed.emit()

    def _follow_system(self) -> None:
        if self.choice == "system":
            self.apply()

    def icon(self, name: str, color: str = "text") -> QIcon:
        """Return a Material Design icon in a token's color, muted while disabled."""
        return glyph_icon(name, self.tokens.color(color), self.tokens.color("border"))


def font(points: float = TEXT_PT, *, bold: bool = False, tabular: bool = False) -> QFont:
    """Return the system's font in a size of ours."""
    chosen = QFont(QApplication.font())
    chosen.setPointSizeF(points)
    if bold:
        chosen.setWeight(QFont.Weight.DemiBold)
    if tabular:
        chosen.setFeature(QFont.Tag("tnum"), 1)
    return chosen


def role(widget: QWidget, name: str) -> None:
    """Give a widget a role that the style sheet knows: card, title, caption, muted, primary, ..."""
    widget.setProperty("role", name)


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    pairs = {
        QPalette.ColorRole.Window: "background",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "surface",
        QPalette.ColorRole.AlternateBase: "background",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.Button: "surface",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.ToolTipBase: "surface",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.PlaceholderText: "muted",
        QPalette.ColorRole.Link: "accent",
    }
    for target, token in pairs.items():
        palette.setColor(target, tokens.color(token))
    for target in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, tokens.color("border"))
    return palette


def stylesheet(tokens: Tokens) -> str:
    """Return the application's style sheet in the given colors."""
    t = tokens
    kind = "dark" if t.dark else "light"
    check = resource("icons", f"check-{kind}.svg").as_posix()
    down, up = (resource("icons", f"chevron-{way}-{kind}.svg").as_posix() for way in ("down", "up"))
    return f"""
    QMainWindow, QDialog {{ background: {t.background}; }}
    QToolTip {{ background: {t.surface}; color: {t.text}; border: 1px solid {t.border}; padding: 4px 8px; }}
    QFrame[role="card"] {{ background: {t.surface}; border: 1px solid {t.hairline}; border-radius: {CARD_RADIUS_PX}px; }}
    QLabel {{ background: transparent; }}
    QLabel[role="title"] {{ font-size: {TITLE_PT}pt; font-weight: 600; }}
    QLabel[role="caption"] {{ font-size: {CAPTION_PT}pt; color: {t.muted}; }}
    QLabel[role="field"] {{ color: {t.muted}; }}
    QLabel[role="figure"] {{ font-size: {TITLE_PT}pt; font-weight: 600; }}
    QLabel[role="warning"] {{ color: {t.warn}; }}
    QLabel[role="drop"] {{ background: {t.accent_soft}; color: {t.text}; border: 2px dashed {t.accent};
        border-radius: {CARD_RADIUS_PX}px; font-size: {TITLE_PT}pt; font-weight: 600; }}
    QTabWidget::pane {{ border: none; }}
    QTabBar {{ background: {t.background}; qproperty-drawBase: 0; }}
    QFrame[role="card"] QTabBar {{ background: {t.surface}; }}
    QToolButton::menu-indicator {{ image: none; }}
    QTabBar::tab {{ background: transparent; color: {t.muted}; padding: 12px 16px 10px 16px; margin: 0 4px 0 0;
        border: none; border-bottom: 2px solid transparent; font-size: 11pt; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; font-weight: 600; }}
    QTabBar::tab:hover:!selected {{ color: {t.text}; }}
    QTabBar::tab:focus {{ color: {t.accent}; }}
    QPushButton, QToolButton {{ background: {t.surface}; color: {t.text}; border: 1px solid {t.border};
        border-radius: 6px; padding: 6px 12px; min-height: 20px; }}
    QPushButton:hover, QToolButton:hover {{ background: {t.accent_soft}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {t.hairline}; }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.accent}; padding: 5px 11px; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {t.border}; border-color: {t.hairline}; }}
    QPushButton[role="primary"] {{ background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent};
        font-weight: 600; padding: 8px 16px; }}
    QPushButton[role="primary"]:hover {{ background: {t.accent}; border-color: {t.text}; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {t.text}; padding: 7px 15px; }}
    QPushButton[role="primary"]:disabled {{ background: {t.hairline}; color: {t.muted}; border-color: {t.hairline}; }}
    QPushButton[role="quiet"], QToolButton[role="quiet"] {{ border: 1px solid transparent; background: transparent; padding: 6px 8px; }}
    QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover {{ background: {t.accent_soft}; }}
    QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus {{ border: 2px solid {t.accent}; padding: 5px 7px; }}
    QPushButton[role="link"] {{ border: none; background: transparent; color: {t.accent}; padding: 2px; text-align: left; }}
    QPushButton[role="link"]::menu-indicator {{ image: none; width: 0; }}
    QPushButton[role="link"]:focus {{ border: none; text-decoration: underline; padding: 2px; }}
    QPushButton[role="tool"]:checked {{ background: {t.accent_soft}; border-color: {t.accent}; }}
    QPushButton[role="letter"] {{ border-radius: 6px; padding: 4px 2px; border: 1px solid {t.border}; }}
    QPushButton[role="letter"]:checked {{ background: {t.accent_soft}; color: {t.text}; border: 1px solid {t.accent}; }}
    QPushButton[role="letter"]:focus {{ border: 2px solid {t.accent}; padding: 3px 1px; }}
    QPushButton[role="segment"] {{ border-radius: 6px; padding: 4px 12px; border: 1px solid {t.border}; }}
    QPushButton[role="segment"]:checked {{ background: {t.accent_soft}; color: {t.text}; border: 1px solid {t.accent}; }}
    QComboBox, QAbstractSpinBox, QLineEdit {{ background: {t.surface}; color: {t.text};
        border: 1px solid {t.border}; border-radius: 6px; padding: 5px 8px; min-height: 22px;
        selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus {{ border: 2px solid {t.accent}; padding: 4px 7px; }}
    QLineEdit > QToolButton, QLineEdit > QToolButton:hover, QLineEdit > QToolButton:focus {{ border: none;
        background: transparent; padding: 0; min-height: 0; }}
    QComboBox:disabled, QAbstractSpinBox:disabled, QLineEdit:disabled {{ color: {t.muted}; border-color: {t.hairline}; }}
    QComboBox::drop-down {{ border: none; width: 28px; }}
    QComboBox::down-arrow {{ image: url({down}); width: 12px; height: 12px; }}
    QAbstractSpinBox > QLineEdit {{ border: none; padding: 0; min-height: 0; background: transparent; }}
    QAbstractSpinBox > QLineEdit:focus {{ border: none; padding: 0; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent; width: 24px; subcontrol-origin: border; }}
    QAbstractSpinBox::up-button {{ subcontrol-position: top right; margin: 3px 2px 0 0; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; margin: 0 2px 3px 0; }}
    QAbstractSpinBox::up-arrow {{ image: url({up}); width: 10px; height: 10px; }}
    QAbstractSpinBox::down-arrow {{ image: url({down}); width: 10px; height: 10px; }}
    QComboBox QAbstractItemView {{ background: {t.surface}; color: {t.text}; border: 1px solid {t.border};
        selection-background-color: {t.accent_soft}; selection-color: {t.text}; padding: 4px; outline: none; }}
    QComboBox QAbstractItemView::item {{ min-height: 28px; padding: 2px 8px; }}
    QProgressBar {{ background: {t.hairline}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 4px; }}
    QPlainTextEdit, QListView, QTableView {{ background: {t.surface}; color: {t.text}; border: none; outline: none; }}
    QTreeView {{ background: {t.surface}; color: {t.text}; border: none; outline: none; }}
    QHeaderView {{ background: {t.surface}; border: none; }}
    QHeaderView::section {{ background: {t.surface}; color: {t.muted}; border: none; padding: 6px 8px;
        border-bottom: 1px solid {t.hairline}; }}
    QHeaderView::section:hover {{ color: {t.text}; }}
    QHeaderView::up-arrow {{ image: url({up}); width: 10px; height: 10px; }}
    QHeaderView::down-arrow {{ image: url({down}); width: 10px; height: 10px; }}
    QListView[role="menu"]::item:selected {{ background: {t.accent_soft}; border-radius: 6px; }}
    QPlainTextEdit[role="log"] {{ placeholder-text-color: {t.muted}; font-size: {CAPTION_PT}pt; color: {t.muted}; }}
    QScrollArea {{ background: transparent; border: none; }}
    QWidget[role="plain"] {{ background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {t.border}; border-radius: 4px; min-height: 32px; margin: 2px; }}
    QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {t.border}; border-radius: 4px; min-width: 32px; margin: 2px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; border: none; width: 0; height: 0; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QStatusBar {{ background: {t.background}; color: {t.muted}; border-top: 1px solid {t.hairline}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ color: {t.muted}; padding: 2px 8px; }}
    QMenu {{ background: {t.surface}; color: {t.text}; border: 1px solid {t.border}; padding: 4px; }}
    QMenu::item {{ padding: 6px 24px 6px 16px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {t.accent_soft}; }}
    QMenu::item:disabled {{ color: {t.border}; }}
    QFrame[role="banner-bad"] {{ background: {t.surface}; border: 1px solid {t.bad}; border-left: 4px solid {t.bad}; border-radius: 6px; }}
    QFrame[role="banner-warn"] {{ background: {t.surface}; border: 1px solid {t.warn}; border-left: 4px solid {t.warn}; border-radius: 6px; }}
    QFrame[role="banner-good"] {{ background: {t.surface}; border: 1px solid {t.good}; border-left: 4px solid {t.good}; border-radius: 6px; }}
    QCheckBox {{ spacing: 8px; }}
    QCheckBox::indicator, QListView::indicator {{ width: 14px; height: 14px; border-radius: 4px; border: 1px solid {t.border}; background: {t.surface}; }}
    QCheckBox::indicator:checked, QListView::indicator:checked {{ border-color: {t.accent}; background: {t.accent}; image: url({check}); }}
    QCheckBox:focus {{ color: {t.accent}; }}
    QCheckBox:disabled {{ color: {t.muted}; }}
    QRadioButton {{ spacing: 8px; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; border-radius: 8px; border: 1px solid {t.border}; background: {t.surface}; }}
    QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {t.accent}; background: {t.on_accent}; }}
    QRadioButton:focus {{ color: {t.accent}; }}
    QSlider:horizontal {{ min-height: 20px; }}
    QSlider::groove:horizontal {{ height: 4px; background: {t.hairline}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ width: 16px; margin: -6px 0; border-radius: 8px; background: {t.accent}; }}
    QSlider::handle:horizontal:focus {{ width: 8px; border: 4px solid {t.accent}; background: {t.on_accent}; }}
    QSlider::handle:horizontal:disabled {{ background: {t.border}; }}
    """
