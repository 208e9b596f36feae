"""The routes: none yet beside health; whatever else is asked under /notifications is not found."""

from chassis.web import Refusals, Route

from notifier.context import Context

ROUTES: tuple[Route[Context], ...] = ()
REFUSALS: Refusals = {}
