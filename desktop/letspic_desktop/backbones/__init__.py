"""Frozen feature extractors: package weights turned into .tflite files, and .tflite files that a person adds."""
