"""Compiled loops: what they may do where nothing can be kept."""

from numba.core.caching import CacheImpl

from cvxbench.convex.compiled import compiled


def _next(number):
    return number + 1


def test_without_a_directory_for_what_is_compiled_it_is_compiled_all_the_same(monkeypatch):
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert compiled("i8(i8)")(_next)(1) == 2
