"""Experiments that are not solve rates, by name: each runs as a suite does, and its report says what was found."""

EXPERIMENTS = {  # name → "module:object"
    "cv-accuracy": "cvxbench.studies.cv_accuracy:EXPERIMENT",
    "ecg": "cvxbench.studies.ecg:EXPERIMENT",
    "landscape": "cvxbench.studies.landscape.experiment:EXPERIMENT",
    "lasso-1d": "cvxbench.studies.lasso_1d:EXPERIMENT",
    "nyse": "cvxbench.studies.nyse:EXPERIMENT",
    "scaling-law": "cvxbench.studies.scaling.experiment:EXPERIMENT",
    "series": "cvxbench.studies.own_series:EXPERIMENT",
    "relaxation": "cvxbench.studies.relaxation.plan:EXPERIMENT",
}
