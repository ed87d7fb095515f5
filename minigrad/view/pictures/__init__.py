"""Pictures of a trace: what of it is shown, in which boxes, and how those are written and rendered."""
