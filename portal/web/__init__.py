"""The web side of the portal: pages, the JSON API and the page frame. It decides nothing that a room below can decide."""
