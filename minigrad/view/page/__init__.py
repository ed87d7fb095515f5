"""The page: one HTML file to walk through a run in a browser, without a server and with nothing to fetch."""

from minigrad.view.page.page import frame as frame
from minigrad.view.page.page import html as html
