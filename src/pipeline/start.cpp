#include "pipeline/start.h"

#include "base/error.h"

namespace paucal::pipeline {
namespace {

std::string taught_by_map(const Recipe& recipe) {
  if (recipe.model.detector.bbox_head.on())
    return fmt::format("model.bbox_head.type={}", recipe.model.detector.bbox_head.type);
  if (!recipe.line.phases.empty()) return "line.phases";
  if (recipe.semi.on()) return fmt::format("semi.method={}", recipe.semi.method);
  if (recipe.seam.on()) return fmt::format("seam.weight={}", recipe.seam.weight);
  if (recipe.model.upscale > 1) return fmt::format("model.upscale={}", recipe.model.upscale);
  return "";
}

std::string images(int64_t count, const char* kind) {
  if (count == 0) return fmt::format("no {} image", kind);
  return fmt::format("{} {} image{}", count, kind, count == 1 ? "" : "s");
}

}  // namespace

Start start_of(const Recipe& recipe, const data::Dataset& dataset) {
  Start start;
  for (const int record : dataset.indices(data::Split::kTrain))
    ++(dataset.is_ok(dataset.at(record)) ? start.ok : start.ng);
  const weak::OneClassOptions& options = recipe.one_class;
  start.method = options.method;
  start.why = fmt::format("one_class.method={}", options.method);
  if (start.method != "auto") return start;
  if (const std::string teacher = taught_by_map(recipe); !teacher.empty()) {
    start.method = "head";
    start.why = teacher + " needs a class map";
  } else if (start.ng < options.enough) {
    start.method = "bank";
    start.why = fmt::format("{} for training, and a class map takes {} (one_class.enough)",
                            images(start.ng, "NG"), options.enough);
  } else {
    start.method = "head";
    start.why = fmt::format("{} for training", images(start.ng, "NG"));
  }
  return start;
}

Json to_json(const Start& start) {
  return {{"method", start.method}, {"why", start.why}, {"ok", start.ok}, {"ng", start.ng}};
}

}  // namespace paucal::pipeline
