#pragma once
// What an audit speaks of, and the order in which it is looked at. Nothing here is left to
// anybody's choice: population and draw follow from the store, the terms and the seed, and anybody
// can make them again.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "review/decision.h"
#include "review/record.h"

namespace paucal::review {

struct AuditOptions {
  std::string name = "";
  std::string of = "labels";
  std::string judge = "verdict";
  double precision = 0.95;
  double confidence = 0.95;
  double expected = 0.98;
  int strata = 1;
  int64_t looks = 0;
  std::string seed = "";

  template <class V>
  void visit(V& v) {
    v(name, "name", "of the audit and its queue; empty: 'audit N'");
    v(of, "of",
      "labels: what people said of closed images; images: what the newest model says of images "
      "that "
      "nobody closed",
      OneOf{{"labels", "images"}});
    v(judge, "judge",
      "what must be right of a label: the verdict, or also the class and each object "
      "(boxes: IoU ≥ .5)",
      OneOf{{"verdict", "objects"}});
    v(precision, "precision", "at least this share is to be right", Range{.5, .9999});
    v(confidence, "confidence", "of that promise, at every look", Range{.5, .9999});
    v(expected, "expected", "share that will probably be right; it only sizes the sample",
      Range{0, 1});
    v(strata, "strata",
      "1: all alike; more: those said NG, and so many less one of the said OK by the model's "
      "probability, the doubtful looked at more",
      Range{1, 10});
    v(looks, "looks", "images to draw; 0: as many as the plan says", Range{0, 20'000});
    v(seed, "seed", "of the draw, e.g. of an auditor; empty: the system's random numbers");
  }
};

struct AuditedImage {
  int64_t image = 0;
  int stratum = 0;
  std::string verdict;  // OK or NG: what was said
  std::string claim;    // what must be right: the verdict, or JSON with the objects, too
};

struct Population {
  std::vector<AuditedImage> images;  // by id
  std::vector<std::string> strata;   // names
  std::vector<int64_t> sizes;        // of the strata
  int64_t run = 0;                   // whose verdicts and probabilities count; 0: of none
  int64_t not_covered = 0;           // images of the store, shadows aside, that cannot be drawn

  int64_t size() const { return static_cast<int64_t>(images.size()); }
  // SHA-256 of a line "ID STRATUM CLAIM\n" for each image, by id.
  std::string digest() const;
};

// As the store is now; `run`: nothing for the newest that has verdicts. Empty where there is none.
Population find_population(Database& database, const AuditOptions& options,
                           std::optional<int64_t> run = {});

// `looks` of each stratum, those with the smallest SHA-256 of "SEED ID", as indices of the images.
// The strata take turns, each spread evenly over the whole, so that at every look each was drawn at
// about its own rate.
std::vector<size_t> draw_looks(const Population& population, std::string_view seed,
                               std::span<const int64_t> looks);

// What a reading is held against. Objects that were rejected are no part of it.
std::string claim_of(const Decision& decision, bool objects);
// Whether the reading says the same. A class that one of the two did not give is not compared.
bool claim_holds(const std::string& claim, const Decision& reading, bool objects);

}  // namespace paucal::review
