"""The statistics of reports, all in one place: pure functions of arrays, which know nothing of runs.

Lambdas of one table are not independent, so what compares two methods resamples and ranks tables, never problems. A
time that ran into a limit, or that solved nothing, is inf: it may hold back a quantile and never enters a mean.
"""
