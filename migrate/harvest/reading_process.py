"""The process that reads pages: answers come in; what they name goes out, and their records.

It is waited for when a harvest begins, so it imports nothing that it does not need.
"""

import gc
import marshal
import pickle
import signal
import sys
from typing import BinaryIO

from migrate.archive.warc import Draft, digest_of, make
from migrate.harvest.reading import Packer, Unread, attempt
from migrate.harvest.targets import Targets

LENGTH = 4
"""Bytes before each question and answer that say how long it is."""
READY = b"+"
"""What the process says once it can read."""


def main() -> None:
    """Read what comes in until there is no more: the harvest has ended, however it did."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the harvest's to answer
    gc.disable()  # what is read holds no cycles, and what is remembered is bounded
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    rules, sessions, pagers = pickle.loads(_frame(questions))  # noqa: S301 (from the harvest that started us)
    targets = Targets(rules, sessions)
    packer = Packer()
    answers.write(READY)
    answers.flush()
    while question := _frame(questions):
        unread, draft, body = marshal.loads(question)  # noqa: S302 (from the harvest)
        made = make(Draft(*draft), body, digest_of(body)) if draft else None
        reading = packer.pack(attempt(Unread(*unread), targets, pagers, packer.numbers)) if unread else None
        answers.write(framed(marshal.dumps((reading, made and tuple(made)))))
        answers.flush()


def framed(data: bytes) -> bytes:
    """Return a question or an answer as it goes through the pipe."""
    return len(data).to_bytes(LENGTH, "big") + data


def _frame(stream: BinaryIO) -> bytes:
    """Return the next frame; empty at the end."""
    return stream.read(int.from_bytes(stream.read(LENGTH), "big"))
