"""The stages of a job, one file each; `engine.runner` walks them."""
