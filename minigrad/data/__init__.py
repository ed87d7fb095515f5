"""Data sets: read from files as numpy arrays, and cut into batches. Every op accepts such arrays."""

from minigrad.data.catalogue import DATASETS, load
from minigrad.data.dataset import ArrayDataset, Dataset, fixed_split, random_split
from minigrad.data.loader import DataLoader
from minigrad.data.standardise import Standardise

__all__ = [
    "DATASETS",
    "ArrayDataset",
    "DataLoader",
    "Dataset",
    "Standardise",
    "fixed_split",
    "load",
    "random_split",
]
