// GET /metrics: Triton's names where a figure is one of Triton's (core, src/metrics.cc), our own
// for the rest.

#include "serve/call.h"
#include "serve/metric_text.h"
#include "serve/process_facts.h"
#include "serve/route_table.h"

namespace paucal::serve {
namespace {

using Statistics = std::vector<ModelStatistics>;

// One value a model version.
template <class Value>
void each_model(MetricText& text, const Statistics& all, Value value) {
  for (const ModelStatistics& of : all)
    text.value({{"model", of.name}, {"version", std::to_string(of.version)}}, value(of));
}

void add_failures(MetricText& text, const Statistics& all) {
  text.counter("nv_inference_request_failure", "requests without an answer");
  for (const ModelStatistics& of : all) {
    const std::string version = std::to_string(of.version);
    const std::pair<std::string_view, std::uint64_t> reasons[] = {{"REJECTED", of.rejected},
                                                                  {"CANCELED", of.cancelled},
                                                                  {"BACKEND", of.failed},
                                                                  {"OTHER", 0}};
    for (const auto& [reason, count] : reasons)
      text.value({{"model", of.name}, {"version", version}, {"reason", reason}}, count);
  }
}

void add_triton(MetricText& text, const Statistics& all) {
  text.counter("nv_inference_request_success", "requests with an answer");
  each_model(text, all, [](auto& of) { return of.success.count; });
  add_failures(text, all);
  text.counter("nv_inference_count", "images that went through the model");
  each_model(text, all, [](auto& of) { return of.inference_count; });
  text.counter("nv_inference_exec_count", "runs of the network");
  each_model(text, all, [](auto& of) { return of.execution_count; });
  const auto durations = [&](const char* name, const char* help,
                             DurationSum ModelStatistics::*sum) {
    text.counter(name, help);
    each_model(text, all, [&](auto& of) { return (of.*sum).ns / 1000; });
  };
  durations("nv_inference_request_duration_us", "requests from arrival to answer",
            &ModelStatistics::success);
  durations("nv_inference_queue_duration_us", "waiting", &ModelStatistics::queue);
  durations("nv_inference_compute_input_duration_us", "decoding", &ModelStatistics::compute_input);
  durations("nv_inference_compute_infer_duration_us", "the network",
            &ModelStatistics::compute_infer);
  durations("nv_inference_compute_output_duration_us", "writing results",
            &ModelStatistics::compute_output);
  text.gauge("nv_inference_pending_request_count", "requests that wait or run");
  each_model(text, all, [](auto& of) { return of.pending; });
}

void add_models(MetricText& text, const Engine& engine, const Statistics& all) {
  std::vector<std::shared_ptr<const ServedModel>> loaded;
  for (const ModelStatistics& of : all) {
    auto model = engine.model(of.name, of.version);
    if (auto* served = std::get_if<std::shared_ptr<const ServedModel>>(&model))
      loaded.push_back(std::move(*served));
  }
  text.gauge("nv_model_load_duration_secs", "reading and checking the model");
  for (const auto& model : loaded)
    text.value({{"model", model->name}, {"version", std::to_string(model->version)}},
               model->load_seconds);
  text.gauge("paucal_model_info", "loaded models by the digest of their files");
  for (const auto& model : loaded)
    text.value({{"model", model->name},
                {"version", std::to_string(model->version)},
                {"sha256", model->sha256}},
               std::uint64_t{1});
}

void add_verdicts(MetricText& text, const Statistics& all) {
  text.counter("paucal_verdicts_total", "images by verdict");
  for (const ModelStatistics& of : all) {
    const std::string version = std::to_string(of.version);
    text.value({{"model", of.name}, {"version", version}, {"verdict", "NG"}}, of.ng);
    text.value({{"model", of.name}, {"version", version}, {"verdict", "OK"}}, of.ok);
  }
  text.counter("paucal_shadow_verdicts_total", "verdicts that differ from a shadow's");
  for (const ModelStatistics& of : all)
    for (const auto& [pair, count] : of.shadow) {
      constexpr std::string_view kArrow = "→";
      const std::size_t arrow = std::min(pair.find(kArrow), pair.size());
      const std::string_view both = pair;
      text.value({{"model", of.name},
                  {"old", both.substr(0, arrow)},
                  {"new", both.substr(std::min(arrow + kArrow.size(), both.size()))}},
                 count);
    }
}

void add_histograms(MetricText& text, const Statistics& all) {
  constexpr double kTenths[] = {.1, .2, .3, .4, .5, .6, .7, .8, .9};
  text.histogram("paucal_request_seconds", "requests from arrival to answer");
  for (const ModelStatistics& of : all)
    text.buckets({{"model", of.name}, {"version", std::to_string(of.version)}}, kRequestSeconds,
                 of.request_seconds_buckets, static_cast<double>(of.success.ns) * 1e-9);
  text.histogram("paucal_probability", "images by probability: of NG, or of the class");
  for (const ModelStatistics& of : all)
    text.buckets({{"model", of.name}, {"version", std::to_string(of.version)}}, kTenths,
                 of.probability_buckets);
}

void add_http(MetricText& text, const RoutesOptions& options) {
  text.counter("paucal_http_requests_total", "answers by path and status");
  for (std::size_t route = 0; route < RequestCounts::kRoutes; ++route)
    for (std::size_t status = 0; status < std::size(RequestCounts::kStatuses); ++status) {
      const std::uint64_t count = options.counts->of(route, status);
      if (count == 0) continue;
      const int code = RequestCounts::kStatuses[status];
      const std::string path =
          route < routes().size() ? fmt::format("/{}", routes()[route].pattern) : "other";
      text.value({{"path", path}, {"code", code == 0 ? "other" : std::to_string(code)}}, count);
    }
  if (!options.http_counts) return;
  const http::ServerCounts counts = options.http_counts();
  text.gauge("paucal_http_connections", "open connections");
  text.value({}, static_cast<double>(counts.connections));
  text.counter("paucal_http_refused_connections_total", "connections beyond the limits");
  text.value({}, counts.refused_connections);
  text.counter("paucal_http_bad_requests_total", "requests that are no HTTP");
  text.value({}, counts.bad_requests);
}

void add_spool(MetricText& text, const spool::SpoolCounts& counts) {
  text.counter("paucal_kept_total", "images kept for review");
  text.value({{"stratum", "ng"}}, counts.kept_ng);
  text.value({{"stratum", "doubtful"}}, counts.kept_doubtful);
  text.value({{"stratum", "ok"}}, counts.kept_ok);
  text.counter("paucal_keep_dropped_total", "images that could not be kept");
  text.value({}, counts.dropped);
}

void add_process(MetricText& text) {
  const ProcessFacts facts = process_facts();
  text.counter("process_cpu_seconds_total", "user and system time");
  text.value({}, facts.cpu_seconds);
  text.gauge("process_start_time_seconds", "since 1970");
  text.value({}, facts.start_seconds);
  text.gauge("process_resident_memory_bytes", "memory held");
  text.value({}, facts.resident_bytes);
  text.gauge("process_open_fds", "open files");
  text.value({}, facts.open_files);
}

}  // namespace

void answer_metrics(Call call) {
  MetricText text;
  const Statistics all = call.engine.statistics();
  add_triton(text, all);
  add_models(text, call.engine, all);
  add_verdicts(text, all);
  add_histograms(text, all);
  add_http(text, call.options);
  if (call.options.spool_counts) add_spool(text, call.options.spool_counts());
  add_process(text);
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = text.take();
  call.reply(std::move(response));
}

}  // namespace paucal::serve
