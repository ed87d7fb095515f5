"""Data sets: read from files as numpy arrays, and cut into batches. Every op accepts such arrays."""

from minigrad.data.catalogue import DATASETS as DATASETS
from minigrad.data.catalogue import load as load
from minigrad.data.dataset import ArrayDataset as ArrayDataset
from minigrad.data.dataset import Dataset as Dataset
from minigrad.data.dataset import fixed_split as fixed_split
from minigrad.data.dataset import random_split as random_split
from minigrad.data.loader import DataLoader as DataLoader
from minigrad.data.standardise import Standardise as Standardise

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
