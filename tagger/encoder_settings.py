"""What reads the words in their order: the part of a recipe between embeddings and decoders."""

from typing import Literal

from pydantic import Field, model_validator

from tagger.corpus_settings import Settings
from tagger.training_settings import Positive, Share


class EncoderSettings(Settings):
    """What reads the words in their order: (bi)LSTMs, (bi)GRUs, or nothing."""

    kind: Literal["lstm", "gru", "none"] = Field(
        "lstm", description="`gru` has a quarter fewer weights; `none` leaves the words' vectors as they are."
    )
    hidden: Positive = Field(256, description="The size of the state in each direction.")
    layers: Positive = Field(1, description="The number of layers.")
    bidirectional: bool = Field(True, description="Whether each layer reads each sentence backwards, too.")
    connection: Literal["none", "residual", "highway"] = Field(
        "none", description="What goes round each layer but the first: nothing, its input, or a gated share of its input."
    )
    layer_dropout: Share = Field(0.0, description="The share dropped between layers; needs at least two.")
    layer_dropout_kind: Literal["plain", "locked"] = Field(
        "plain", description="`locked` drops the same dimensions between layers for a whole sentence."
    )
    initial_state: Literal["zeros", "random", "learned"] = Field("zeros", description="What a layer starts a sentence from.")

    @model_validator(mode="after")
    def _layers(self) -> "EncoderSettings":
        if self.kind == "none":
            defaults = {name: field.default for name, field in EncoderSettings.model_fields.items()}
            if odd := [name for name in defaults if name != "kind" and getattr(self, name) != defaults[name]]:
                raise ValueError(f"kind: none has no layers, and so no {odd[0]}: leave it away")
        if self.layer_dropout and self.layers == 1:
            raise ValueError("layer_dropout acts between layers, but there is one layer: set layers to 2 or more, or leave it away")
        if self.connection != "none" and self.layers == 1:
            raise ValueError(
                "a connection goes round the second layer and those above, but there is one layer: set layers to 2 or more"
            )
        if self.layer_dropout_kind == "locked" and not self.layer_dropout:
            raise ValueError("nothing is dropped that layer_dropout_kind could lock: set layer_dropout, or leave it away")
        return self
