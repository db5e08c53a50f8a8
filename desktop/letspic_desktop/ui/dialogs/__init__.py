"""Windows beside the main one. All are non-modal: nothing waits inside them."""
