"""What runs inside a learner's sandbox. Nothing here may import the platform."""
