"""What `sipflow up` serves: the API, the live events and the editor."""
