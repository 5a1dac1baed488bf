"""Starts the emulator as a process of its own on a free port."""

import re
import sys

from emulators import process

from .client import EmulatorClient


class EmulatorProcess(process.EmulatorProcess):
    """`with EmulatorProcess() as emulator: emulator.client.write(…)`; `emulator.url` is the API's address."""

    STARTED = re.compile(r"on (http://\S+)")

    def __init__(self, state_file=None, port=0, senders=8):
        command = [sys.executable, "-m", "emulators.whatsapp", "--port", str(port), "--senders", str(senders)]
        super().__init__([*command, "--state-file", str(state_file)] if state_file else command)
        self.url = self.client = None

    def _listens(self, found):
        self.url = found[1]
        self.client = EmulatorClient(self.url)
