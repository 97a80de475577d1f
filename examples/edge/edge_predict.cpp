// edge_predict_cpp MODEL IMAGE: verdict, probability and boxes; 0 where the image is OK, 1 where
// NG.
#include <fstream>
#include <iostream>
#include <iterator>
#include <paucal_edge.hpp>

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("edge_predict_cpp MODEL IMAGE");
  std::ifstream file(argv[2], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const paucal_edge::model model(argv[1]);
  const auto pixels = paucal_edge::decode(model, bytes);  // read as in training
  paucal_edge::predictor predictor(model);
  const auto result = predictor.predict(pixels.view());
  std::cout << (result.ng() ? "NG" : "OK") << ", probability of NG " << result.probability()
            << '\n';
  for (const auto& box : result.boxes())
    std::cout << box.x0 << ' ' << box.y0 << ' ' << box.x1 << ' ' << box.y1 << '\n';
  return result.ng();
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 2;
}
