"""Impactmakelaar: regions buy from enterprises that do good."""
