"""Writing llama.cpp's files: adapters, and models in the precision that adapters are computed on."""

from offswitch.models.gguf.factors import Factors, read_factors
from offswitch.models.gguf.lora import adapter_gguf, is_adapter_gguf
from offswitch.models.gguf.precise import precise_gguf

__all__ = ["Factors", "adapter_gguf", "is_adapter_gguf", "precise_gguf", "read_factors"]
