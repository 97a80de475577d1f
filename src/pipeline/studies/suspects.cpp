#include "pipeline/studies/suspects.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "data/check/check.h"
#include "judge/galleries.h"
#include "pipeline/studies/suspect_labels.h"
#include "report/report_parts.h"

namespace paucal::pipeline {
namespace {

Json to_json(const data::Dataset& dataset, const LabelSuspect& suspect) {
  const data::Record& record = dataset.at(suspect.record);
  return {{"path", record.path},
          {"label", record.class_name},
          {"suggested", suspect.suggested < 0
                            ? Json()
                            : Json(dataset.classes[static_cast<size_t>(suspect.suggested)])},
          {"score", suspect.score},
          {"why", suspect.why}};
}

// Pictures that occur twice.
void add_pairs(const data::DataOptions& options, Json& suspects) {
  const data::CheckReport report = data::check_dataset(options);
  std::map<std::string, std::string> labels;
  for (const data::Record& record : report.dataset.records) labels[record.path] = record.class_name;
  constexpr std::array kinds = {"mislabelled", "split-leak", "near-duplicate", "duplicate"};
  for (const char* kind : kinds)
    for (const data::Problem* problem : data::problems_of(kind, report.dataset.problems)) {
      const std::string& label = labels[problem->path];
      suspects.push_back({{"path", problem->path},
                          {"label", label},
                          {"suggested", label},
                          {"score", kind == kinds[0] ? 0 : 1},
                          {"why", fmt::format("{}: {}", kind, problem->message)}});
    }
}

void write_page(const Judged& judged, const Json& suspects, const SuspectsOptions& options) {
  report::Gallery gallery{
      .title = "The first to look at",
      .explanation =
          "Labels that a model doubts which has not learnt from them. Some are wrong, "
          "others are rare: look at the picture before you change its label.",
      .rows = {}};
  const data::Dataset& dataset = judged.run.dataset;
  std::map<std::string, int> numbers;
  for (int i = 0; i < std::ssize(dataset.records); ++i) numbers[dataset.at(i).path] = i;
  report::Table table{.title = "All",
                      .columns = {{"image"},
                                  {"label"},
                                  {"suggested"},
                                  {"score", {}, "0: the label does not fit at all."},
                                  {"why"}},
                      .rows = {}};
  for (const Json& suspect : suspects) {
    const auto path = suspect.at("path").get<std::string>();
    table.rows.push_back({path, suspect.at("label"), suspect.at("suggested"), suspect.at("score"),
                          suspect.at("why")});
    const auto found = numbers.find(path);
    if (std::ssize(gallery.rows) >= options.pictures || found == numbers.end()) continue;
    const auto prediction = interpret(judged.card, judged.raw.at(found->second));
    const Json& suggested = suspect.at("suggested");
    gallery.rows.push_back(judge::gallery_row(
        judged.card, dataset, found->second, prediction, {},
        fmt::format(
            "labelled {}, {}: {}", suspect.at("label").get<std::string>(),
            suggested.is_null() ? "perhaps no OK image" : "perhaps " + suggested.get<std::string>(),
            suspect.at("why").get<std::string>())));
  }
  size_t budget = report::kPictureBudget;
  const std::string title = fmt::format("Suspects of {}", dataset.root.filename().string());
  const std::string html = "<header><h1>" + report::escape(title) + "</h1></header>" +
                           report::render_gallery(gallery, budget) + "<section>" +
                           report::render_table(table) + "</section>";
  write_text_atomic(options.page, report::render_page(title, html));
}

Json finished(const Judged& judged, const data::Dataset& dataset,
              const std::vector<LabelSuspect>& suspects, const SuspectsOptions& options) {
  Json found = Json::array();
  for (const LabelSuspect& suspect : suspects) found.push_back(to_json(dataset, suspect));
  add_pairs(judged.run.recipe.data, found);
  if (!options.page.empty()) write_page(judged, found, options);
  return found;
}

}  // namespace

Json find_suspects(const Recipe& recipe, const SuspectsOptions& options, const Train& train) {
  RunState first{.recipe = recipe, .folder = options.work};
  std::filesystem::create_directories(options.work);
  make_paths_absolute(first.recipe);
  open_data(first);
  if (first.dataset.has_ok_class()) {
    const Judged memory = judged(remembering(first.recipe), options.work / "memory", train);
    return finished(memory, memory.run.dataset, suspects_by_memory(memory), options);
  }
  decode_images(first);
  const auto suspects =
      suspects_by_folds(first.recipe, first.dataset, options.folds, options.work, train);
  const std::filesystem::path fold = options.work / "fold-1";
  return finished(judged(recipe_of_run(fold), fold, train), first.dataset, suspects, options);
}

std::string suspects_text(const Json& suspects, size_t shown) {
  std::string text;
  for (size_t i = 0; i < std::min(shown, suspects.size()); ++i) {
    const Json& one = suspects[i];
    const Json& suggested = one.at("suggested");
    text += fmt::format("{:.3f}  {}  {} → {}  {}\n", one.at("score").get<double>(),
                        one.at("path").get<std::string>(), one.at("label").get<std::string>(),
                        suggested.is_null() ? "?" : suggested.get<std::string>(),
                        one.at("why").get<std::string>());
  }
  if (suspects.size() > shown) text += fmt::format("… {} more\n", suspects.size() - shown);
  if (suspects.empty()) text = "no label looks wrong\n";
  return text;
}

}  // namespace paucal::pipeline
