"""The layers: embeddings, encoders, decoders, and the model they make. Constructors take plain numbers and built modules."""
