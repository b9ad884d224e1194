"""What can keep the local cloud from coming up, each as one sentence for a person."""


class LocalCloudError(Exception):
    """The local cloud cannot do what was asked; the message says why and what to do."""


class PortInUseError(LocalCloudError):
    """Another program listens on the port."""


class AlreadyRunningError(LocalCloudError):
    """A local cloud of this checkout is running."""


class NotUpError(LocalCloudError):
    """No local cloud of this checkout is running."""


class MissingToolError(LocalCloudError):
    """The set-up is incomplete."""


class NoDiskError(LocalCloudError):
    """There is too little room on the disk."""


class ServerError(LocalCloudError):
    """The server did not come up, or does not answer."""


class DeployError(LocalCloudError):
    """The application could not be synthesised or deployed."""
