"""A learner's server: kernels over ipc, nothing that asks the world outside. Read inside the sandbox."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821

# Loopback TCP would let anybody in the same network namespace listen to kernels; a socket file has an owner.
c.KernelManager.transport = "ipc"
c.ConnectionFileMixin.transport = "ipc"
# nbgrader's tools for teachers; ours are in the portal.
c.ServerApp.jpserver_extensions.update(
    {"nbgrader.server_extensions.formgrader": False, "nbgrader.server_extensions.course_list": False}
)
c.ServerApp.tornado_settings = {"websocket_max_message_size": 64 << 20}
c.LabApp.app_settings_dir = "/opt/shuyuan/lab"
c.LabServerApp.app_settings_dir = "/opt/shuyuan/lab"
c.LabApp.extension_manager = "readonly"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.ContentsManager.allow_hidden = False
c.FileContentsManager.delete_to_trash = False
