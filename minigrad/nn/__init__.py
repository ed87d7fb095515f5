"""Layers: modules that own parameters, and the initialisers that draw them."""

from . import init as init
from .containers import Sequential as Sequential
from .linear import Linear as Linear
from .module import Module as Module
from .parameter import Buffer as Buffer
from .parameter import Parameter as Parameter
