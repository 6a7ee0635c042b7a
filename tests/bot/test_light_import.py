"""Rasa starts without the packages that no component of ours uses, and says so when one is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bot.conftest import ROOT


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)


def test_rasa_imports_without_tensorflow() -> None:
    done = python(
        "from bot.environment import prepare; prepare()\n"
        "import rasa.core.run, rasa.engine.recipes.default_recipe, sys\n"
        "real = [n for n, m in sys.modules.items() if n.split('.')[0] in ('tensorflow', 'keras') and getattr(m, '__file__', None)]\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(real, int(peak.split()[1]) // 1024)"
    )
    assert done.returncode == 0, done.stderr
    real, _, megabytes = done.stdout.strip().rpartition(" ")
    assert real == "[]"
    assert int(megabytes) < 330


def test_a_call_into_a_left_out_package_is_named() -> None:
    from bot.light_import import PackageLeftOut, leave_out_packages

    leave_out_packages()
    import tensorflow as tf

    class Layer(tf.keras.layers.Layer):  # type: ignore[misc]
        """May be defined."""

    with pytest.raises(PackageLeftOut, match="tensorflow"):
        tf.constant(1)
    with pytest.raises(PackageLeftOut):
        Layer()


def test_it_must_come_first() -> None:
    done = python(
        "import sys, types\nsys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"
        "from bot.light_import import leave_out_packages\nleave_out_packages()"
    )
    assert "tensorflow is imported already" in done.stderr


def test_no_second_thread_waits_for_one_messages_arithmetic() -> None:
    import numpy  # noqa: F401  it brings the library whose threads are counted
    from threadpoolctl import threadpool_info

    blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert blas
    assert set(blas) == {1}
