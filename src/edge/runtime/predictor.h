#pragma once
// A model file and images: verdict, boxes, heat.

#include <filesystem>
#include <memory>

#include "edge/post/interpret.h"
#include "edge/runtime/session.h"

namespace paucal::edge {

class Predictor {
 public:
  // Fails where the model's card is damaged, or its fields and its graph contradict each other
  // (check_model.h).
  static Result<std::unique_ptr<Predictor>> make(std::shared_ptr<const Model> model,
                                                 SessionOptions options = {});
  static Result<std::unique_ptr<Predictor>> open(const std::filesystem::path& path,
                                                 SessionOptions options = {});

  const ModelCard& card() const { return card_; }
  // From here on, see choose_tiles() of edge/post/tiles.h.
  std::optional<Failure> choose_tiles(std::optional<int> side, std::optional<int> overlap);
  Session& session() { return session_; }

  // One caller at a time; make one predictor a thread, they share the model. Fails where the
  // network says anything that is not finite.
  Result<Prediction> predict(const Image& image);
  Result<RawPrediction> predict_raw(const Fitted& fitted);
  // The network alone.
  Result<NetworkOutput> run(const Planes& canvas);

 private:
  Predictor(ModelCard card, std::shared_ptr<const Model> model, SessionOptions options)
      : card_(std::move(card)), session_(std::move(model), options) {}

  ModelCard card_;
  Session session_;
  std::vector<float> input_;  // the canvas in the model's layout
};

}  // namespace paucal::edge
