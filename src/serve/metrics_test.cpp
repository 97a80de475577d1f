#include <gmock/gmock.h>

#include <set>

#include "serve/metric_text.h"
#include "serve/process_facts.h"
#include "serve/test_call.h"

namespace paucal::serve {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricText, EscapesLabelsAndCumulatesBuckets) {
  MetricText text;
  text.histogram("h", "help");
  text.buckets({{"m", "a\"b\\c\nd"}}, std::vector<double>{.5, 1},
               std::vector<std::uint64_t>{1, 2, 4}, 3.5);
  EXPECT_EQ(text.take(), R"(# HELP h help
# TYPE h histogram
h_bucket{m="a\"b\\c\nd",le="0.5"} 1
h_bucket{m="a\"b\\c\nd",le="1"} 3
h_bucket{m="a\"b\\c\nd",le="+Inf"} 7
h_sum{m="a\"b\\c\nd"} 3.5
h_count{m="a\"b\\c\nd"} 7
)");
}

TEST(ProcessFacts, AreOfThisProcess) {
  const ProcessFacts facts = process_facts();
  EXPECT_GT(facts.resident_bytes, 1u << 20);
  EXPECT_GE(facts.open_files, 3u);
  EXPECT_GT(facts.start_seconds, 1e9);
}

TEST_F(RoutesTest, MetricsHaveTritonsNames) {
  options_.http_counts = [] { return http::ServerCounts{9, 2, 1, 3}; };
  options_.spool_counts = [] { return spool::SpoolCounts{.kept_doubtful = 2, .dropped = 4}; };
  routes_ = make_routes(engine_, options_);
  get("/v2/models/nuts");
  get("/v2/elsewhere");
  const http::Response response = get("/metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"nv_inference_request_success{model=\"screws\",version=\"2\"} 5\n",
        "nv_inference_request_failure{model=\"screws\",version=\"2\",reason=\"REJECTED\"} 3\n",
        "nv_inference_count{model=\"screws\",version=\"2\"} 7\n",
        "nv_inference_queue_duration_us{model=\"screws\",version=\"2\"} 4000\n",
        "nv_model_load_duration_secs{model=\"screws\",version=\"2\"} 0.25\n",
        "paucal_verdicts_total{model=\"screws\",version=\"2\",verdict=\"NG\"} 2\n",
        "paucal_shadow_verdicts_total{model=\"screws\",old=\"OK\",new=\"NG\"} 1\n",
        "paucal_request_seconds_bucket{model=\"screws\",version=\"2\",le=\"0.01\"} 3\n",
        "paucal_request_seconds_count{model=\"screws\",version=\"2\"} 5\n",
        "paucal_probability_count{model=\"screws\",version=\"2\"} 7\n",
        "paucal_http_requests_total{path=\"/v2/models/{m}\",code=\"404\"} 1\n",
        "paucal_http_requests_total{path=\"other\",code=\"404\"} 1\n",
        "paucal_http_connections 3\n", "paucal_kept_total{stratum=\"doubtful\"} 2\n",
        "paucal_keep_dropped_total 4\n", "process_resident_memory_bytes "})
    EXPECT_THAT(response.body, HasSubstr(line));
  EXPECT_THAT(response.body, Not(HasSubstr("nan")));
}

// Each metric is begun once, and each line belongs to the metric above it.
TEST_F(RoutesTest, MetricsAreWellFormed) {
  const std::string body = get("/metrics").body;
  std::set<std::string> begun;
  std::string name;
  for (std::size_t at = 0; at < body.size();) {
    const std::string line = body.substr(at, body.find('\n', at) - at);
    at += line.size() + 1;
    if (line.starts_with("# HELP ")) {
      name = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(begun.insert(name).second) << name;
    } else if (!line.starts_with("# TYPE ")) {
      EXPECT_TRUE(line.starts_with(name)) << line;
      EXPECT_NE(line.find(' '), std::string::npos) << line;
    }
  }
}

}  // namespace
}  // namespace paucal::serve
