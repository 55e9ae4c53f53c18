"""Truncated Taylor arithmetic in two variables: all derivatives of a formula, exact to rounding.

A `Jet` holds the Taylor coefficients of a function about a point. Sums, products, powers and elementary
functions of jets are jets; each follows from a recurrence over the total degree, obtained by applying the
Euler operator ``D = u d/du + v d/dv`` to the defining differential equation.

References
----------
Griewank and Walther (2008), "Evaluating Derivatives", chapter 13.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

__all__ = ["Jet", "coefficient_index", "variables"]


def coefficient_index(i, j):
    """Return where a jet keeps the coefficient of ``u**i v**j``: by total degree, then by `j`."""
    return (i + j) * (i + j + 1) // 2 + j


@lru_cache(maxsize=64)
def _powers(order):
    """Return the exponents (i, j) of all coefficients, in their order."""
    return [(n - j, j) for n in range(order + 1) for j in range(n + 1)]


@lru_cache(maxsize=64)
def _degrees(order):
    return np.array([i + j for i, j in _powers(order)])


@lru_cache(maxsize=256)
def _pairs(order, lowest, left_degree, lowest_left):
    """Return both indices, and each sum's first, of the products for targets of degree `lowest` on."""
    left, right, starts = [], [], []
    for i, j in _powers(order):
        if i + j < lowest:
            continue
        starts.append(len(left))
        for k in range(i + 1):
            for m in range(j + 1):
                if lowest_left <= k + m <= left_degree:
                    left.append(coefficient_index(k, m))
                    right.append(coefficient_index(i - k, j - m))
    return np.array(left), np.array(right), np.array(starts)


def _column(values, like):
    """Return `values` along the axis of coefficients of an array with further axes."""
    return np.reshape(values, (-1,) + (1,) * (like.ndim - 1))


