"""Sizes of Azure's machines, as cores and memory of a node. Not here: a price, or a GPU: nothing here uses one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VmSize:
    """One size of a machine."""

    name: str
    cores: int
    memory_gb: float


_D_V2 = {"D1": (1, 3.5), "D2": (2, 7), "D3": (4, 14), "D4": (8, 28), "D5": (16, 56)}
_D_V2 |= {"D11": (2, 14), "D12": (4, 28), "D13": (8, 56), "D14": (16, 112), "D15": (20, 140)}
_SIZES = {f"STANDARD_{prefix}{name[1:]}_V2": size for name, size in _D_V2.items() for prefix in ("D", "DS")}
_SIZES |= {f"STANDARD_D{n}{s}_V{v}": (n, 4.0 * n) for n in (2, 4, 8, 16, 32, 48, 64) for s in ("", "S") for v in (3, 4)}
_SIZES |= {f"STANDARD_E{n}{s}_V3": (n, 8.0 * n) for n in (2, 4, 8, 16, 20, 32, 48) for s in ("", "S")}
_SIZES |= {f"STANDARD_F{n}S_V2": (n, 2.0 * n) for n in (2, 4, 8, 16, 32, 48, 64, 72)}
_SIZES |= {f"STANDARD_A{n}_V2": (n, 2.0 * n) for n in (1, 2, 4, 8)}
_SIZES |= {"STANDARD_NC6": (6, 56), "STANDARD_NC12": (12, 112), "STANDARD_NC24": (24, 224)}

VM_SIZES = {name: VmSize(name=name, cores=cores, memory_gb=memory) for name, (cores, memory) in _SIZES.items()}


def vm_size(name: str) -> VmSize:
    """Return a size by its name, in any case.

    Raises
    ------
    LookupError
        If there is none: the message ends with the nearest.

    Examples
    --------
    >>> vm_size("Standard_D2_v2")
    VmSize(name='STANDARD_D2_V2', cores=2, memory_gb=7)
    >>> vm_size("STANDARD_D2_V5")
    Traceback (most recent call last):
      ...
    LookupError: ... Did you mean 'STANDARD_D2_V3'?
    """
    found = VM_SIZES.get(name.upper())
    if found is not None:
        return found
    near = difflib.get_close_matches(name.upper(), VM_SIZES, n=1, cutoff=0.0)[0]
    raise LookupError(f"`vm_size` must be one of docs/compute.md, but got vm_size={name!r}. Did you mean {near!r}?")
