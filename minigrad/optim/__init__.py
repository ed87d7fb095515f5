"""Optimisers, which update parameters; schedules of the learning rate; and a penalty on weights."""

from .adam import Adam as Adam
from .adam import AdamW as AdamW
from .optimizer import Optimizer as Optimizer
from .penalty import L2 as L2
from .rmsprop import RMSprop as RMSprop
from .schedule import Constant as Constant
from .schedule import Cosine as Cosine
from .schedule import Cyclical as Cyclical
from .schedule import Schedule as Schedule
from .schedule import Step as Step
from .sgd import SGD as SGD
