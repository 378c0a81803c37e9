"""Numba's options, in one place: `rule` for small functions, `compiled` for loops over people.

Numba's own cache does not see edits in other files, so compiled loops are kept in a folder named
after the sources of all rules and passes. Where no folder is writable, they are kept for as long
as the process lives.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from llvmlite import ir
from numba import config, njit, types
from numba.extending import intrinsic, register_jitable

Function = TypeVar("Function", bound=Callable[..., object])


def rule(function: Function) -> Function:
    """Let a plain scalar function be called from Python and from compiled loops alike.

    A loop takes its rules in whole: luck, arrays and the key have many parts, and to hand them over
    anew for each person took a sixth of the month.
    """
    return register_jitable(error_model="numpy", forceinline=True)(function)  # type: ignore[no-any-return]


def compiled(function: Function, *, keep: bool = True) -> Function:
    """Compile a loop at its first call, free of the interpreter's lock; `keep` it on disk."""
    usual = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder())
    try:
        loop = njit(nogil=True, cache=keep, error_model="numpy")(function)
        return loop  # type: ignore[no-any-return]
    finally:
        config.CACHE_DIR = usual


@intrinsic  # type: ignore[untyped-decorator]
def borrowed(context: Any, array: Any) -> Any:
    """The same array to a compiled loop, without its count of references.

    Each array that a compiled function hands on is counted up and down again, by instructions that
    make the processor wait; in loops over people that took longer than their rules. The loop's own
    argument keeps the array alive.
    """

    def build(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        own = target.make_array(signature.args[0])(target, builder, value=values[0])
        own.meminfo = own.meminfo.type(None)
        own.parent = own.parent.type(None)
        return own._getvalue()

    return array(array), build


@intrinsic  # type: ignore[untyped-decorator]
def expect(context: Any, records: Any, index: Any) -> Any:
    """Ask memory for record `index`, so that it is there when a loop comes to it.

    A month works on more people than the processor holds at hand, and on too many fields of each
    for it to guess which come next: waiting for them took a sixth of the month. It changes no
    number.
    """

    def build(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        table = target.make_array(signature.args[0])(target, builder, value=values[0])
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        whole, size = values[1].type, signature.args[0].dtype.size
        first, start = builder.bitcast(table.data, byte), builder.mul(values[1], whole(size))
        for line in range(0, size, 64):
            place = builder.gep(first, [builder.add(start, whole(line))])
            builder.call(fetch, [place, flag(0), flag(3), flag(1)])  # to read, near, data
        return target.get_dummy_value()

    return types.void(records, index), build


@functools.cache
def cache_folder() -> Path:
    """A writable folder for what these very sources compile to."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for part in ("agents", "agents/rules", "sim"):
        for source in sorted((root / part).glob("*.py")):
            digest.update(source.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home) / "engagesim" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="engagesim-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder
