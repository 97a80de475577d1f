// GET of models: list, metadata, readiness, configuration, statistics.

#include "base/json_text.h"
#include "serve/call.h"
#include "serve/model_json.h"

namespace paucal::serve {
namespace {

// The model of the path; null: the reply has gone out.
std::shared_ptr<const ServedModel> served_model(const Call& call) {
  auto model = call.engine.model(call.model, call.version);
  if (const auto* refused = std::get_if<Refused>(&model)) {
    call.reply(*refused);
    return nullptr;
  }
  return std::get<std::shared_ptr<const ServedModel>>(std::move(model));
}

}  // namespace

void answer_models(Call call) {
  call.reply(json_response(200, dump_json({{"models", call.engine.names()}})));
}

void answer_metadata(Call call) {
  if (const auto model = served_model(call))
    call.reply(json_response(
        200, dump_json(metadata_json(*model, call.engine.loaded_versions(model->name)))));
}

void answer_model_ready(Call call) {
  const auto model = call.engine.model(call.model, call.version);
  Json json = {{"name", call.model}};
  if (const auto* refused = std::get_if<Refused>(&model)) {
    json["ready"] = false;
    json["error"] = refused->message;
    return call.reply(json_response(status_of(refused->why), dump_json(json)));
  }
  const auto& served = *std::get<std::shared_ptr<const ServedModel>>(model);
  json["version"] = std::to_string(served.version);
  json["ready"] = true;
  call.reply(json_response(200, dump_json(json)));
}

void answer_config(Call call) {
  if (const auto model = served_model(call))
    call.reply(json_response(200, dump_json(config_json(*model, call.engine.max_batch()))));
}

// Of one model, or of all where the path names none.
void answer_statistics(Call call) {
  std::vector<ModelStatistics> statistics = call.engine.statistics();
  if (!call.model.empty()) {
    if (!served_model(call)) return;
    std::erase_if(statistics, [&](const ModelStatistics& of) {
      return of.name != call.model || (call.version && of.version != *call.version);
    });
  }
  call.reply(json_response(200, dump_json(statistics_json(statistics))));
}

}  // namespace paucal::serve
