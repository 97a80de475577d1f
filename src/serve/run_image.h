#pragma once
// One image through decoding, network and text, on a worker's thread.

#include <memory>
#include <vector>

#include "edge/runtime/predictor.h"
#include "serve/flight.h"

namespace paucal::serve {

// A worker's predictors, one a loaded model. One thread.
class Predictors {
 public:
  explicit Predictors(int threads) : threads_(threads) {}
  Result<edge::Predictor*> of(const std::shared_ptr<const Loaded>& loaded);
  void let_go();  // of models that were dropped

 private:
  struct Made {
    std::shared_ptr<const Loaded> loaded;
    std::unique_ptr<edge::Predictor> predictor;
  };
  int threads_;
  std::vector<Made> made_;
};

// The image, or why a client's input is none. A decoded one is borrowed.
Answer<const edge::Image*> decoded(const Input& input, const edge::ModelCard& card,
                                   edge::Image& memory);

Answer<edge::Prediction> predict(edge::Predictor& predictor, const edge::Image& image);

// "NG", "OK", or the class.
std::string verdict_of(const edge::ModelCard& card, const edge::Prediction& prediction);

// Fills flight.images[image] or flight.wrong[image]. Never throws.
void run_image(Flight& flight, std::size_t image, Predictors& predictors);

}  // namespace paucal::serve
