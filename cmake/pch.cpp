// Anchors the precompiled header that all targets of the torch side share.
