"""Writes buckets.json: what TensorFlow 2.21.0 makes of random bytes of every length up to 200.

    pip install tensorflow==2.21.0 && python make.py

One line a length: the bytes in hexadecimal, a key, and the buckets of to_hash_bucket_fast
and, with the key, of to_hash_bucket_strong: of 2**63 - 1, which is prime to everything,
so that they tell the hash but for one bit.
"""

import json
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

BUCKETS = 2**63 - 1
rng = np.random.default_rng(17)
with open("buckets.json", "w") as file:
    for n in range(201):
        data, key = rng.bytes(n), [int(k) for k in rng.integers(-(2**62), 2**62, 2)]
        fast = tf.strings.to_hash_bucket_fast([data], BUCKETS)
        strong = tf.strings.to_hash_bucket_strong([data], BUCKETS, key)
        file.write(json.dumps({"bytes": data.hex(), "key": key, "fast": int(fast[0]), "strong": int(strong[0])}) + "\n")
