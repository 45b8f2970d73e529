"""Admission: application, committee, decision, certificates, standing."""
