#include "loop/audit_sample.h"

#include "base/error.h"
#include "edge/pre/decode.h"
#include "edge/runtime/predictor.h"
#include "review/image_files.h"

namespace paucal::loop {

AuditSample audit_sample(review::Database& database) {
  AuditSample sample;
  for (auto rows = database.query(
           "SELECT loop_image.image_id, name, loop_image.part, stratum, folder, path, pi * audit, "
           "coalesce(status, 'open'), verdict FROM loop_image JOIN image ON image.id = "
           "loop_image.image_id JOIN root ON root.id = root_id LEFT JOIN image_state ON "
           "image_state.image_id = image.id WHERE audit > 0 ORDER BY loop_image.image_id");
       rows.step();) {
    const std::string status = rows.text(7);
    if (status == "open")
      ++sample.open;
    else if (status != "done" || rows.is_null(8))
      ++sample.unclear;
    else
      sample.judged.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3),
                               rows.text(4), rows.text(5), rows.real(6), rows.text(8) == "NG"});
  }
  return sample;
}

std::vector<Said> ask_model(const std::filesystem::path& model,
                            const std::vector<AuditImage>& images) {
  const auto predictor = value_or_throw(edge::Predictor::open(model));
  if (predictor->card().task != edge::Task::kInspection)
    fail("challenge", "'{}': another task, expected an inspection", model.string());
  std::vector<Said> all;
  for (const AuditImage& image : images) {
    const auto bytes = value_or_throw(review::read_beneath({image.root, image.path}));
    const auto pixels = edge::decode_image(bytes, predictor->card().decoding());
    if (!pixels.ok()) fail("challenge", "'{}': {}", image.path, pixels.failure().message);
    const edge::Prediction prediction = value_or_throw(predictor->predict(*pixels));
    all.push_back({prediction.probability, prediction.ng});
  }
  return all;
}

}  // namespace paucal::loop
