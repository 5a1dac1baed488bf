"""Starts the emulator as a process of its own on a free port."""

import re
import subprocess
import sys
from pathlib import Path

from .client import EmulatorClient

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"on (http://\S+)")


class EmulatorProcess:
    """`with EmulatorProcess() as emulator: emulator.client.write(…)`; `emulator.url` is the API's address."""

    def __init__(self, state_file=None, port=0, senders=8):
        command = [sys.executable, "-m", "emulators.whatsapp", "--port", str(port), "--senders", str(senders)]
        self.command = [*command, "--state-file", str(state_file)] if state_file else command
        self.process = self.url = self.client = None

    def start(self):
        self.process = subprocess.Popen(self.command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = ADDRESS.search(line)
        if not found:
            self.stop()
            raise RuntimeError(f"the emulator did not start: {line}")
        self.url = found[1]
        self.client = EmulatorClient(self.url)
        return self

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()
