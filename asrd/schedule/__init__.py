"""Which recognition pass comes next."""
