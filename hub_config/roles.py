"""Who may do what at the hub: each role holds the least that its holder needs, and a test reads this list."""

from __future__ import annotations

from typing import Any

from commons.settings import Settings

__all__ = ["hub_roles"]


def hub_roles(settings: Settings) -> list[dict[str, Any]]:
    """JupyterHub's `load_roles`. A learner reaches the own server and signs in to the portal, and that is all."""
    return [
        {
            "name": "user",
            "description": "A learner: the own server, and signing in to the portal",
            "scopes": [
                "read:users:name!user",
                "read:users:groups!user",  # a server asks for it when it asks who came
                "users:activity!user",  # the own server reports it; the culler reads it
                "servers!user",
                "access:servers!user",
                "access:services!service=portal",
            ],
        },
        {
            "name": "operator",
            "description": "Whoever runs the house: sees accounts, stops servers, resets passwords; opens no server",
            "scopes": ["admin-ui", "admin:users", "read:servers", "delete:servers"],
            "users": [settings.teacher],
        },
        {
            "name": "portal-service",
            "description": "The portal: erases an account on its owner's word, tells the hub of a new proxy",
            "scopes": ["read:users:name", "delete:users", "delete:servers", "proxy"],
            "services": ["portal"],
        },
        {
            "name": "idle-culler",
            "description": "Stops servers nobody uses",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["idle-culler"],
        },
    ]
