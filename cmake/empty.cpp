// A layer without sources yet still needs a translation unit.
