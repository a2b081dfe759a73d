"""The webhook receiver: believes, keeps and acknowledges deliveries, and makes what they name due."""
