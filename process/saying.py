"""How everything that says no says it: a sentence for people, made in one place, and a code for programs."""

from abc import ABC, abstractmethod


class SaysNo(Exception, ABC):
    """The base of the trees of refusals. Each class makes its sentence from its own fields."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What happened, who must act and what to do."""

    @property
    def code(self) -> str:
        """The name of the rule, stable for programs."""
        return type(self).__name__

    def __str__(self) -> str:
        return self.sentence
