"""A model of a few thousand numbers that llama.cpp and transformers both load: random, llama's shape, a GGUF file."""

from pathlib import Path

import gguf
import numpy as np
from gguf.quants import quantize
from transformers.convert_slow_tokenizer import bytes_to_unicode

WIDTH, HEADS, KV_HEADS, INNER, LAYERS = 64, 4, 2, 96, 2
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def write_tiny(path: Path, seed: int = 0, kind=gguf.GGMLQuantizationType.Q4_1) -> Path:
    """Writes it; the weights of linear layers and the embedding are quantised as the embedded model's."""
    words = [*SPECIAL, *bytes_to_unicode().values(), "th", "Ġt", "in"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(words)
    writer.add_token_types([3 if word in SPECIAL else 1 for word in words])
    writer.add_token_merges(["t h", "Ġ t", "i n"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    chance = np.random.default_rng(seed)

    def matrix(name: str, rows: int, columns: int) -> None:
        values = chance.normal(0, 2 / np.sqrt(columns), (rows, columns)).astype(np.float32)
        writer.add_tensor(f"{name}.weight", quantize(values, kind), raw_dtype=kind)

    def norm(name: str) -> None:
        writer.add_tensor(f"{name}.weight", (1 + 0.1 * chance.normal(size=WIDTH)).astype(np.float32))

    matrix("token_embd", len(words), WIDTH)
    norm("output_norm")
    for block in range(LAYERS):
        at = f"blk.{block}"
        norm(f"{at}.attn_norm")
        norm(f"{at}.ffn_norm")
        matrix(f"{at}.attn_q", WIDTH, WIDTH)
        matrix(f"{at}.attn_k", WIDTH * KV_HEADS // HEADS, WIDTH)
        matrix(f"{at}.attn_v", WIDTH * KV_HEADS // HEADS, WIDTH)
        matrix(f"{at}.attn_output", WIDTH, WIDTH)
        matrix(f"{at}.ffn_gate", INNER, WIDTH)
        matrix(f"{at}.ffn_up", INNER, WIDTH)
        matrix(f"{at}.ffn_down", WIDTH, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
