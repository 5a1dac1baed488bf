"""A program of ours that runs as a process of its own until it is stopped."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class EmulatorProcess:
    """`with …Process() as emulator`: started, and stopped at the end. The first line that `command` prints
    says where it listens: `STARTED` is what it looks like, and `_listens` takes what was found in it.
    """

    STARTED = None

    def __init__(self, command):
        self.command = command
        self.process = None

    def _listens(self, found):
        """The program is up; `found` is the match of its first line."""
        raise NotImplementedError

    def start(self):
        """Start the program and return when it listens."""
        self.process = subprocess.Popen(self.command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = self.STARTED.search(line)
        if not found:
            self.stop()
            raise RuntimeError(f"an emulator did not start: {line.removeprefix('error: ').strip()}")
        self._listens(found)
        return self

    def stop(self):
        """End the program, and with it what it started."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()
