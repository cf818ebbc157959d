"""Machine code is kept where it can be, and made in each process where it cannot."""

from numba.core.caching import CacheImpl

from simulation.machine_code import machine_code


def test_where_nothing_can_be_written_each_process_compiles(monkeypatch):
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])

    def doubled(number):
        return 2 * number

    assert machine_code(doubled)(3) == 6
    assert machine_code(doubled) is machine_code(doubled)
