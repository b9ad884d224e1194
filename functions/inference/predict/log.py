"""What the operator reads of answering. Logging is imported when there is something to say."""


def log_fault(message: str, *values: object, fault: BaseException | None = None) -> None:
    """Write an error, its message formatted as `logging` does, and the traceback of a fault."""
    import logging  # noqa: PLC0415 - a cold start has nothing to log

    logging.getLogger("predict").error(message, *values, exc_info=fault)
