"""What happens to `paucal-edge serve` when things go wrong, and what it costs at rest.

  python3 bench/serve_faults.py build/edge/paucal-edge model.paucal a.jpg b.png …

The answers of /predict beside those of predict; start; idle connections; 20 versions loaded under
load, and a rollback; 50 kills with a spool. Standard library alone.
"""
import glob
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM, MODEL, IMAGES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
PREDICT = "/v2/models/m/predict"


class Server:
    def __init__(self, *words):
        begin = time.time()
        words = [PROGRAM, "serve", "--listen", "127.0.0.1:0", *words]
        self.child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.child.stdout.readline()
        self.ready_ms = (time.time() - begin) * 1e3
        self.port = int(line.strip().rsplit(":", 1)[1])

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def rss_mb(self):
        status = open(f"/proc/{self.child.pid}/status").read()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self):
        self.child.terminate()
        return self.child.wait()


def post(connection, path, body=b""):
    connection.request("POST", path, body)
    response = connection.getresponse()
    return response.status, response.read()


def clients(server, count, image, answers):
    """Threads that ask until the server is gone or `stop` is set."""
    stop = threading.Event()

    def ask():
        connection = server.connect()
        try:
            while not stop.is_set():
                begin = time.time()
                status, _ = post(connection, PREDICT, image)
                answers.append((status, time.time() - begin))
        except (OSError, http.client.HTTPException):
            pass

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    return stop, threads


def end(stop, threads):
    stop.set()
    for thread in threads:
        thread.join()


def percentiles(answers):
    times = sorted(seconds for _, seconds in answers)
    return [round(times[min(len(times) - 1, int(len(times) * q))] * 1e3, 1) for q in (0.5, 0.99)]


def equality():
    lines = subprocess.run([PROGRAM, "predict", MODEL, *IMAGES], stdout=subprocess.PIPE, text=True).stdout.splitlines()
    server = Server("--model", "m=" + MODEL)
    connection, same = server.connect(), 0
    for file, line in zip(IMAGES, lines, strict=True):
        path = '"path":' + json.dumps(file, ensure_ascii=False) + ","
        _, body = post(connection, PREDICT, open(file, "rb").read())
        same += body.decode() == line.replace(path, "", 1) + "\n"
    server.stop()
    print(f"predict: {same} of {len(IMAGES)} answers are the bytes of predict")


def start_and_rest(image):
    starts = []
    for _ in range(5):
        server = Server("--model", "m=" + MODEL)
        starts.append(round(server.ready_ms))
        server.stop()
    server = Server("--model", "m=" + MODEL, "--max-connections", "1200", "--max-connections-per-peer", "1100")
    post(server.connect(), PREDICT, image)
    before = server.rss_mb()
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(1000)]
    for connection in idle:
        connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answered = sum(connection.recv(4096).startswith(b"HTTP/1.1 200") for connection in idle)
    print(f"start to ready: {starts} ms; RSS {before:.1f} MB, with 1,000 idle connections {server.rss_mb():.1f} MB "
          f"({answered} answered)")
    server.stop()


def reloads(folder, image):
    os.makedirs(folder + "/m")
    shutil.copy(MODEL, folder + "/m/1.paucal")
    server, before, during = Server("--models", folder), [], []
    end_before = clients(server, 3, image, before)
    time.sleep(10)
    end(*end_before)
    asking = clients(server, 3, image, during)
    connection, loaded = server.connect(), 0
    for version in range(2, 22):
        shutil.copy(MODEL, folder + "/m/.new")
        os.rename(folder + "/m/.new", f"{folder}/m/{version}.paucal")
        loaded += post(connection, "/v2/repository/models/m/load")[0] == 200
    begin = time.time()
    back, _ = post(connection, "/v2/repository/models/m/rollback")
    took = (time.time() - begin) * 1e3
    end(*asking)
    lost = sum(status != 200 for status, _ in before + during)
    print(f"{loaded} of 20 loads under load: {lost} of {len(before + during)} requests lost; p50 and p99 before "
          f"{percentiles(before)} ms, during {percentiles(during)} ms; rollback {back} after {took:.1f} ms")
    server.stop()


def kills(folder, image):
    answered = wrong = 0
    for kill in range(50):
        server, answers = Server("--model", "m=" + MODEL, "--keep", folder), []
        stop, threads = clients(server, 3, image, answers)
        time.sleep(random.uniform(0.02, 0.6))
        server.child.kill()
        server.child.wait()
        end(stop, threads)
        answered += sum(status == 200 for status, _ in answers)
        lines = sum(open(file, "rb").read().count(b"\n") for file in glob.glob(folder + "/line/*.jsonl"))
        wrong += not answered <= lines <= answered + 3 * (kill + 1)  # three in flight, each time
    Server("--model", "m=" + MODEL, "--keep", folder).stop()  # mends what is half
    lines = [line for file in glob.glob(folder + "/line/*.jsonl") for line in open(file)]
    for line in lines:
        json.loads(line)
    left = glob.glob(folder + "/**/*.tmp", recursive=True)
    print(f"50 kills: {answered} answers, {len(lines)} lines, all whole; {wrong} rounds where counts disagree; "
          f"{len(left)} temporary files left")


if __name__ == "__main__":
    first = open(IMAGES[0], "rb").read()
    with tempfile.TemporaryDirectory() as scratch:
        equality()
        start_and_rest(first)
        reloads(scratch + "/models", first)
        kills(scratch + "/spool", first)
