"""The networks of the courses: one file each, built of `minigrad.nn`, run as `python -m models.lenet`."""
