#pragma once
// A model file and images: verdict, boxes, heat.

#include <filesystem>
#include <list>
#include <memory>
#include <vector>

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
  // From here on, see choose_tiles() of edge/post/tiles.h. Another side is looked at in full: it
  // has no bound.
  std::optional<Failure> choose_tiles(std::optional<int> side, std::optional<int> overlap);
  // Whether a smaller copy may tell which tiles are looked at (edge/post/coarse.h), as the card
  // says.
  void look_coarsely(bool allowed) { card_.input.coarse = allowed ? Coarse::kAuto : Coarse::kOff; }
  Session& session() { return session_; }

  // One caller at a time; make one predictor a thread, they share the model. Fails where the
  // network says anything that is not finite.
  Result<Prediction> predict(const Image& image);
  Result<RawPrediction> predict_raw(const Fitted& fitted);
  // The network alone.
  Result<NetworkOutput> run(const Planes& canvas);

 private:
  // A session with what else a run needs.
  struct Lane {
    Lane(std::shared_ptr<const Model> model, SessionOptions options)
        : session(std::move(model), options) {}
    Session session;
    std::vector<float> input;  // the canvas in the model's layout
  };
  Predictor(ModelCard card, std::shared_ptr<const Model> model, SessionOptions options)
      : card_(std::move(card)), options_(options), session_(std::move(model), options) {}

  Result<NetworkOutput> run_in(Session& session, std::vector<float>& input, const Planes& canvas);
  void hire_crew();

  ModelCard card_;
  SessionOptions options_;
  Session session_;           // the threads share each node of the graph
  std::vector<float> input_;  // the canvas in the model's layout
  // Images in tiles: a thread looks at a tile alone.
  std::unique_ptr<Pool> pool_;
  std::list<Lane> lanes_;
  std::vector<Network> networks_;
};

}  // namespace paucal::edge
