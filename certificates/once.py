"""A property that is computed once and then kept in the instance.

functools.cached_property takes a lock for it before Python 3.12, which costs more than most of these properties.
"""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

_T = TypeVar("_T")


class once(Generic[_T]):
    """Decorates a method without arguments. Two threads may compute the same value twice; both get a right one."""

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> _T: ...
    def __get__(self, instance: object | None, owner: type) -> "Self | _T":
        """The value; after the first time, the instance's own attribute stands before this descriptor."""
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.compute(instance)
        return value
