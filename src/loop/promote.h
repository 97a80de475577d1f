#pragma once
// A model file into the folder of `paucal-edge serve --models DIR`.

#include <filesystem>
#include <string>

namespace paucal::loop {

struct Placed {
  int version = 0;
  std::filesystem::path file = {},
                        golden = {};  // golden: empty where there is none beside the model
  std::string sha256 = {};            // of the file
};

// DIR/NAME/VERSION.paucal, with the number after the highest one there, and VERSION.golden/ where
// MODEL.golden/ lies beside MODEL.paucal: first the images, then the file under its name, so that a
// server that watches sees both or neither. The file is opened, and asked of its golden images,
// before. Two that place at once get two numbers. Throws Error.
Placed place_model(const std::filesystem::path& model, const std::filesystem::path& models,
                   const std::string& name);

// The newest version of a model in the folder; empty where there is none.
std::filesystem::path newest_model(const std::filesystem::path& models, const std::string& name);

}  // namespace paucal::loop
