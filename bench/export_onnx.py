"""Writes the ONNX models that edgebert is measured against, from the same checkpoint.

    python -m venv onnx && onnx/bin/pip install torch transformers onnx onnxscript onnxruntime
    onnx/bin/python bench/export_onnx.py models/all-MiniLM-L6-v2/checkpoint out

leaves out/model.onnx (float32, for --onnx-f32) and out/model_quantized.onnx (for --onnx): int8 weights per
channel, activations quantised on the fly, as ONNX Runtime's quantize_dynamic makes them and as the hub's
ONNX models for browsers are.
"""

import argparse
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
OUTPUT = "last_hidden_state"


class Encoder(torch.nn.Module):
    """The model with its inputs in a fixed order and nothing but the hidden states coming out."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        return self.model(**dict(zip(INPUTS, inputs))).last_hidden_state


def any_words(model, shape):
    # Of the vocabulary's end: what is special stands at its beginning.
    words = model.config.vocab_size
    return torch.randint(words // 4, words, shape)


def export(checkpoint, path):
    # "eager" spells attention out in plain operators, which the exporter can trace.
    model = AutoModel.from_pretrained(checkpoint, dtype=torch.float32, attn_implementation="eager").eval()
    # Lengths of an example only: both axes are dynamic.
    ids = any_words(model, (2, 16))
    inputs = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        Encoder(model),
        inputs,
        path,
        input_names=INPUTS,
        output_names=[OUTPUT],
        dynamic_axes={name: axes for name in [*INPUTS, OUTPUT]},
        opset_version=14,
        dynamo=False,
    )


def check(path, checkpoint):
    """The exported model has to give what PyTorch gives, for another shape than the example's and with padding."""
    import onnxruntime

    model = AutoModel.from_pretrained(checkpoint, dtype=torch.float32).eval()
    ids = any_words(model, (3, 23))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    with torch.inference_mode():
        expected = model(**inputs).last_hidden_state
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = torch.from_numpy(session.run([OUTPUT], {name: value.numpy() for name, value in inputs.items()})[0])
    difference = (found - expected)[mask.bool()].abs().max().item()
    print(f"{path}: differs from PyTorch by at most {difference:.1e}")
    if not difference < 1e-4:
        raise SystemExit(f"{path} does not compute what the checkpoint does.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="folder with config.json and model.safetensors")
    parser.add_argument("out", type=Path, help="folder for the ONNX models")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    float32, int8 = (str(arguments.out / name) for name in ["model.onnx", "model_quantized.onnx"])
    export(arguments.checkpoint, float32)
    check(float32, arguments.checkpoint)
    quantize_dynamic(float32, int8, per_channel=True, weight_type=QuantType.QInt8)
    print(f"{int8}: written")


if __name__ == "__main__":
    main()
