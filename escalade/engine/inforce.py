"""What is in force: the wired-up application that visits are carried out with; a new policy replaces it whole."""

from __future__ import annotations

from escalade.app import App


class InForce:
    """Holds the application. Who works takes it once and keeps it to the end of the visit."""

    def __init__(self, app: App) -> None:
        self._app = app

    @property
    def app(self) -> App:
        """The application as it is now."""
        return self._app

    def replace(self, app: App) -> None:
        """From now on work with this one."""
        self._app = app

    def settle(self) -> None:
        """Keep the policy, bring escalations onto their versions, and have every ticket looked at if it is a new one.

        Raises:
            StoreError: the store cannot be used.
        """
        self._app.visitor.prepare(self._app.clock.now())
        self._app.sync_quietly().adopt()
