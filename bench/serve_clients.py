#!/usr/bin/env python3
"""Runs the clients that people have against `paucal-edge serve`: tritonclient.http, its aio twin, and
KServe's REST client. Prints one line a call and ends with 1 if any of them fails.

  python3 -m venv clients && clients/bin/pip install 'tritonclient[http]' kserve
  paucal-edge serve --model screws=parts.paucal &
  clients/bin/python bench/serve_clients.py 127.0.0.1:8000 screws image.jpg

--record DIR writes what each call sends, byte for byte, to DIR/CLIENT-CALL.http: the fixtures of
src/serve/clients_test.cpp."""
import argparse
import asyncio
import json
import pathlib
import socket
import sys
import threading

import numpy as np


class Recorder:
    """A proxy in front of the server that keeps what clients send."""

    def __init__(self, address):
        self.server = address
        self.sent = bytearray()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            host, port = self.server.rsplit(":", 1)
            server = socket.create_connection((host, int(port)))
            for source, sink, keep in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.pump, args=(source, sink, keep), daemon=True).start()

    def pump(self, source, sink, keep):
        try:
            while data := source.recv(1 << 16):
                if keep:
                    self.sent += data
                sink.sendall(data)
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def take(self):
        sent = bytes(self.sent)
        self.sent.clear()
        return sent


class Calls:
    """Runs calls, counts failures, and writes what was sent."""

    def __init__(self, address, folder):
        self.recorder = Recorder(address) if folder else None
        self.address = self.recorder.address if folder else address
        self.folder = pathlib.Path(folder) if folder else None
        self.failed = 0

    def done(self, name, error=None):
        print("%-32s %s" % (name, "ok" if error is None else "FAILED: %r" % (error,)))
        self.failed += error is not None
        if self.recorder:
            port = self.address.rsplit(":", 1)[1].encode()
            sent = self.recorder.take().replace(b":" + port, b":8000")
            (self.folder / (name + ".http")).write_bytes(sent)

    def run(self, name, call):
        try:
            call()
            self.done(name)
        except Exception as error:  # each call is told by itself
            self.done(name, error)

    async def await_(self, name, call):
        try:
            await call()
            self.done(name)
        except Exception as error:
            self.done(name, error)


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(call, status, error_type):
    """The call must fail with this status."""
    try:
        call()
    except error_type as error:
        check(str(status) in str(error.status()), error)
        check(error.message(), "no text")
        return
    raise AssertionError("no error")


def inputs_of(module, image, binary=True, pixels=False):
    if pixels:
        array = np.full((1, 8, 8, 3), 100, np.uint8)
        tensor = module.InferInput("image", list(array.shape), "UINT8")
    else:
        array = np.array([image], dtype=object)
        tensor = module.InferInput("image", [1], "BYTES")
    tensor.set_data_from_numpy(array, binary_data=binary)
    return [tensor]


def check_result(result):
    """All outputs in their shapes."""
    for output in result.get_response()["outputs"]:
        array = result.as_numpy(output["name"])
        check(list(array.shape) == output["shape"], output)
    probability = float(result.as_numpy("probability")[0])
    check(0 <= probability <= 1, probability)
    boxes = result.as_numpy("boxes")
    check(boxes.shape[2] == 4 and boxes.shape[1] >= result.as_numpy("num_boxes")[0], boxes.shape)
    text = result.as_numpy("json")[0]
    json.loads(text)
    return result


def run_triton(calls, model, image):
    import tritonclient.http as http

    client = http.InferenceServerClient(calls.address)
    calls.run("triton-live", lambda: check(client.is_server_live(), "not live"))
    calls.run("triton-ready", lambda: check(client.is_server_ready(), "not ready"))
    calls.run("triton-model-ready", lambda: check(client.is_model_ready(model), "not ready"))
    calls.run("triton-metadata", lambda: check(client.get_server_metadata()["name"] == "paucal", ""))
    calls.run("triton-model-metadata",
              lambda: check(client.get_model_metadata(model)["inputs"][0]["name"] == "image", ""))
    calls.run("triton-config", lambda: check(client.get_model_config(model)["name"] == model, ""))
    calls.run("triton-statistics",
              lambda: check("model_stats" in client.get_inference_statistics(model), ""))
    calls.run("triton-statistics-all", client.get_inference_statistics)
    calls.run("triton-index", lambda: check(client.get_model_repository_index()[0]["state"], ""))

    def infer(**more):
        binary = more.pop("binary", True)
        pixels = more.pop("pixels", False)
        return check_result(
            client.infer(model, inputs_of(http, image, binary, pixels), **more))

    calls.run("triton-infer", infer)
    calls.run("triton-infer-pixels", lambda: infer(pixels=True))
    calls.run("triton-infer-pixels-json", lambda: infer(pixels=True, binary=False))
    calls.run("triton-infer-id", lambda: check(
        infer(request_id="part 7", timeout=5_000_000, priority=1,
              parameters={"part": "7"}).get_response()["id"] == "part 7", "id"))
    for coding in ("gzip", "deflate"):
        calls.run("triton-infer-" + coding, lambda coding=coding: infer(
            request_compression_algorithm=coding, response_compression_algorithm=coding))
    names = ["ng", "probability", "label", "num_boxes", "boxes", "scores", "box_labels", "json", "heat"]
    calls.run("triton-infer-json-outputs", lambda: infer(
        outputs=[http.InferRequestedOutput(name, binary_data=False) for name in names]))
    calls.run("triton-infer-json-outputs-gzip", lambda: infer(
        outputs=[http.InferRequestedOutput(name, binary_data=False) for name in names],
        response_compression_algorithm="gzip"))
    calls.run("triton-infer-async", lambda: check_result(
        client.async_infer(model, inputs_of(http, image)).get_result()))
    Error = http.InferenceServerException
    calls.run("triton-unknown-model",
              lambda: refused(lambda: client.infer("nobody", inputs_of(http, image)), 404, Error))
    calls.run("triton-no-image",
              lambda: refused(lambda: client.infer(model, inputs_of(http, b"text")), 400, Error))
    calls.run("triton-load", lambda: client.load_model(model))
    client.close()


