"""The protocol of bench's peers, for those in Python. See ../../internal/protocol."""

import argparse
import gc
import json
import os
import resource
import sys
import time
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace

import numpy as np


def arguments():
    """The number of threads, known before a library is imported that needs to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args().threads


def serve(name, version, threads, open_layer, open_step=None, open_network=None):
    """Answers requests. open_layer(job) returns (run, output, mode): a function of
    no arguments to be timed, one that returns the result of a run as an array of
    shape (batch, steps, filters), and the name of the library's way. If run has a
    method measure, that does the timing. open_step(job) is the same for a step of
    training, with job.dy, and its second function returns the output and the gradients
    by input, depthwise and pointwise kernel and bias. open_network(directory, model) is
    like open_layer, of a whole network."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is no reply

    def send(**reply):
        replies.write(json.dumps(reply | {"resident": resident()}) + "\n")

    send(name=name, version=version, threads=threads)
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                run = output = None
                gc.collect()
                job = read_job(request["dir"], request["layer"])
                run, output, mode = open_layer(job)
                write(request["dir"], output=output(run()))
                send(mode=mode, once=shortest(run))
            elif request["do"] == "train":
                run = output = None
                gc.collect()
                if open_step is None:
                    raise ValueError("it does not train")
                job = read_training_job(request["dir"], request["layer"])
                run, outputs, mode = open_step(job)
                y, dx, depthwise, pointwise, bias = outputs(run())
                write(request["dir"], output=y, dinput=dx, ddepthwise=depthwise, dpointwise=pointwise, dbias=bias)
                send(mode=mode, once=shortest(run))
            elif request["do"] == "model":
                run = output = None
                gc.collect()
                if open_network is None:
                    raise ValueError("it runs no networks")
                run, output, mode = open_network(request["dir"], request["model"])
                write(request["dir"], output=output(run()))
                send(mode=mode, once=shortest(run))
            elif request["do"] == "run":
                timed = getattr(run, "measure", lambda *n: measure(run, *n))
                send(**timed(request.get("warm", 0), request["runs"]))
            else:
                raise ValueError(f"request is to do {request['do']!r}")
        except Exception as error:  # a layer that this peer cannot do
            send(error=f"{type(error).__name__}: {error}"[:400])


def measure(run, warm, runs):
    """Times runs of a layer, without Python's collector of cycles."""
    gc.disable()
    for _ in repeat(None, warm):
        run()
    cpu = processor_time()
    start = time.perf_counter()
    for _ in repeat(None, runs):
        run()
    seconds = time.perf_counter() - start
    cpu = processor_time() - cpu
    gc.enable()
    return {"seconds": seconds, "cpu": cpu}


def shortest(run, enough=0.02, fewest=3):
    """The shortest time of a few runs."""
    best = float("inf")
    begin, n = time.perf_counter(), 0
    while n < fewest or time.perf_counter() - begin < enough:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
        n += 1
    return best


def fastest(ways):
    """Picks from (mode, build) pairs, where build() returns (run, output)."""
    best = None
    failure = None
    for mode, build in ways:
        try:
            run, output = build()
            run()
            seconds = shortest(run)
        except Exception as error:
            failure = error
            print(f"{mode}: {error}", file=sys.stderr)
            continue
        if best is None or seconds < best[0]:
            best = seconds, run, output, mode
    if best is None:
        raise failure
    return best[1:]


def read_job(directory, layer):
    """The layer's numbers and arrays."""
    job = SimpleNamespace(**layer)
    job.columns = job.channels * job.multiplier

    def array(name, *shape):
        return np.fromfile(Path(directory, name), np.float32).reshape(shape)

    job.depthwise = array("depthwise", job.kernel, job.channels, job.multiplier)
    job.pointwise = array("pointwise", job.columns, job.filters)
    job.bias = array("bias", job.filters)
    job.input = array("input", job.batch, job.steps, job.channels)
    return job


def read_training_job(directory, layer):
    """The same with dy, the derivative of the loss by the output."""
    job = read_job(directory, layer)
    job.dy = np.fromfile(Path(directory, "dy"), np.float32).reshape(job.batch, job.out_steps, job.filters)
    return job


def write(directory, **arrays):
    """Writes arrays in the order in which bench has them."""
    for name, values in arrays.items():
        np.ascontiguousarray(values, np.float32).tofile(Path(directory, name))


def processor_time():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident():
    """Bytes of memory of this process, on Linux."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
