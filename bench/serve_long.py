"""`paucal-edge serve` for long: at 80 % of what it can, at twice what it can, and while versions are loaded.

  python3 bench/serve_long.py build/edge/paucal-edge model.paucal a.jpg b.png …

Environment: MINUTES (10) of each load; WAIT_MS (500), QUEUE (64), WORKERS (0: one a core): `serve --timeout-ms`,
`--max-queue`, `--workers`. One server does it all, and its memory is read every second. Times run from sending to the answer's last byte, the client's own
waiting for a processor among them. Prints one JSON object a line. Standard library alone.
"""
import asyncio
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

PROGRAM, MODEL, *IMAGES = [os.path.abspath(word) for word in sys.argv[1:]]
MINUTES, WAIT_MS = float(os.environ.get("MINUTES", 10)), int(os.environ.get("WAIT_MS", 500))
QUEUE = os.environ.get("QUEUE", "64")
VERSIONS, KEPT_SECONDS = 20, 30


def start(folder):
    words = ["serve", "--models", folder, "--listen", "127.0.0.1:0", "--timeout-ms", str(WAIT_MS),
             "--workers", os.environ.get("WORKERS", "0"), "--max-queue", QUEUE, "--max-connections-per-peer", "512"]
    child = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return child, int(child.stdout.readline().strip().rsplit(":", 1)[1])


def rss_mb(child):
    status = open(f"/proc/{child.pid}/status").read()
    return round(int(status.split("VmRSS:")[1].split()[0]) / 1024, 1)


async def watch_memory(child, mb):
    while True:
        mb.append(rss_mb(child))
        await asyncio.sleep(1)


class Answers:
    def __init__(self):
        self.statuses, self.ok_ms, self.no_retry_after, self.failed = collections.Counter(), [], 0, 0

    def figures(self, seconds):
        times = sorted(self.ok_ms)
        at = lambda share: round(times[min(len(times) - 1, int(len(times) * share))], 1) if times else None
        return {"statuses": self.statuses, "failed": self.failed, "503_without_retry_after": self.no_retry_after,
                "ok_per_second": round(len(times) / seconds, 2), "p50_ms": at(0.5), "p99_ms": at(0.99),
                "p999_ms": at(0.999), "max_ms": at(1)}


async def ask(reader, writer, body, answers):
    begin = time.monotonic()
    writer.write(b"POST /v2/models/m/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body))
    writer.write(body)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    await reader.readexactly(int(head.split("\r\ncontent-length:")[1].split("\r\n")[0]))
    status = int(head.split()[1])
    answers.statuses[status] += 1
    if status == 200:
        answers.ok_ms.append((time.monotonic() - begin) * 1e3)
    answers.no_retry_after += status == 503 and "\r\nretry-after:" not in head


async def drive(port, bodies, number, connections, rate, end, answers):
    """One connection; its requests lie evenly between those of the others. rate 0: without a pause."""
    begin, count, used, reader, writer = time.monotonic(), 0, -KEPT_SECONDS, None, None
    while True:
        if rate:
            await asyncio.sleep(begin + (count * connections + number) / rate - time.monotonic())
        if time.monotonic() >= end:
            break
        if time.monotonic() - used > KEPT_SECONDS:  # the server may have closed it
            if writer:
                writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await ask(reader, writer, bodies[(count + number) % len(bodies)], answers)
            used = time.monotonic()
        except (OSError, asyncio.IncompleteReadError):
            answers.failed, used = answers.failed + 1, -KEPT_SECONDS
        count += 1
    if writer:
        writer.close()


async def load(child, port, connections, rate, seconds, meanwhile=None):
    bodies = [open(image, "rb").read() for image in IMAGES]
    answers, mb, end = Answers(), [], time.monotonic() + seconds
    watch = asyncio.create_task(watch_memory(child, mb))
    clients = [drive(port, bodies, i, connections, rate, end, answers) for i in range(connections)]
    await asyncio.gather(*clients, *([meanwhile] if meanwhile else []))
    watch.cancel()
    memory = {"start": mb[0], "after 30 s": mb[min(30, len(mb) - 1)], "end": mb[-1], "most": max(mb)}
    return {"connections": connections, "asked_per_second": round(rate, 2), "seconds": seconds,
            **answers.figures(seconds), "mb": memory}


def put(folder, version):
    shutil.copy(MODEL, folder + "/m/.new")
    os.rename(folder + "/m/.new", f"{folder}/m/{version}.paucal")


async def load_versions(folder, child, port, seen):
    def ask_for_load():
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v2/repository/models/m/load", b"")
        return urllib.request.urlopen(request, timeout=300).status

    for version in range(2, 2 + VERSIONS):
        put(folder, version)
        seen.append((await asyncio.to_thread(ask_for_load), rss_mb(child)))
        await asyncio.sleep(1)


def say(run, figures):
    print(json.dumps({"run": run, **figures}), flush=True)
    return figures


async def main(folder):
    os.mkdir(folder + "/m")
    put(folder, 1)
    child, port = start(folder)
    try:
        best = say("best", await load(child, port, 8, 0, 30))["ok_per_second"]
        say("80 %", await load(child, port, 16, 0.8 * best, 60 * MINUTES))
        say("200 %", await load(child, port, 300, 2 * best, 60 * MINUTES))
        seen = []
        figures = await load(child, port, 16, 0.8 * best, 60, load_versions(folder, child, port, seen))
        say("loads", {**figures, "loads": [status for status, _ in seen], "mb_after_each": [mb for _, mb in seen]})
        await asyncio.sleep(10)
        say("at rest", {"mb": rss_mb(child)})
    finally:
        child.terminate()
        child.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(main(scratch))
