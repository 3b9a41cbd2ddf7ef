"""Explorers: something to move. One folder each, explorer.py beside explorer.js."""
