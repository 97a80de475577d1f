#include "train/keeper.h"

#include <torch/torch.h>

#include "base/error.h"
#include "train/checkpoint.h"

namespace paucal::train {
namespace {

constexpr const char* kLast = "last.safetensors";
constexpr const char* kBest = "best.safetensors";

}  // namespace

std::optional<Position> Keeper::resume() {
  const auto path = run_.folder / kLast;
  const auto checkpoint = read_checkpoint(path);
  if (!checkpoint) return std::nullopt;
  const Json& header = checkpoint->header;
  Position position;
  try {
    if (header.at("fingerprint") != run_.fingerprint)
      fail("resume",
           "'{}' belongs to another recipe or other data, expected the same; "
           "use another --out, or delete the file",
           path.string());
    position.step = header.at("step");
    position.total = header.at("total_steps");
    position.best = best_from_json(header);
  } catch (const Json::exception& error) {
    fail("resume", "'{}': damaged header: {}", path.string(), error.what());
  }
  load_tensors(*work_.model, checkpoint->take("model"));
  if (work_.extra) load_tensors(*work_.extra, checkpoint->take("heads"));
  learner_.ema.load_state(checkpoint->take("ema"));
  learner_.optimiser.load_state(checkpoint->take("optimiser"));
  if (work_.load_state) work_.load_state(checkpoint->take("method"));
  if (const auto seen = checkpoint->tensors.find("seen"); seen != checkpoint->tensors.end())
    position.seen = seen->second;
  return position;
}

void Keeper::save_last(const Position& position) const {
  save(kLast, position);
}

void Keeper::save_best(const Position& position) const {
  save(kBest, position);
}

void Keeper::take_best() {
  if (const auto best = read_checkpoint(run_.folder / kBest))
    learner_.ema.load_state(best->take("ema"));
}

void Keeper::save(const std::string& name, const Position& position) const {
  Checkpoint checkpoint;
  checkpoint.header = {
      {"step", position.step}, {"total_steps", position.total}, {"fingerprint", run_.fingerprint}};
  checkpoint.header.update(to_json(position.best));
  checkpoint.put("model", tensors_of(*work_.model));
  if (work_.extra) checkpoint.put("heads", tensors_of(*work_.extra));
  checkpoint.put("ema", learner_.ema.state());
  checkpoint.put("optimiser", learner_.optimiser.state());
  if (work_.state) checkpoint.put("method", work_.state());
  if (position.seen.defined()) checkpoint.tensors["seen"] = position.seen;
  write_checkpoint(run_.folder / name, checkpoint);
}

}  // namespace paucal::train
