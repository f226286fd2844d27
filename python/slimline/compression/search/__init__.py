"""Find the smallest Model that scores nearly as well."""
