"""The steps of a trace: one list, which the terminal, the notebook and the page show each in its way."""
