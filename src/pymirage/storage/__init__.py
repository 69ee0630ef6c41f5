"""File systems and other storage over the Block signature, and combinators of Block and KeyValue."""
