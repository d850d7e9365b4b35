"""What the Evaluate tab shows below its head: pages and gallery, or one image under the lens in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.evaluate.gallery.gallery_panel import GalleryPanel
from cnn_studio.ui.style.theme import Theme
from cnn_studio.ui.widgets.banner import Banner

if TYPE_CHECKING:
    from cnn_studio.ui.evaluate.lens.lens import Lens


class LensPlace(QStackedWidget):
    """Opens and closes the lens, which is made when it is first opened.

    Args:
        theme: The appearance.
        settings: Where files were saved last.
        banner: Where outcomes are said.
        gallery: Whose images are looked at.
        pages: What is shown while none is.

    Attributes:
        lens: None before it was first opened.
    """

    def __init__(
        self, theme: Theme, settings: Settings, banner: Banner, gallery: GalleryPanel, pages: QWidget
    ) -> None:
        super().__init__()
        self.setObjectName("lensPlace")
        self._theme, self._settings, self._banner, self._gallery = theme, settings, banner, gallery
        self.lens: Lens | None = None
        self.addWidget(pages)
        gallery.opened.connect(self.open)
        gallery.reading_changed.connect(self.close_lens)

    def open(self, index: int) -> None:
        """Put an image of the gallery under the lens, by its index there."""
        gallery = self._gallery
        if gallery.answers is None or gallery.network is None or not 0 <= index < len(gallery.rows):
            return
        if self.lens is None:
            from cnn_studio.ui.evaluate.lens.lens import Lens

            self.lens = Lens(self._theme, self._settings, self._banner)
            self.lens.closed.connect(self.close_lens)
            self.lens.moved.connect(gallery.gallery.make_current)
            self.lens.similar_wanted.connect(self._show_similar)
            self.addWidget(self.lens)
        images = None if gallery.reading is None else gallery.reading.images
        self.lens.show_images(gallery.answers, images, gallery.rows, gallery.network, index)
        self.setCurrentWidget(self.lens)
        self.lens.matrix.setFocus()

    def close_lens(self) -> None:
        """Go back to the pages; the gallery's frame is at the image that was looked at last."""
        if self.lens is not None and self.currentWidget() is self.lens:
            self.setCurrentIndex(0)
            self._gallery.gallery.setFocus()

    def _show_similar(self, row: int) -> None:
        self.close_lens()
        self._gallery.show_similar(row)
