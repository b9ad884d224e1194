"""The local cloud's server: ministack on loopback, with what it lacks put in beforehand."""

import asyncio
import os
import signal
import traceback

import boto3
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.core import lambda_runtime

from local import alarms, aliases, clock, distributed, lambdas, metrics, permissions, workflows
from local.asgi import Application, Receive, Scope, Send
from local.codedeploy import CodeDeploy
from local.console.html import BASE
from local.console.reading import reader_of
from local.console.site import Console
from local.control import PREFIX, Control
from local.events import StateChanges
from local.executor import Executor
from local.faults import Faults
from local.processing import Workshop
from local.processing_api import ProcessingJobs
from local.registry import Registry
from local.run import Surroundings
from local.sagemaker import SageMaker
from local.settings import ACCESS_KEY, SECRET_KEY, ServerSettings
from local.watchdog import Watchdog


def build(settings: ServerSettings) -> Application:
    """The ASGI application: every extension installed, nothing serving yet."""
    settings.scratch_dir.mkdir(parents=True, exist_ok=True)
    watchdog = Watchdog(settings.scratch_dir)
    changes = StateChanges(settings)
    faults = Faults()
    session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=settings.region)
    around = Surroundings(
        settings=settings,
        watchdog=watchdog,
        logs=session.client("logs", endpoint_url=settings.endpoint),
        changed=changes.training_job,
    )
    executor = Executor(around, faults)
    workshop = Workshop(
        settings=settings, watchdog=watchdog, logs=around.logs, changed=changes.processing_job
    )
    sagemaker = SageMaker(executor, ProcessingJobs(workshop), Registry(settings), changes)
    ministack.SERVICE_HANDLERS["sagemaker"] = sagemaker.handle
    workflows.install(sagemaker)
    distributed.install()
    lambdas.install(settings)
    aliases.install()
    metrics.install()
    alarms.install()
    CodeDeploy(settings, changes.emit).install()
    permissions.install()
    clock.install(settings)
    console = Console(reader_of(settings.endpoint), settings.port)
    return _with_own(Control(executor, faults, changes.emit), console)


def _with_own(control: Control, console: Console) -> Application:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{BASE}/"):
            await console.serve(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await control.serve(scope, receive, send)
        else:
            await ministack.app(_as_https(scope), receive, send)

    return application


def _as_https(scope: Scope) -> Scope:
    """A request that counts as made over TLS: policies that demand it hold, loopback needs none."""
    if scope["type"] != "http":
        return scope
    return {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}


async def _serve(application: Application, settings: ServerSettings) -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{settings.port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    await serve(application, config, shutdown_trigger=over.wait)


def main() -> None:
    """Serve until SIGTERM; the watchdog ends what is left, however this process ends."""
    settings = ServerSettings.from_env(os.environ)
    try:
        asyncio.run(_serve(build(settings), settings))
    except Exception:  # noqa: BLE001 - said in the log, as the last thing this process does
        traceback.print_exc()
        code = 1
    else:
        code = 0
    lambda_runtime.reset()
    os._exit(code)  # threads of jobs and workflows would keep it from ending


if __name__ == "__main__":
    main()
