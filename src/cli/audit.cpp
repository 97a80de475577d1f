// audit plan|open|status|close: what may be promised of labels, or of what a model said unseen.

#include "review/audit.h"

#include <memory>

#include "base/error.h"
#include "base/json_text.h"
#include "cli/commands.h"
#include "command/flags.h"
#include "command/output.h"
#include "quality/plans/iso2859.h"
#include "review/control.h"

namespace paucal::cli {
namespace {

struct AuditArguments {
  std::string dir, name;
  bool json = false;
  double aql = 0;
  std::string level = "II";
  review::AuditOptions options;
};
using AuditArgumentsPtr = std::shared_ptr<AuditArguments>;

CLI::App& audit_command(CLI::App& audit, const char* word, const char* help,
                        const AuditArgumentsPtr& arguments) {
  CLI::App& app = *audit.add_subcommand(word, help);
  app.add_option("dir", arguments->dir, "folder of the review")->required();
  app.add_flag("--json", arguments->json, "as JSON");
  return app;
}

void print_lines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) command::print("{}\n", line);
}

void print_audit(const Json& audit) {
  print_lines(
      {fmt::format("{} ({}): {}", audit["name"].get<std::string>(),
                   audit["state"].get<std::string>(), audit["sentence"].get<std::string>()),
       fmt::format("  {} of {} drawn, {} of them counted; between {:.2f} and {:.2f} % are "
                   "right; {} images of the review are not covered",
                   audit["drawn"].get<int64_t>(), audit["population"].get<int64_t>(),
                   audit["seen"].get<int64_t>(), 100 * audit["low"].get<double>(),
                   100 * audit["high"].get<double>(), audit["not_covered"].get<int64_t>())});
  if (audit["strata"].size() > 1)
    for (const Json& stratum : audit["strata"])
      command::print("  {}: {} of {} drawn, {} looked at, {} right, {} wrong\n",
                     stratum["name"].get<std::string>(), stratum["drawn"].get<int64_t>(),
                     stratum["items"].get<int64_t>(), stratum["seen"].get<int64_t>(),
                     stratum["right"].get<int64_t>(), stratum["wrong"].get<int64_t>());
  if (audit.contains("line"))
    for (const char* rate : {"prevalence", "escape", "overkill"})
      command::print("  {}: {:.2f} to {:.2f} %\n", rate,
                     100 * audit["line"][rate]["low"].get<double>(),
                     100 * audit["line"][rate]["high"].get<double>());
  if (audit["waiting"] != 0)
    command::print("  {} more were read, behind one that is still open\n",
                   audit["waiting"].get<int64_t>());
  if (audit["stuck"] == true)
    command::print(
        "  nobody can read the next one: everybody has decided on it, or there is no reviewer yet "
        "(paucal review user DIR add NAME)\n");
  const double asked = 100 * audit["precision"].get<double>();
  const std::string verdict = audit["verdict"];
  if (verdict == "holds")
    command::print("  the promise of {:.4g} % holds\n", asked);
  else if (verdict == "broken")
    command::print("  the promise of {:.4g} % is broken\n", asked);
  else if (audit["more_looks"].is_null())
    command::print("  {:.4g} % cannot be promised by what was drawn\n", asked);
  else
    command::print("  {} more looks, all right, for the promise of {:.4g} %\n",
                   audit["more_looks"].get<int64_t>(), asked);
}

void print_readers(const review::HoneypotFigures& readers) {
  if (readers.seen == 0) {
    command::print("  how often its readers err is not known: they saw no honeypots\n");
    return;
  }
  command::print(
      "  its readers agreed with {} of {} known answers ({:.0f} to {:.0f} %), which is not "
      "included\n",
      readers.agreed, readers.seen, 100 * readers.interval().low, 100 * readers.interval().high);
}

Json lot_plan(const AuditArguments& arguments, int64_t lot) {
  const auto level = arguments.level == "I"    ? quality::InspectionLevel::kI
                     : arguments.level == "II" ? quality::InspectionLevel::kII
                                               : quality::InspectionLevel::kIII;
  const quality::Iso2859Plan plan = quality::iso2859_plan(lot, level, arguments.aql);
  Json curve = Json::array();
  const double limiting = quality::quality_accepted_with(plan.plan, .1);
  for (const quality::OcPoint& point :
       quality::oc_curve(plan.plan, std::min(1., 1.5 * limiting), 7))
    curve.push_back({{"bad", point.bad}, {"accepted", point.accepted}});
  return {{"lot", lot},
          {"aql", arguments.aql},
          {"level", arguments.level},
          {"letter", std::string(1, plan.letter)},
          {"n", plan.plan.n},
          {"accept", plan.plan.accept},
          {"limiting_quality", limiting},
          {"curve", std::move(curve)}};
}

void print_lot_plan(const Json& plan) {
  command::print(
      "ISO 2859-1, letter {}, AQL {:.4g} %: look at {} of {}, accept with at most {} wrong\n",
      plan["letter"].get<std::string>(), plan["aql"].get<double>(), plan["n"].get<int64_t>(),
      plan["lot"].get<int64_t>(), plan["accept"].get<int64_t>());
  for (const Json& point : plan["curve"])
    command::print("  with {:.2f} % wrong it accepts {:.1f} %\n", 100 * point["bad"].get<double>(),
                   100 * point["accepted"].get<double>());
  command::print(
      "  one lot in ten with {:.2f} % wrong is accepted: an AQL is no promise about a lot\n",
      100 * plan["limiting_quality"].get<double>());
}

