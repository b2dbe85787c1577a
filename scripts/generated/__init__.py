"""The pages and pictures of the documentation that are made from what the program itself reads."""
