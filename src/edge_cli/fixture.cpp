// edge_fixture FOLDER: writes model.paucal, the model of the edge's tests, and images for it:
// spot.png (NG), clean.jpg (OK), and broken.png, which is none.

#include <cstdio>

#include "base/error.h"
#include "edge/api/test_model.h"
#include "edge/pre/encode.h"

int main(int argc, char** argv) {
  using namespace paucal;
  if (argc != 2) return std::fputs("edge_fixture FOLDER\n", stderr), 2;
  const std::filesystem::path folder = argv[1];
  write_file_atomic(folder / "images/clean.jpg",
                    value_or_throw(edge::encode_jpeg(edge::Image(32, 24, 1))));
  write_file_atomic(folder / "images/spot.png",
                    value_or_throw(edge::encode_png(edge::bright_spot_image())));
  write_file_atomic(folder / "images/broken.png", Bytes{0x89, 'P', 'N', 'G'});
  write_file_atomic(folder / "model.paucal", edge::write_model(edge::bright_spot_model()));
}