void print_plan(const Json& plan, const review::Population& population,
                const review::AuditOptions& options) {
  command::print("covered: {} {}; not covered: {} images of the review\n", population.size(),
                 options.of == "labels" ? "labels" : "verdicts", population.not_covered);
  if (plan["least"] == 0)
    command::print("≥ {:.4g} % cannot be promised of them\n", 100 * options.precision);
  else
    command::print(
        "≥ {:.4g} % with {:.4g} % confidence, at every look: {} looks if all are right\n",
        100 * options.precision, 100 * options.confidence, plan["least"].get<int64_t>());
  const Json& wrong = plan["looks_with_wrong"];
  for (size_t e = 1; e < wrong.size() && e < 6; ++e)
    command::print("  with {} wrong: {}\n", e, wrong[e].get<int64_t>());
  if (plan["nine_of_ten"] != 0)
    command::print("if {:.4g} % are right: {:.0f} looks on average, {} for nine audits of ten\n",
                   100 * options.expected, plan["mean"].get<double>(),
                   plan["nine_of_ten"].get<int64_t>());
  command::print("to be drawn: {}\n", plan["drawn"].get<int64_t>());
  for (size_t h = 0; h < population.strata.size() && population.strata.size() > 1; ++h)
    command::print("  {}: {} of {}\n", population.strata[h],
                   plan["drawn_of_strata"][h].get<int64_t>(), population.sizes[h]);
  for (const Json& point : plan["curve"])
    command::print("  with {:.2f} % right it passes in {:.1f} % of audits\n",
                   100 * point["right"].get<double>(), 100 * point["passes"].get<double>());
}

void declare_plan(CLI::App& audit) {
  const auto arguments = std::make_shared<AuditArguments>();
  CLI::App& app =
      audit_command(audit, "plan", "how many looks for which promise; changes nothing", arguments);
  command::add_flags(app, options_of(arguments->options), '-');
  app.add_option("--aql", arguments->aql,
                 "also the plan of ISO 2859-1 for this AQL in percent, as of one lot");
  app.add_option("--level", arguments->level, "inspection level of that plan")
      ->check(CLI::IsMember({"I", "II", "III"}))
      ->capture_default_str();
  app.callback([arguments] {
    const auto population =
        review::Store::open_to_read(arguments->dir)->read([&](review::Database& database) {
          return review::find_population(database, arguments->options);
        });
    Json plan = review::forecast_audit(population, arguments->options).to_json();
    plan["not_covered"] = population.not_covered;
    plan["digest"] = population.digest();
    if (arguments->aql > 0) plan["lot"] = lot_plan(*arguments, population.size());
    if (arguments->json) return command::print(dump_json(plan, 2) + "\n");
    print_plan(plan, population, arguments->options);
    if (plan.contains("lot")) print_lot_plan(plan["lot"]);
  });
}

void declare_open(CLI::App& audit) {
  const auto arguments = std::make_shared<AuditArguments>();
  CLI::App& app = audit_command(audit, "open",
                                "draw the sample, and open a queue of blind readings", arguments);
  command::add_flags(app, options_of(arguments->options), '-');
  app.callback([arguments] {
    const Json opened = review::command_store(
        arguments->dir,
        {{"command", "audit open"}, {"options", options_of(arguments->options).to_json()}});
    if (arguments->json) return command::print(dump_json(opened, 2) + "\n");
    print_audit(opened);
    command::print("  seed {}, digest of the population {}\n", opened["seed"].get<std::string>(),
                   opened["digest"].get<std::string>());
  });
}

void declare_status(CLI::App& audit) {
  const auto arguments = std::make_shared<AuditArguments>();
  CLI::App& app = audit_command(audit, "status",
                                "what may be promised now, and how many looks more", arguments);
  app.add_option("name", arguments->name, "of the audit; default: all");
  app.callback([arguments] {
    auto audits = review::Store::open_to_read(arguments->dir)->read(review::audit_list);
    if (!arguments->name.empty())
      std::erase_if(audits, [&](const auto& one) { return one.name != arguments->name; });
    if (audits.empty())
      fail("audit", "'{}': {}, expected one that `paucal audit open` made", arguments->dir,
           arguments->name.empty() ? "no audit" : "no audit '" + arguments->name + "'");
    Json list = Json::array();
    for (const review::AuditStatus& status : audits) {
      Json json = status.to_json();
      json["readers"] = status.readers.to_json();
      list.push_back(json);
      if (arguments->json) continue;
      print_audit(json);
      print_readers(status.readers);
    }
    if (arguments->json) command::print(dump_json({{"audits", list}}, 2) + "\n");
  });
}

void declare_close(CLI::App& audit, int& code) {
  const auto arguments = std::make_shared<AuditArguments>();
  CLI::App& app = audit_command(
      audit, "close", "fix the result; exit code 1 where the promise does not hold", arguments);
  app.add_option("name", arguments->name, "of the audit; default: the last one");
  app.callback([arguments, &code] {
    const Json closed = review::command_store(
        arguments->dir, {{"command", "audit close"}, {"name", arguments->name}});
    if (arguments->json)
      command::print(dump_json(closed, 2) + "\n");
    else
      print_audit(closed);
    code = closed["verdict"] == "holds" ? 0 : 1;
  });
}

}  // namespace

void declare_audit(CLI::App& app, int& code) {
  app.require_subcommand(1);
  declare_plan(app);
  declare_open(app);
  declare_status(app);
  declare_close(app, code);
}

}  // namespace paucal::cli
