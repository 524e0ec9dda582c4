"""Requests that are sent at the same time."""

import concurrent.futures
import threading


def together(*requests) -> list:
    """The answers of these requests, in their order; none is sent before all can be."""
    barrier = threading.Barrier(len(requests))

    def send(request):
        barrier.wait()
        return request()

    with concurrent.futures.ThreadPoolExecutor(len(requests)) as pool:
        return [later.result() for later in [pool.submit(send, request) for request in requests]]
