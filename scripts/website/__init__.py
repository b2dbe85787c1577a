"""The site of the documentation: its pages gathered for each language, and built with Zensical."""
