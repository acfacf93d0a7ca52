"""The scenario: document, graph, findings, the node API and the repository."""
