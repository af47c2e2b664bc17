"""Requests at a steady rate through the load balancer, with a count of those that were lost."""

import http.client
import threading
import time
from urllib.parse import urlsplit


class Traffic:
    """A context in which somebody uses the application; `lost` lists what went wrong, `sent` counts all."""

    def __init__(self, url, *, rate=50, workers=8, path="/openapi.json"):
        self.host, self.path, self.rate, self.workers = urlsplit(url).netloc, path, rate, workers
        self.sent, self.lost, self.seconds = 0, [], []
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._next = 0

    def __enter__(self):
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(self.workers)]
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
        began = time.monotonic()
        try:
            connection = http.client.HTTPConnection(self.host, timeout=10)
            connection.request("GET", self.path)
            answer = connection.getresponse()
            answer.read()
            trouble = f"status {answer.status}" if answer.status >= 500 else ""
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            trouble = repr(error)
        with self._lock:
            self.sent += 1
            self.seconds.append(time.monotonic() - began)
            if trouble:
                self.lost.append(trouble)