@dataclass(frozen=True, eq=False)
class Jet:
    """A function's Taylor coefficients about a point (of each lens of a batch).

    Parameters
    ----------
    coefficients : ((order + 1) (order + 2) / 2, ...) float or complex ndarray
        Of ``u**i v**j`` at `coefficient_index`; further axes are the batch.
    order : int
        Highest total degree that is kept.

    Examples
    --------
    >>> x, y = variables(3.0, 4.0, 2)
    >>> r = (x * x + y * y).power(0.5)
    >>> float(r.coefficient(0, 0)), float(r.coefficient(1, 0))
    (5.0, 0.6)
    """

    coefficients: np.ndarray
    order: int
    __array_ufunc__ = None  # an array times a jet is a jet

    def coefficient(self, i, j):
        """Return the coefficient of ``u**i v**j``, an array of the batch's shape."""
        return self.coefficients[coefficient_index(i, j)]

    @property
    def value(self):
        """The function at the point itself."""
        return self.coefficients[0]

    def __add__(self, other):
        if isinstance(other, Jet):
            a, b = _same_axes(self.coefficients, other.coefficients)
            return Jet(a + b, self.order)
        return self._with_value(self.value + other)

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return -self + other

    def __neg__(self):
        return Jet(-self.coefficients, self.order)

    def __mul__(self, other):
        if not isinstance(other, Jet):
            return Jet(self.coefficients * other, self.order)
        left, right, starts = _pairs(self.order, 0, self.order, 0)
        a, b = _same_axes(self.coefficients, other.coefficients)
        return Jet(np.add.reduceat(a[left] * b[right], starts, axis=0), self.order)

    def __truediv__(self, other):
        return self * (other.power(-1.0) if isinstance(other, Jet) else 1.0 / np.asarray(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def _with_value(self, value):
        a, value = _same_axes(self.coefficients, np.asarray(value)[None])
        shape = (len(a), *np.broadcast_shapes(a.shape[1:], value.shape[1:]))
        result = np.array(np.broadcast_to(a, shape), np.result_type(a, value))
        result[0] = value[0]
        return Jet(result, self.order)

    def euler(self):
        """Return ``u d/du + v d/dv`` of the function: each coefficient times its degree."""
        return Jet(self.coefficients * _column(_degrees(self.order), self.coefficients), self.order)

    def derivative(self, axis):
        """Return the derivative along the first (0) or second (1) variable, of one order less."""
        order = self.order - 1
        source = [coefficient_index(i + (axis == 0), j + (axis == 1)) for i, j in _powers(order)]
        times = np.array([power[axis] + 1 for power in _powers(order)])
        return Jet(self.coefficients[source] * _column(times, self.coefficients), order)

    def power(self, exponent, *, degree=None):
        """Return the function to a real power.

        Parameters
        ----------
        exponent : float or ndarray
            Of the batch's shape.
        degree : int, optional
            Of the function, if it is a polynomial: terms that are zero are then left out.
        """
        w, exponent = self.coefficients, np.asarray(exponent, float)
        f = np.zeros((len(w), *np.broadcast_shapes(w.shape[1:], exponent.shape)), w.dtype)
        f[0] = w[0] ** exponent
        over = 1.0 / w[0]
        for n in range(1, self.order + 1):
            left, right, starts = _pairs_of_degree(n, min(degree or n, n))
            d = _column(_degrees(n)[left], f)
            terms = (exponent * d - (n - d)) * w[left] * f[right]
            f[_slice(n)] = np.add.reduceat(terms, starts, axis=0) * over / n
        return Jet(f, self.order)

    def log(self):
        """Return the natural logarithm."""
        return self._integrate(self.power(-1.0), np.log(self.value))

    def exp(self):
        """Return the exponential."""
        w, f = self.coefficients, np.zeros_like(self.coefficients)
        f[0] = np.exp(w[0])
        for n in range(1, self.order + 1):
            left, right, starts = _pairs_of_degree(n, n)
            terms = _column(_degrees(n)[left], f) * w[left] * f[right]
            f[_slice(n)] = np.add.reduceat(terms, starts, axis=0) / n
        return Jet(f, self.order)

    def sqrt(self):
        """Return the square root."""
        return self.power(0.5)

    def asinh(self):
        """Return the inverse hyperbolic sine."""
        return self._integrate((self * self + 1.0).power(-0.5), np.arcsinh(self.value))

    def asin(self):
        """Return the arc sine."""
        return self._integrate((1.0 - self * self).power(-0.5), np.arcsin(self.value))

    def atan(self):
        """Return the arc tangent."""
        return self._integrate((self * self + 1.0).power(-1.0), np.arctan(self.value))

    def atanh(self):
        """Return the inverse hyperbolic tangent."""
        return self._integrate((1.0 - self * self).power(-1.0), np.arctanh(self.value))

    def _integrate(self, slope, value):
        """Return F with ``D F = slope D w`` and the given value at the point."""
        product = (self.euler() * slope).coefficients
        product = product / np.maximum(_column(_degrees(self.order), product), 1)
        product[0] = value
        return Jet(product, self.order)


def _slice(n):
    """Return where the coefficients of degree `n` are."""
    return slice(n * (n + 1) // 2, (n + 1) * (n + 2) // 2)


def _pairs_of_degree(n, left_degree):
    return _pairs(n, n, left_degree, 1)


def _same_axes(a, b):
    """Return two arrays of coefficients with as many axes of the batch."""
    axes = max(a.ndim, b.ndim)
    return (array.reshape(array.shape[:1] + (1,) * (axes - array.ndim) + array.shape[1:]) for array in (a, b))


def variables(x, y, order, *, dtype=None):
    """Return the two variables themselves as jets about the point (x, y).

    Parameters
    ----------
    x, y : float or ndarray
        The point, one for each lens of a batch.
    order : int
        Highest total degree of the jets.
    dtype : numpy.dtype, optional
        complex128 for functions of ``z`` and its conjugate, which count as two variables.

    Returns
    -------
    Jet, Jet
    """
    x, y = np.broadcast_arrays(np.asarray(x, dtype or float), np.asarray(y, dtype or float))
    result = []
    for axis, value in enumerate((x, y)):
        coefficients = np.zeros(((order + 1) * (order + 2) // 2, *value.shape), value.dtype)
        coefficients[0] = value
        if order:
            coefficients[coefficient_index(1 - axis, axis)] = 1.0
        result.append(Jet(coefficients, order))
    return tuple(result)
