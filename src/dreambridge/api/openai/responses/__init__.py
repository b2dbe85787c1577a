"""`/v1/responses` with the image_generation tool: a conversation in, one picture out."""
