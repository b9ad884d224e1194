"""The command line of the local cloud: `python -m local up | down | env | demo | ...`."""

import argparse
import shlex
import signal
import sys
from types import FrameType

from rich.console import Console

from local.cloud import PORT, Cloud
from local.errors import LocalCloudError, NotUpError
from local.journey import JourneyError


def up(arguments: argparse.Namespace, console: Console) -> None:
    """Start a local cloud and deploy the application to it; all of it or nothing."""
    cloud = Cloud(arguments.port)
    with console.status("Starting the local cloud") as status:
        cloud.start()
        console.print(f"Local cloud on {cloud.endpoint}")
        try:
            document = cloud.deploy(lambda step: status.update(f"Deploying: {step}"))
        except BaseException:
            cloud.stop()
            raise
    console.print(f"Console {document['console_url']}", soft_wrap=True)
    console.print(f"API {document['api_url']}  ({cloud.description_file} has the rest)")


def down(_: argparse.Namespace, console: Console) -> None:
    """End the local cloud; fine when there is none."""
    try:
        Cloud.running().stop()
    except NotUpError as error:
        console.print(str(error))
        return
    console.print("The local cloud is down.")


def interrupt(arguments: argparse.Namespace, console: Console) -> None:
    """Take the spot capacity away from a running training job."""
    job = Cloud.running().interrupt(arguments.job)
    console.print(f"Took the spot capacity away from {job}.")


def forget(arguments: argparse.Namespace, console: Console) -> None:
    """Have the running cloud forget a person."""
    from local.forget import forget_here  # noqa: PLC0415 - it brings an HTTP client along

    forget_here(Cloud.running(), arguments.pipeline, console)


def show(_: argparse.Namespace, console: Console) -> None:
    """Run the whole loop once, from an empty cloud to noticed drift."""
    from local.demo import demo  # noqa: PLC0415 - it brings pandas and scikit-learn along

    demo(console)


def env(_: argparse.Namespace, console: Console) -> None:
    """Print what a shell needs to use the running cloud."""
    cloud = Cloud.running().description()
    values = {
        "AWS_ENDPOINT_URL": cloud["endpoint"],
        "AWS_DEFAULT_REGION": cloud["region"],
        "AWS_ACCESS_KEY_ID": cloud["access_key"],
        "AWS_SECRET_ACCESS_KEY": cloud["secret_key"],
        "API_URL": cloud["api_url"],
        "API_KEY": cloud["api_key"],
        "LANDING_BUCKET": cloud["outputs"]["LandingBucket"],
    }
    for name, value in values.items():
        console.out(f"export {name}={shlex.quote(value)}")


def parser() -> argparse.ArgumentParser:
    """The commands and their options; each sets `run`."""
    root = argparse.ArgumentParser(prog="python -m local", description="The local cloud.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("up", help="start it and deploy the application")
    command.add_argument("--port", type=_port, default=PORT, help=f"default {PORT}")
    command.set_defaults(run=up)
    command = commands.add_parser("down", help="end it and all it started")
    command.set_defaults(run=down)
    command = commands.add_parser("demo", help="run the whole loop once, and show it")
    command.set_defaults(run=show)
    command = commands.add_parser("env", help="print how a shell reaches the running cloud")
    command.set_defaults(run=env)
    command = commands.add_parser("interrupt", help="take a training job's spot capacity away")
    command.add_argument("job", nargs="?", help="default: the latest running on spot")
    command.set_defaults(run=interrupt)
    command = commands.add_parser("forget", help="remove a person's rows from all that is stored")
    command.add_argument("pipeline", nargs="?", default="")
    command.set_defaults(run=forget)
    return root


def _port(text: str) -> int:
    """A TCP port that a user may listen on."""
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1024 to 65535, not {text!r}")
    return int(text)


def _on_sigterm(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(argv: list[str] | None = None) -> int:
    """Run one command; a failure is one sentence on standard error and exit code 1."""
    arguments = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _on_sigterm)
    try:
        arguments.run(arguments, Console())
    except (LocalCloudError, JourneyError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; everything that was started has been ended.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"The local cloud could not go on: {error}.", file=sys.stderr)
        return 1
    return 0
