"""Folders and CAR files that other tools made -> blocks and a root. Names are taken as they are, bytes untouched."""

from publisher.intake.archive import add_car, must_be_folder
from publisher.intake.batches import Batches
from publisher.intake.folder import Taken, add_folder

__all__ = ["Batches", "Taken", "add_car", "add_folder", "must_be_folder"]
