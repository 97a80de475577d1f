#include "serve/model_json.h"

#include "serve/output_table.h"

namespace paucal::serve {
namespace {

constexpr const char* kPlatform = "paucal_graph";

// As Triton's configuration names them.
const char* config_type(std::string_view datatype) {
  if (datatype == "BOOL") return "TYPE_BOOL";
  if (datatype == "FP32") return "TYPE_FP32";
  if (datatype == "INT32") return "TYPE_INT32";
  return "TYPE_STRING";
}

Json sum_json(const DurationSum& sum) {
  return {{"count", sum.count}, {"ns", sum.ns}};
}

Json model_statistics_json(const ModelStatistics& of) {
  const Json none = sum_json({});
  return {{"name", of.name},
          {"version", std::to_string(of.version)},
          {"last_inference", of.last_inference_ms},
          {"inference_count", of.inference_count},
          {"execution_count", of.execution_count},
          {"inference_stats",
           {{"success", sum_json(of.success)},
            {"fail", sum_json(of.fail)},
            {"queue", sum_json(of.queue)},
            {"compute_input", sum_json(of.compute_input)},
            {"compute_infer", sum_json(of.compute_infer)},
            {"compute_output", sum_json(of.compute_output)},
            {"cache_hit", none},
            {"cache_miss", none}}},
          {"batch_stats", Json::array()},
          {"response_stats", Json::object()},
          {"memory_usage", Json::array()}};
}

}  // namespace

Json metadata_json(const ServedModel& model, const std::vector<int>& versions) {
  Json json = {{"name", model.name}, {"versions", Json::array()}, {"platform", kPlatform}};
  for (const int version : versions) json["versions"].push_back(std::to_string(version));
  json["inputs"] = {{{"name", kInputName}, {"datatype", "BYTES"}, {"shape", {-1}}}};
  json["outputs"] = Json::array();
  for (const OutputRow* row : outputs_of(model.card))
    json["outputs"].push_back(
        {{"name", row->name}, {"datatype", row->datatype}, {"shape", shape_of(*row, model.card)}});
  return json;
}

Json config_json(const ServedModel& model, int max_batch) {
  Json json = {{"name", model.name},
               {"platform", kPlatform},
               {"backend", "paucal"},
               {"max_batch_size", max_batch},
               {"dynamic_batching", Json::object()}};
  json["input"] = Json::array({{{"name", kInputName},
                                {"data_type", "TYPE_STRING"},
                                {"dims", Json::array()},
                                {"optional", false}}});
  json["output"] = Json::array();
  for (const OutputRow* row : outputs_of(model.card)) {
    std::vector<std::int64_t> dims = shape_of(*row, model.card);
    dims.erase(dims.begin());  // that of the batch, which max_batch_size stands for
    json["output"].push_back(
        {{"name", row->name}, {"data_type", config_type(row->datatype)}, {"dims", dims}});
  }
  return json;
}

Json statistics_json(const std::vector<ModelStatistics>& statistics) {
  Json json = {{"model_stats", Json::array()}};
  for (const ModelStatistics& of : statistics)
    json["model_stats"].push_back(model_statistics_json(of));
  return json;
}

Json index_json(const std::vector<ModelState>& states, bool ready_alone) {
  Json json = Json::array();
  for (const ModelState& state : states)
    if (!ready_alone || state.state == "READY")
      json.push_back({{"name", state.name},
                      {"version", std::to_string(state.version)},
                      {"state", state.state},
                      {"reason", state.reason}});
  return json;
}

}  // namespace paucal::serve
