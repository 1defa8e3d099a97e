# An .h5 of Keras 3, whose configuration it does not load as JSON nor as .keras. keras 3.15.1.
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
import h5py, keras as K
K.models.load_model("../../files/k3_plain.keras").save("k3_plain.h5")
try: K.models.model_from_json(h5py.File("k3_plain.h5").attrs["model_config"])
except Exception as e: print("as JSON:", type(e).__name__, str(e)[:80])
