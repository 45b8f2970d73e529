"""What one part of the platform offers to another, until a person there says yes or no."""
