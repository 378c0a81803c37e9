"""Machinery: the order of a month, money, statistics, experiments, outputs."""
