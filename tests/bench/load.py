"""A client lean enough that the server is what is measured: plain sockets, one request each."""

import multiprocessing
import socket
import threading
import time


def request(path, raw, headers=()):
    """The bytes of a POST."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(raw)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def answer(port, data):
    """Send one request and return all of its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(data)
        found = connection.recv(65536)
        while more := connection.recv(65536):
            found += more
    return found


def post(port, data):
    """Send one request and return its status."""
    return int(answer(port, data).split(b" ", 2)[1])


def run(port, requests, clients):
    """POST all of them from so many clients at once, in a process of its own.

    :return: (answers per second, [milliseconds of each])
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(port, requests, clients, sender))
    process.start()
    result = receiver.recv()
    process.join()
    if isinstance(result, str):
        raise AssertionError(result)
    return result


def _run(port, requests, clients, sender):
    waiting, times, bad = list(reversed(requests)), [], []

    def client():
        while waiting and not bad:
            try:
                data = waiting.pop()
            except IndexError:
                return
            start = time.perf_counter()
            try:
                status = post(port, data)
            except (OSError, IndexError) as error:
                status = repr(error)
            times.append((time.perf_counter() - start) * 1000)
            if status != 200:
                bad.append(status)

    threads = [threading.Thread(target=client) for _number in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    sender.send(f"a request was answered with {bad[0]}" if bad else (len(times) / seconds, times))
