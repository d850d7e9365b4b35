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
            return self.tr("Without colors. The ground is even, so that no light has to be taken out.")
        if kind == "clean" and abs(picture.degrees) >= 1:
            text = self.tr(
                "Specks, paler marks and the paper's edges are left out; the line of writing, sloping by "
                "{degrees}°, is turned back."
            )
            return text.format(degrees=f"{abs(picture.degrees):.0f}")
        return {
            "gray": self.tr("Without colors, and no finer than the digits need."),
            "even": self.tr("Divided by its paper: shadows are gone, and ink is dark on white."),
            "ink": self.tr("Ink is what is darker than its surroundings by enough, paper the rest."),
            "ruled": self.tr("Lines of the paper are taken out; strokes that cross them stay whole."),
            "clean": self.tr("Specks, paler marks and the paper's edges are left out."),
        }[kind]

    def nothing_found(self, picture: ReadPicture) -> StudioError | None:
        """Return why a picture has no digit and what to do; None where it has one."""
        if picture.found:
            return None
        if not picture.has_ink:
            why = self.tr("Nothing stands out from the ground.")
            remedy = self.tr("Write darker, or take the picture in more even light.")
        else:
            why = self.tr("What stands out is no digit's size: specks, a texture or the edge of the paper.")
            remedy = self.tr("Crop the picture to the digits.")
        if len(picture.steps) == 1:  # no digits are looked for
            what = self.tr("{name} is blank.").format(name=picture.name)
            return StudioError(what, self.tr("All of it has one tone."), self.tr("Open another picture."))
        return StudioError(self.tr("No digit was found in {name}.").format(name=picture.name), why, remedy)
