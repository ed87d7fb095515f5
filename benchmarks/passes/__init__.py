"""Right backward passes in the styles of courses, into which `benchmarks.locating` plants bugs.

Each file is a student's: a forward function, its hand-written gradient, and

    FORWARD, BACKWARD   their names
    MUTATED             the functions that bugs are planted into, "Class.method" for a method
    UPSTREAM            whether the backward function takes an upstream gradient first
    inputs(rng)         a fresh sample of the inputs

Nothing else is promised to the checker. The gradients are right, which the benchmark checks first.
"""
