// Posts files to a server over many connections, each of which waits for its answer, and prints one
// JSON line: rates, statuses, and how long answers took (from sending, in ms).
//   bench_serve http://127.0.0.1:8000/v2/models/screws/predict --connections 8 --seconds 10 a.jpg …
//   --rate 50: so many requests a second over all connections; 0: each as soon as the last is
//   answered.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "http/server/client.h"

namespace {

using namespace paucal;
using Clock = std::chrono::steady_clock;

struct LoadOptions {
  std::string url;
  std::vector<std::string> files;
  int connections = 8;
  double seconds = 10, warm_up = 1, rate = 0;
  std::string authorization;
};

struct Tally {
  std::vector<double> ok_ms;  // of 200 alone
  std::size_t busy = 0;       // 503
  std::size_t others = 0, failed = 0;
  std::string failure;  // the last one

  void add(const Tally& other) {
    ok_ms.insert(ok_ms.end(), other.ok_ms.begin(), other.ok_ms.end());
    busy += other.busy;
    others += other.others;
    failed += other.failed;
    if (!other.failure.empty()) failure = other.failure;
  }
};

double ms_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

// What one connection does. Its requests are spread evenly between those of the others.
Tally drive(const LoadOptions& o, const http::Url& url, const std::vector<std::string>& bodies,
            int number, Clock::time_point begin) {
  http::Client client(url);
  std::vector<http::Field> fields;
  if (!o.authorization.empty()) fields.push_back({"Authorization", o.authorization});
  const auto after = [&](double seconds) {
    return begin +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  };
  const double period = o.rate > 0 ? o.connections / o.rate : 0;
  Tally tally;
  for (std::size_t i = 0;; ++i) {
    if (period > 0)
      std::this_thread::sleep_until(
          after(period * (static_cast<double>(i) + number * 1.0 / o.connections)));
    const auto sent = Clock::now();
    if (sent >= after(o.warm_up + o.seconds)) return tally;
    const std::string& body = bodies[(i + static_cast<std::size_t>(number)) % bodies.size()];
    const auto reply = client.send("POST", url.target, fields, body);
    if (sent < after(o.warm_up)) continue;
    if (!reply) {
      ++tally.failed;
      tally.failure = reply.failure().message;
    } else if (reply->status == 200) {
      tally.ok_ms.push_back(ms_between(sent, Clock::now()));
    } else {
      ++(reply->status == 503 ? tally.busy : tally.others);
    }
  }
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

Json measure(const LoadOptions& o) {
  const http::Url url = value_or_throw(http::parse_url(o.url));
  std::vector<std::string> bodies;
  for (const std::string& file : o.files) {
    const auto bytes = value_or_throw(read_file(file));
    bodies.emplace_back(bytes.begin(), bytes.end());
  }
  const auto begin = Clock::now();
  std::vector<Tally> tallies(static_cast<std::size_t>(o.connections));
  std::vector<std::thread> threads;
  for (int i = 0; i < o.connections; ++i)
    threads.emplace_back(
        [&, i] { tallies[static_cast<std::size_t>(i)] = drive(o, url, bodies, i, begin); });
  for (std::thread& thread : threads) thread.join();
  Tally all;
  for (const Tally& tally : tallies) all.add(tally);
  std::ranges::sort(all.ok_ms);
  const double sum = std::accumulate(all.ok_ms.begin(), all.ok_ms.end(), 0.);
  Json json = {{"connections", o.connections},
               {"rate", o.rate},
               {"seconds", o.seconds},
               {"ok", all.ok_ms.size()},
               {"busy", all.busy},
               {"others", all.others},
               {"failed", all.failed},
               {"ok_per_second", static_cast<double>(all.ok_ms.size()) / o.seconds},
               {"mean_ms", sum / static_cast<double>(std::max<std::size_t>(1, all.ok_ms.size()))},
               {"p50_ms", percentile(all.ok_ms, .5)},
               {"p99_ms", percentile(all.ok_ms, .99)},
               {"p999_ms", percentile(all.ok_ms, .999)}};
  if (!all.failure.empty()) json["failure"] = all.failure;
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Loads a server with posted files");
  LoadOptions o;
  app.add_option("url", o.url, "http://127.0.0.1:8000/v2/models/NAME/predict")->required();
  app.add_option("files", o.files, "bodies, in turn")->required();
  app.add_option("--connections", o.connections)->check(CLI::Range(1, 10'000));
  app.add_option("--seconds", o.seconds)->check(CLI::Range(0.1, 86'400.0));
  app.add_option("--warm-up", o.warm_up, "seconds that don't count")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--rate", o.rate, "requests a second over all; 0: no limit")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--authorization", o.authorization, "value of that header");
  CLI11_PARSE(app, argc, argv);
  try {
    std::puts(measure(o).dump().c_str());
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
