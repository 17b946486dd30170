"""A synthetic livestream-commerce company (直播电商) that writes the platforms' own exports, with known truth.

Everything is a pure function of the world's parameters: no clock, no time zone, no environment.
"""
