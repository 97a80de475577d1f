#include "pipeline/studies/simulation_claims.h"

#include <gtest/gtest.h>

#include "metrics/annotation/action_costs.h"
#include "pipeline/studies/simulation_page.h"

namespace paucal::pipeline {
namespace {

Json simulated_point(const char* order, int seed, int number, int accepted, double ap) {
  const metrics::Actions actions{.open = accepted, .accept = accepted};
  return {{"order", order},
          {"seed", seed},
          {"point", number},
          {"images", accepted},
          {"seconds", actions.seconds({.open = 1, .accept = 1})},
          {"actions", metrics::to_json(actions)},
          {"figures", {{"map_at_50", ap}, {"median_edge_error_px", nullptr}}}};
}

// Ours is as good as drawing after 10 images with seed 0, after 20 with seed 1; random after 30,
// and never. Drawing everything takes 100 · 10 + 100 s.
Json simulated_report() {
  const metrics::Actions drawing{.open = 100, .draw = 100};
  Json report = {{"images", 100},
                 {"costs", {{"open", 1.}, {"accept", 1.}, {"draw", 10.}}},
                 {"drawing", {{"actions", metrics::to_json(drawing)}, {"seconds", 1100}}},
                 {"drawn", Json::array()},
                 {"points", Json::array()}};
  for (const int seed : {0, 1}) {
    report["drawn"].push_back({{"seed", seed}, {"figures", {{"map_at_50", .8}}}});
    for (const char* order : {"random", "ours"})
      report["points"].push_back(simulated_point(order, seed, 0, 0, .5));
    report["points"].push_back(simulated_point("ours", seed, 1, 10, seed == 0 ? .76 : .7));
    report["points"].push_back(simulated_point("ours", seed, 2, 20, .8));
    report["points"].push_back(simulated_point("random", seed, 1, 30, seed == 0 ? .79 : .75));
  }
  report["claims"] = simulation_claims(report);
  return report;
}

const Json& claim_for(const Json& report, const char* order, double factor) {
  for (const Json& claim : report.at("claims"))
    if (claim.at("figure") == "map_at_50" && claim.at("order") == order &&
        claim.at("factor") == factor)
      return claim;
  throw std::out_of_range("no such claim");
}

TEST(SimulationClaims, SecondsUntilNearlyAsGoodAsAShareOfDrawing) {
  const Json report = simulated_report();
  const Json& ours = claim_for(report, "ours", 1);
  EXPECT_EQ(ours["seconds"], Json({20., 40.}));
  EXPECT_NEAR(ours["mean_saved"].get<double>(), 1 - 30. / 1100, 1e-12);
  const Json& random = claim_for(report, "random", 1);
  EXPECT_EQ(random["seconds"][0], 60.);
  EXPECT_TRUE(random["seconds"][1].is_null()) << "never";
  EXPECT_TRUE(random["mean_saved"].is_null()) << "no mean over some of the seeds";
}

TEST(SimulationClaims, JudgingMayCostHalfOrTwice) {
  const Json report = simulated_report();
  EXPECT_EQ(claim_for(report, "ours", .5)["seconds"][0], 10 + 5.);
  EXPECT_EQ(claim_for(report, "ours", 2)["seconds"][0], 10 + 20.);
  for (const double factor : {.5, 1., 2.})
    EXPECT_EQ(claim_for(report, "ours", factor)["drawing_seconds"], 1100.) << factor;
}

TEST(SimulationClaims, SaysWhetherOursIsBetterThanRandom) {
  Json report = simulated_report();
  EXPECT_NE(simulation_verdict(report).find("with 2 of 2 seeds"), std::string::npos);
  EXPECT_EQ(simulation_verdict(report).find("NOT"), std::string::npos);
  for (Json& point : report["points"])
    point["order"] = point["order"] == "ours" ? "random" : "ours";
  report["claims"] = simulation_claims(report);
  EXPECT_NE(simulation_verdict(report).find("ours is NOT better"), std::string::npos);
}

TEST(SimulationClaims, PageAndTextOfAnUnfinishedSimulation) {
  Json report = simulated_report();
  EXPECT_NE(simulation_page(report).find("<svg"), std::string::npos);
  EXPECT_NE(simulation_text(report).find("not reached"), std::string::npos);
  report["points"].erase(report["points"].begin() + 1, report["points"].end());
  report["claims"] = simulation_claims(report);
  EXPECT_NE(simulation_page(report).find("</html>"), std::string::npos);
  EXPECT_NE(simulation_text(report).find("not reached"), std::string::npos);
}

}  // namespace
}  // namespace paucal::pipeline
