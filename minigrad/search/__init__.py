"""Hyper-parameter search: random draws on a log scale, coarse to fine, or a grid; it survives being killed.

from minigrad import search
"""

from minigrad.search import arguments as arguments
from minigrad.search.run import grid as grid
from minigrad.search.run import load as load
from minigrad.search.run import random as random
from minigrad.search.space import choice as choice
from minigrad.search.space import integer as integer
from minigrad.search.space import log_uniform as log_uniform
from minigrad.search.space import uniform as uniform
from minigrad.search.storage import Heartbeat as Heartbeat
from minigrad.search.study import Study as Study
from minigrad.search.study import Trial as Trial
