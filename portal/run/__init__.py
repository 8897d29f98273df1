"""`shuyuan run`: proxy, hub, portal, apps and worker as sibling processes under one supervisor."""
