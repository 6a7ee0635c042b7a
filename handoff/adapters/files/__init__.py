"""Files of strangers: telling their type by their bytes, and making pictures anew from their pixels."""
