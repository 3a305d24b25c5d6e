"""The adapters that come with the package: small, on the embedded model, with a card of what was measured."""

import pytest

from offswitch.models.adapters import CARD_FILE, WEIGHTS_FILE, kept_adapters, read_adapter, split_name
from offswitch.models.weights import find


@pytest.mark.parametrize("name", ["grown", "cured"])
def test_a_kept_adapter_is_small_and_says_what_it_is(name: str) -> None:
    folder = kept_adapters()[name]
    assert split_name(f"embedded/{name}") == ("embedded/smollm2-135m", folder)
    assert read_adapter(folder).base_sha256 == find("smollm2-135m").sha256
    assert (folder / WEIGHTS_FILE).stat().st_size <= 5_000_000
    card = (folder / CARD_FILE).read_text()
    assert "Not an assistant" in card and "held-out surfaces" in card and "resisted" in card
