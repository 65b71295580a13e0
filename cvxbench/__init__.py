"""cvxbench: convex programs against SGD and Adam on ReLU networks, with evidence."""
