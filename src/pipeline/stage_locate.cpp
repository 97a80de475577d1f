// locate: scores, heat maps and boxes of every image.

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "base/json_text.h"
#include "edge/post/overlay.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "judge/overlay.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

void execute_locate(RunState& run) {
  const judge::TrainedModel model = judge::load_model(run.folder);
  const auto& records = run.dataset.records;
  Progress progress("locate", static_cast<int64_t>(records.size()));
  std::string lines;
  for (size_t i = 0; i < records.size(); ++i) {
    const auto& record = records[i];
    const judge::Prediction prediction =
        interpret(model, judge::predict_fitted(model, *run.cache->get(static_cast<int>(i))));
    Json line = {{"path", record.path},
                 {"class", record.class_name},
                 {"split", data::split_name(record.split)},
                 {"score", prediction.score}};
    if (model.task == judge::Task::kClassification)
      line["called"] = model.classes[static_cast<size_t>(prediction.label)];
    const Json details = to_json(model, prediction);
    for (const auto& [key, value] : details.items())
      if (key != "class") line[key] = value;
    lines += dump_json(line) + "\n";
    if (record.split == data::Split::kTest) {
      const edge::Image image =
          value_or_throw(edge::read_image(run.dataset.file(record), model.decoding(3)));
      write_file_atomic(run.folder / "overlays" / (record.path + ".jpg"),
                        edge::encode_jpeg(judge::draw_prediction(image, prediction), 88));
    }
    progress.advance();
  }
  write_text_atomic(run.folder / "predictions.jsonl", lines);
}

}  // namespace paucal::pipeline