async def run_triton_aio(calls, model, image):
    import tritonclient.http.aio as http

    client = http.InferenceServerClient(calls.address)

    async def truth(call):
        check(await call, "not so")

    async def infer(**more):
        check_result(await client.infer(model, inputs_of(http, image), **more))

    async def error(call, status):
        try:
            await call
        except http.InferenceServerException as failure:
            check(str(status) in str(failure.status()), failure)
            check(failure.message(), "no text")
            return
        raise AssertionError("no error")

    await calls.await_("aio-live", lambda: truth(client.is_server_live()))
    await calls.await_("aio-ready", lambda: truth(client.is_server_ready()))
    await calls.await_("aio-model-ready", lambda: truth(client.is_model_ready(model)))
    await calls.await_("aio-metadata", client.get_server_metadata)
    await calls.await_("aio-model-metadata", lambda: client.get_model_metadata(model))
    await calls.await_("aio-config", lambda: client.get_model_config(model))
    await calls.await_("aio-statistics", lambda: client.get_inference_statistics(model))
    await calls.await_("aio-index", client.get_model_repository_index)
    await calls.await_("aio-infer", infer)
    await calls.await_("aio-infer-json-outputs", lambda: infer(outputs=[
        http.InferRequestedOutput(name, binary_data=False)
        for name in ("probability", "label", "num_boxes", "boxes", "json", "heat")]))
    await calls.await_("aio-infer-gzip", lambda: infer(
        request_compression_algorithm="gzip", response_compression_algorithm="gzip"))
    await calls.await_("aio-unknown-model",
                       lambda: error(client.infer("nobody", inputs_of(http, image)), 404))
    await calls.await_("aio-no-image",
                       lambda: error(client.infer(model, inputs_of(http, b"text")), 400))
    await client.close()


async def run_kserve(calls, model, image):
    import base64

    from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0))
    url = "http://" + calls.address

    async def truth(call):
        check(await call, "not so")

    async def infer(tensor, **more):
        request = InferRequest(model_name=model, infer_inputs=[tensor], **more)
        response = await client.infer(url, request, model_name=model)
        probability = [o for o in response.outputs if o.name == "probability"][0].as_numpy()
        check(0 <= probability[0] <= 1, probability)

    def pixels(binary):
        tensor = InferInput("image", [1, 8, 8, 3], "UINT8")
        tensor.set_data_from_numpy(np.full((1, 8, 8, 3), 100, np.uint8), binary_data=binary)
        return tensor

    def file_binary():
        tensor = InferInput("image", [1], "BYTES")
        tensor.set_data_from_numpy(np.array([image], dtype=object), binary_data=True)
        return tensor

    def file_base64():
        return InferInput("image", [1], "BYTES", [base64.b64encode(image).decode()],
                          {"content_type": "base64"})

    async def unknown():
        try:
            await client.infer(url, InferRequest(model_name="nobody", infer_inputs=[file_base64()]),
                               model_name="nobody")
        except Exception as error:
            check("404" in str(error) or "nobody" in str(error), error)
            return
        raise AssertionError("no error")

    await calls.await_("kserve-live", lambda: truth(client.is_server_live(url)))
    await calls.await_("kserve-ready", lambda: truth(client.is_server_ready(url)))
    await calls.await_("kserve-model-ready", lambda: truth(client.is_model_ready(url, model)))
    await calls.await_("kserve-infer-base64", lambda: infer(file_base64()))
    await calls.await_("kserve-infer-binary", lambda: infer(file_binary()))
    await calls.await_("kserve-infer-pixels", lambda: infer(pixels(False)))
    await calls.await_("kserve-infer-pixels-binary", lambda: infer(pixels(True)))
    await calls.await_("kserve-unknown-model", unknown)
    await client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("server", help="HOST:PORT")
    parser.add_argument("model")
    parser.add_argument("image", help="file")
    parser.add_argument("--record", metavar="DIR")
    parser.add_argument("--clients", default="triton,aio,kserve")
    arguments = parser.parse_args()
    image = pathlib.Path(arguments.image).read_bytes()
    calls = Calls(arguments.server, arguments.record)
    wanted = arguments.clients.split(",")
    if "triton" in wanted:
        run_triton(calls, arguments.model, image)
    if "aio" in wanted:
        asyncio.run(run_triton_aio(calls, arguments.model, image))
    if "kserve" in wanted:
        asyncio.run(run_kserve(calls, arguments.model, image))
    print("%d failed" % calls.failed)
    return 1 if calls.failed else 0


if __name__ == "__main__":
    sys.exit(main())
