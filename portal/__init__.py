"""The door of the house: pages, JSON API, the apps process and the `shuyuan` command. Only this room sees all the others."""
