"""What must hold of every policy and every archive."""
