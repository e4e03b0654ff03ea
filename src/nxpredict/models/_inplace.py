"""Linear algebra that leaves its result where it is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dgemm

FloatArray = NDArray[np.float64]


def subtract_product(target: FloatArray, left: FloatArray, right: FloatArray) -> None:
    """Do ``target -= left @ right`` without an array of the product.

    For a few columns on the left that array costs several times what the numbers do.

    Parameters
    ----------
    target : ndarray of float64, shape (m, n)
        In C order.
    left, right : ndarray of float64, shapes (m, k) and (k, n)

    Raises
    ------
    ValueError
        Where `target` is not in C order, as a copy of it would be changed.

    Examples
    --------
    >>> target = np.ones((2, 2))
    >>> subtract_product(target, np.array([[1.0], [2.0]]), np.array([[0.0, 3.0]]))
    >>> target.tolist()
    [[1.0, -2.0], [1.0, -5.0]]
    """
    if not target.flags.c_contiguous:
        raise ValueError("target must be in C order.")
    # BLAS thinks in columns: the transposes are the arrays as they lie.
    dgemm(-1.0, right.T, left.T, beta=1.0, c=target.T, overwrite_c=True)
