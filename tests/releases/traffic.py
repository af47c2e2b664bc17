"""Requests at a steady rate through the load balancer: how many were lost, how long each
took, who answered.
"""

import http.client
import threading
import time
from urllib.parse import urlsplit

from tests.patience import patient


class Traffic:
    """A context in which somebody uses the application.

    `lost` lists what went wrong, `sent` counts all; `answers` has (begun, seconds, server) of each,
    by time.monotonic().
    """

    def __init__(self, url, *, rate=50, workers=8, path="/openapi.json"):
        self.host, self.path, self.rate, self.workers = urlsplit(url).netloc, path, rate, workers
        self.sent, self.lost, self.seconds, self.answers = 0, [], [], []
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._next = 0

    def __enter__(self):
        self._began = time.monotonic()
        self._threads = [
            threading.Thread(target=self._run, daemon=True) for _ in range(self.workers)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(10)

    def _run(self):
        while not self._stop.is_set():
            with self._lock:
                due = self._began + self._next / self.rate
                self._next += 1
            if self._stop.wait(max(0, due - time.monotonic())):
                return
            self._ask()

    def _ask(self):
        began, server = time.monotonic(), ""
        try:
            connection = http.client.HTTPConnection(self.host, timeout=patient(10))
            connection.request("GET", self.path)
            answer = connection.getresponse()
            answer.read()
            server = answer.getheader("Server", "")
            trouble = f"status {answer.status}" if answer.status >= 500 else ""
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            trouble = repr(error)
        with self._lock:
            self.sent += 1
            self.seconds.append(time.monotonic() - began)
            self.answers.append((began, self.seconds[-1], server))
            if trouble:
                self.lost.append(trouble)
