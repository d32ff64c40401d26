"""Mutants of C++ sources: found, written into one tree behind switches, built, run, explained."""
