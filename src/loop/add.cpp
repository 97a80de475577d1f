#include "loop/add.h"

#include "base/error.h"

namespace paucal::loop {
namespace {

namespace fs = std::filesystem;
using review::Database;

void add_lines(review::Store& store, const std::string& spool, const AddOptions& options,
               Added& added) {
  const auto positions =
      store.read([&](Database& database) { return read_positions(database, spool); });
  const ReadLines read = value_or_throw(read_spool(spool, positions, options.read));
  added.problems = read.problems;
  added.more = read.more;
  Json files = Json::array();
  for (const ReadPiece& piece : read.pieces) {
    added.lines += static_cast<int64_t>(piece.lines.size());
    added.damaged += piece.damaged;
    for (const SpoolLine& line : piece.lines) added.lines_lost += line.lines_lost;
    files.push_back({piece.file, piece.from, piece.to, piece.lines.size(), piece.damaged});
  }
  if (read.pieces.empty()) return;
  store.write([&](Database& database) {
    store_lines(database, spool, read, options.audit);
    record_event(database, store.moment().now, "loop lines", {{"spool", spool}},
                 {{"files", files}, {"lines", added.lines}, {"damaged", added.damaged}});
  });
}

}  // namespace

Json to_json(const Added& added) {
  Json alarms = Json::array();
  for (const Alarm& alarm : added.alarms) alarms.push_back(to_json(alarm));
  const TakenImages& images = added.images;
  return {{"lines", added.lines},
          {"damaged", added.damaged},
          {"lines_lost", added.lines_lost},
          {"taken", images.taken},
          {"audit", images.audit},
          {"doubles", images.doubles},
          {"of_test", images.of_test},
          {"damaged_images", images.damaged},
          {"lost", images.lost},
          {"awaited", images.awaited},
          {"alarms", std::move(alarms)},
          {"problems", added.problems},
          {"more", added.more}};
}

Added add_from_spool(review::Store& store, const fs::path& folder, const AddOptions& options) {
  // One name however it is typed, or it would be read twice.
  std::error_code missing;
  const fs::path known = fs::canonical(folder, missing);
  const std::string spool = missing ? folder.string() : known.string();
  Added added;
  store.write([](Database& database) { make_tables(database); });
  add_lines(store, spool, options, added);
  added.images = take_images(store, spool, options.images);
  for (const std::string& problem : added.images.problems)
    if (added.problems.size() < kMostProblems) added.problems.push_back(problem);
  added.alarms = store.write([&](Database& database) {
    auto alarms = watch_new_parts(database, store.moment().now);
    database.run("DELETE FROM loop_part WHERE id <= (SELECT max(id) FROM loop_part) - ?",
                 options.keep_parts);
    return alarms;
  });
  return added;
}

}  // namespace paucal::loop
