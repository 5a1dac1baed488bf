"""What the outside tests, the bench and the demo share: databases, servers, browser."""
