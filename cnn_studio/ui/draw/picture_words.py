"""What is said of a picture's steps, and where no digit was found."""

from __future__ import annotations

from PySide6.QtCore import QObject

from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.draw.picture_reading import Kind, ReadPicture


class PictureWords(QObject):
    """Titles and sentences."""

    def titles(self) -> dict[Kind, str]:
        """Return what each step is called."""
        return {
            "picture": self.tr("Picture"),
            "gray": self.tr("Gray"),
            "even": self.tr("Even light"),
            "ink": self.tr("Ink"),
            "ruled": self.tr("No lines"),
            "clean": self.tr("Digits only"),
        }

    def sentence(self, kind: Kind, picture: ReadPicture) -> str:
        """Return what was done in a step."""
        if kind == "picture":
            text = self.tr("As it was opened, {width} × {height} pixels.")
            return text.format(width=f"{picture.size[0]:,}", height=f"{picture.size[1]:,}")
        if kind == "gray" and picture.clean_ground:
            return self.tr("Without colors. The background is even, so no shadows have to be removed.")
        if kind == "clean" and abs(picture.degrees) >= 1:
            text = self.tr(
                "Specks, paler marks and the paper's edges are left out; the line of "
                "writing, which slopes by {degrees}°, is leveled."
            )
            return text.format(degrees=f"{abs(picture.degrees):.0f}")
        return {
            "gray": self.tr("Without colors, at no higher resolution than the digits need."),
            "even": self.tr(
                "Divided by the brightness of the paper: shadows are gone, and ink is dark on white."
            ),
            "ink": self.tr("Whatever is clearly darker than its surroundings is ink; the rest is paper."),
            "ruled": self.tr("The paper's lines are removed; strokes that cross them stay whole."),
            "clean": self.tr("Specks, paler marks and the paper's edges are left out."),
        }[kind]

    def nothing_found(self, picture: ReadPicture) -> StudioError | None:
        """Return why a picture has no digit and what to do; None where it has one."""
        if picture.found:
            return None
        if not picture.has_ink:
            why = self.tr("Nothing stands out from the background.")
            remedy = self.tr("Write darker, or take the picture in more even light.")
        else:
            why = self.tr(
                "What stands out is not the size of a digit: specks, a texture or the edge of the paper."
            )
            remedy = self.tr("Crop the picture to the digits.")
        if len(picture.steps) == 1:  # no digits are looked for
            what = self.tr("{name} is blank.").format(name=picture.name)
            return StudioError(
                what, self.tr("All of it is the same shade."), self.tr("Open another picture.")
            )
        return StudioError(self.tr("No digit was found in {name}.").format(name=picture.name), why, remedy)
