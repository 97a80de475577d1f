// A review of many images: importing them, the next one, a decision, export.
//   bench_review IMAGES FOLDER      (default: 1,000,000 images)

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "review/check.h"
#include "review/export.h"
#include "review/hand_out.h"
#include "review/import_run.h"

namespace {

using namespace paucal::review;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

RunImages made_up(int count) {
  RunImages run;
  run.folder = run.root = "/nowhere";
  run.kind = "pseudo_boxes";
  run.classes = {{0, "OK", true}, {0, "NG", false}};
  run.images.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    RunImage image{.path = fmt::format("NG/{:07}.png", i),
                   .label = "NG",
                   .split = "train",
                   .width = 2048,
                   .height = 2048,
                   .verdict = "NG",
                   .probability = .9};
    image.boxes.push_back({"NG", {10.5, 20.25, 12.1, 8}, .5, .5, false, {}});
    run.images.push_back(std::move(image));
  }
  return run;
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
  const std::filesystem::path folder =
      argc > 2 ? argv[2] : std::filesystem::temp_directory_path() / "bench_review";
  std::filesystem::remove_all(folder);
  auto store = Store::create(folder);
  auto begin = Clock::now();
  import_run(*store, made_up(count));
  const double import_ms = ms_since(begin);

  store->write([](Database& db) { add_user(db, "anna", Role::kReviewer, "-"); });
  const Person anna{1, "anna", Role::kReviewer, "session"};
  std::vector<double> next_ms, act_ms;
  for (int i = 0; i < 1000; ++i) {
    begin = Clock::now();
    const auto handed = store->write([&](Database& db) {
      auto images = std::get<std::vector<int64_t>>(hand_out(db, store->moment(), anna, 1, 1, {}));
      image_json(db, images.at(0));
      return images;
    });
    next_ms.push_back(ms_since(begin));
    begin = Clock::now();
    store->write([&](Database& db) {
      return act(db, store->moment(), anna,
                 {.client_seq = i, .image = handed[0], .base_version = 0, .action = "done"});
    });
    act_ms.push_back(ms_since(begin));
  }
  begin = Clock::now();
  store.reset();
  store = Store::open(folder);
  const double open_ms = ms_since(begin);
  begin = Clock::now();
  export_review(*store, folder / "export", {});
  const double export_ms = ms_since(begin);
  begin = Clock::now();
  const bool ok = check(*store, /*rebuild=*/false).ok();
  fmt::print(
      "{{\"images\": {}, \"import_s\": {:.1f}, \"next_ms\": {{\"median\": {:.2f}, \"p95\": {:.2f}, "
      "\"max\": {:.2f}}}, \"decision_ms\": {{\"median\": {:.2f}, \"p95\": {:.2f}, \"max\": "
      "{:.2f}}}, "
      "\"open_s\": {:.1f}, \"export_s\": {:.2f}, \"check_s\": {:.1f}, \"ok\": {}, \"file_mb\": "
      "{}}}\n",
      count, import_ms / 1000, quantile(next_ms, .5), quantile(next_ms, .95), quantile(next_ms, 1),
      quantile(act_ms, .5), quantile(act_ms, .95), quantile(act_ms, 1), open_ms / 1000,
      export_ms / 1000, ms_since(begin) / 1000, ok,
      std::filesystem::file_size(folder / kDatabaseName) >> 20);
  std::filesystem::remove_all(folder);
  return ok ? 0 : 1;
}
