"""SIPFLOW: draw SIP call flows and run them as real calls between real user agents."""

__version__ = "0.1.0"
