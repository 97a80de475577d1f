// loop add|baseline|status|close|challenge|step: from the running line back to a better model.

#include "cli/loop.h"

#include "base/error.h"
#include "base/json_text.h"
#include "base/options_json.h"
#include "cli/commands.h"
#include "command/flags.h"
#include "command/output.h"
#include "loop/add.h"
#include "loop/commands.h"
#include "loop/status.h"

namespace paucal::cli {
namespace {

namespace fs = std::filesystem;

struct Place {
  std::string dir;
  bool json = false;
};

std::shared_ptr<Place> declare_place(CLI::App& app) {
  const auto place = std::make_shared<Place>();
  app.add_option("dir", place->dir, "folder of the review")->required();
  app.add_flag("--json", place->json, "as JSON");
  return place;
}

std::string text_in(const Json& json, const char* key) {
  return json.at(key).get<std::string>();
}

int64_t number_in(const Json& json, const char* key) {
  return json.at(key).get<int64_t>();
}

void print_alarm(const Json& alarm) {
  const std::string station = text_in(alarm, "station");
  command::print("ALARM {} {}{}: {}; since part {}, {} parts\n", number_in(alarm, "id"),
                 text_in(alarm, "rule"), station.empty() ? "" : " at station " + station,
                 text_in(alarm, "text"), text_in(alarm, "since"), number_in(alarm, "parts"));
  for (const Json& image : alarm.at("images_shown"))
    command::print("  {}\n", image.get<std::string>());
}

void print_added(const Json& added) {
  for (const Json& problem : added.at("problems"))
    command::print("{}\n", problem.get<std::string>());
  command::print(
      "{} lines ({} damaged, {} lost by the spool); images: {} taken, {} of them to measure, "
      "{} "
      "doubles ({} of test images), {} damaged, {} lost, {} awaited\n",
      number_in(added, "lines"), number_in(added, "damaged"), number_in(added, "lines_lost"),
      number_in(added, "taken"), number_in(added, "audit"), number_in(added, "doubles"),
      number_in(added, "of_test"), number_in(added, "damaged_images"), number_in(added, "lost"),
      number_in(added, "awaited"));
  for (const Json& alarm : added.at("alarms")) print_alarm(alarm);
}

void declare_add_spool(CLI::App& loop) {
  CLI::App& app = *loop.add_subcommand(
      "add", "what is new in a spool: images into the queue 'line', figures into the watch");
  const auto place = declare_place(app);
  const auto spool = std::make_shared<std::string>();
  const auto options = std::make_shared<loop::AddOptions>();
  app.add_option("--spool", *spool, "folder of `paucal-edge serve --keep`")->required();
  command::add_flags(app, options_of(*options), '-');
  app.callback([=] {
    Json added;
    do {
      added = loop::command_loop(place->dir, {{"command", "loop add"},
                                              {"spool", fs::absolute(*spool).string()},
                                              {"options", options_json(*options)}});
      if (place->json)
        command::print(dump_json(added) + "\n");
      else
        print_added(added);
    } while (added.at("more").get<bool>());
  });
}

void declare_baseline(CLI::App& loop) {
  CLI::App& app = *loop.add_subcommand(
      "baseline", "freezes the parts that were added as the good ones; drift is judged from there");
  const auto place = declare_place(app);
  const auto by = std::make_shared<std::string>(), from = std::make_shared<std::string>(),
             to = std::make_shared<std::string>(), station = std::make_shared<std::string>();
  const auto options = std::make_shared<loop::WatchOptions>();
  app.add_option("--good-by", *by, "who says that they are good")->required();
  app.add_option("--from", *from, "parts from this time on, 2026-11-30T12:00:00.000Z");
  app.add_option("--to", *to, "parts before this time");
  auto* of_station = app.add_option("--station", *station, "this station alone; default: all");
  command::add_flags(app, options_of(*options), '-');
  app.callback([=] {
    const auto time = [](const std::string& text) {
      return text.empty() ? 0 : value_or_throw(loop::parse_time(text));
    };
    Json ask = {{"command", "loop baseline"},
                {"good_by", *by},
                {"from", time(*from)},
                {"to", time(*to)},
                {"options", options_json(*options)}};
    if (of_station->count() > 0) ask["station"] = *station;
    const Json answer = loop::command_loop(place->dir, ask);
    if (place->json) return command::print(dump_json(answer, 2) + "\n");
    for (const Json& one : answer.at("baselines"))
      command::print(
          "{}: {} parts, {} NG; hash {}; not watched: {}; a false alarm every {} parts at the "
          "soonest\n",
          loop::text_of({text_in(one, "station"), text_in(one, "model_sha256")}),
          number_in(one, "parts"), number_in(one, "ng"), text_in(one, "sha256"),
          one.at("unwatched").empty() ? "nothing" : dump_json(one.at("unwatched")),
          options->alarm_every);
  });
}

void print_rate(const Json& rates, const char* name) {
  const Json& rate = rates.at(name);
  const std::string estimate = rate.at("estimate").is_null()
                                   ? "?"
                                   : fmt::format("{:.2f}", 100 * rate.at("estimate").get<double>());
  command::print("  {} {} % [{:.2f}, {:.2f}]\n", name, estimate, 100 * rate.at("low").get<double>(),
                 100 * rate.at("high").get<double>());
}

void print_status(const Json& status) {
  for (const Json& stream : status.at("streams"))
    command::print("{}: {} parts, version {}; watched: {}\n",
                   loop::text_of({text_in(stream, "station"), text_in(stream, "model_sha256")}),
                   number_in(stream, "parts"), number_in(stream, "version"),
                   text_in(stream, "watched"));
  if (status.at("streams").empty()) return command::print("nothing came from a line yet\n");
  const Json &images = status.at("images"), &audit = status.at("audit");
  command::print("images: {} taken, {} doubles, {} damaged, {} lost, {} awaited\n",
                 number_in(images, "taken"), number_in(images, "double"),
                 number_in(images, "damaged"), number_in(images, "lost"),
                 number_in(images, "awaited"));
  if (const Json& queue = status.at("queue"); !queue.is_null())
    command::print("queue 'line': {} of {} are open\n", number_in(queue, "open"),
                   number_in(queue, "total"));
  command::print("to measure: {} judged, {} open, {} unclear\n", number_in(audit, "judged"),
                 number_in(audit, "open"), number_in(audit, "unclear"));
  if (const Json& rates = status.at("rates"); !rates.is_null()) {
    command::print(
        "rates of {} parts ({} more could not be drawn), 95 %, at every look; looked at "
        "{} said OK, {} said NG\n",
        number_in(rates, "parts"), number_in(rates, "not_covered"), number_in(rates, "seen_ok"),
        number_in(rates, "seen_ng"));
    for (const char* name : {"prevalence", "escape", "overkill"}) print_rate(rates, name);
    if (const int64_t needed = number_in(rates, "looks_for_escape_of_10_percent"); needed > 0)
      command::print("  'escape at most 10 %' takes about {} looks at parts said OK\n", needed);
  }
  if (const Json& last = status.at("challenge"); !last.is_null())
    command::print("last challenge: {}, {}\n", text_in(last, "verdict"), text_in(last, "why"));
  for (const Json& alarm : status.at("alarms")) print_alarm(alarm);
}

void declare_line_status(CLI::App& loop) {
  CLI::App& app = *loop.add_subcommand("status", "parts, images, rates with bounds, open alarms");
  const auto place = declare_place(app);
  app.callback([=] {
    const Json status = loop::loop_status(*review::Store::open_to_read(place->dir));
    if (place->json) return command::print(dump_json(status, 2) + "\n");
    print_status(status);
  });
}

void declare_alarm_close(CLI::App& loop) {
  CLI::App& app = *loop.add_subcommand("close", "closes an alarm; its rule begins anew");
  const auto place = declare_place(app);
  const auto alarm = std::make_shared<int64_t>(0);
  const auto by = std::make_shared<std::string>(), reason = std::make_shared<std::string>();
  app.add_option("alarm", *alarm, "its number")->required();
  app.add_option("--by", *by, "who closes it")->required();
  app.add_option("--reason", *reason, "what it was")->required();
  app.callback([=] {
    loop::command_loop(
        place->dir,
        {{"command", "loop close"}, {"alarm", *alarm}, {"by", *by}, {"reason", *reason}});
  });
}

fs::path champion_of(const ChallengePlaces& places, review::Store& store, const fs::path& exports) {
  if (!places.champion.empty()) return model_file_of(places.champion, exports);
  if (const fs::path last = loop::last_promoted(store); !last.empty() && fs::exists(last))
    return last;
  if (!places.models.empty())
    if (const fs::path newest = loop::newest_model(places.models, places.name); !newest.empty())
      return newest;
  fail("challenge", "no model was promoted yet, expected --champion, or --models with a version");
}

void print_figures(const char* who, const Json& json) {
  const auto figure = [&](const char* key) {
    return json.at(key).is_null() ? std::string("?")
                                  : fmt::format("{:.3f}", json.at(key).get<double>());
  };
  command::print(
      "{:<11} wrong {}, escapes {}, overkills {}; AUROC {}, AP {}; wrong on {} of the "
      "line's parts\n",
      who, number_in(json, "wrong"), number_in(json, "escapes"), number_in(json, "overkills"),
      figure("auroc"), figure("ap"), figure("weighted_wrong"));
}

void declare_challenge(CLI::App& loop, int& code) {
  CLI::App& app = *loop.add_subcommand(
      "challenge", "a new model against the one that serves, on the images that measure");
  const auto place = declare_place(app);
  const auto run = std::make_shared<std::string>();
  const auto places = std::make_shared<ChallengePlaces>();
  const auto options = std::make_shared<loop::ChallengeOptions>();
  app.add_option("--run", *run, "the challenger: a model file, or a run")->required();
  add_flags(app, *places);
  command::add_flags(app, options_of(*options), '-');
  app.callback([=, &code] {
    places->dir = place->dir;
    const fs::path exports = fs::path(place->dir) / "models";
    const fs::path file = model_file_of(*run, exports);
    const auto result = challenge(*places, file, *options);
    if (place->json) command::print(dump_json(to_json(result), 2) + "\n");
    if (result.comparison.promote) place_promoted(*places, file);
    code = result.comparison.promote ? 0 : 1;
  });
}

}  // namespace

void add_flags(CLI::App& app, ChallengePlaces& places) {
  app.add_option("--champion", places.champion,
                 "model file or run; default: the one that was promoted last, else the newest of "
                 "--models");
  app.add_option("--models", places.models,
                 "folder of `paucal-edge serve --models`: what is promoted becomes its next "
                 "version; default: nothing is placed");
  app.add_option("--name", places.name, "of the model there")->capture_default_str();
}

loop::Challenged challenge(const ChallengePlaces& places, const fs::path& challenger,
                           const loop::ChallengeOptions& options) {
  const auto store = review::Store::open_to_read(places.dir);
  const fs::path champion = champion_of(places, *store, fs::path(places.dir) / "models");
  const loop::Challenged result = loop::run_challenge(*store, champion, challenger, options);
  const Json json = to_json(result);
  loop::command_loop(places.dir, {{"command", "loop challenge"}, {"result", json}});
  command::print(
      "{} judged items, {} of them NG; {} not judged, {} unclear; challenge {} of this "
      "champion\n",
      number_in(json, "items"), number_in(json, "ng"), result.open, result.unclear,
      result.comparison.attempt);
  print_figures("champion", json.at("champion"));
  print_figures("challenger", json.at("challenger"));
  command::print("difference {:+.3f} [{:+.3f}, {:+.3f}], McNemar p {:.3g}: {}: {}\n",
                 result.comparison.mcnemar.difference, result.comparison.mcnemar.bounds.low,
                 result.comparison.mcnemar.bounds.high, result.comparison.mcnemar.p_value,
                 result.comparison.promote ? "promote" : "keep", result.comparison.why);
  return result;
}

void place_promoted(const ChallengePlaces& places, const fs::path& challenger) {
  if (places.models.empty()) return;
  const loop::Placed placed = loop::place_model(challenger, places.models, places.name);
  loop::command_loop(places.dir, {{"command", "loop promote"},
                                  {"file", fs::absolute(placed.file).string()},
                                  {"version", placed.version},
                                  {"sha256", placed.sha256},
                                  {"golden", placed.golden.string()}});
  command::print("{}: version {}\n", placed.file.string(), placed.version);
}

void declare_loop(CLI::App& app, int& code) {
  app.require_subcommand(1);
  declare_add_spool(app);
  declare_baseline(app);
  declare_line_status(app);
  declare_alarm_close(app);
  declare_challenge(app, code);
  declare_step(app);
}

}  // namespace paucal::cli
