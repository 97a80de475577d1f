#pragma once
// The page that shows a run: one HTML file that needs nothing else. Pictures, plots and style are
// inside it, its content policy forbids any request, and it has no script. All text is escaped.
// A section whose data are missing is left out, so fill in what there is.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "labels/annotation.h"
#include "report/html.h"
#include "report/plots.h"

namespace paucal::report {

// An encoded picture, shown at its own proportions; a click enlarges it.
struct Picture {
  std::vector<uint8_t> bytes;
  std::string mime;     // image/jpeg, image/png or image/webp
  std::string caption;  // "original", "heat map", "found (orange) and truth (blue)"
};

// A card at the top.
struct KeyFigure {
  std::string name;
  double value = 0;
  Unit unit = Unit::kPlain;
  std::optional<std::pair<double, double>> interval = {};  // 95 % confidence
  std::string definition = {};  // one or two plain sentences: what it means for the line
};

struct Column {
  std::string name;
  Unit unit = Unit::kPlain;
  std::string definition = {};  // listed below the table
};

// The first column names the row. Cells: text, a number (shown in the column's unit), [low, high],
// true or false, or null: a dash. Rows may be short.
struct Table {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Json>> rows;
  std::string note = {};
};

struct Outcome {
  double score = 0;
  bool positive = false;
};

// OK or NG by a threshold: histogram and ROC curve are made from the scores.
struct Decision {
  std::vector<Outcome> images;  // of the test split; positive: truly NG
  double threshold = 0;         // NG from here on
};

// Rows: what it is; columns: what it was called. They need not be the same names: defect classes
// may face OK and NG.
struct Confusion {
  std::vector<std::string> truth, called;
  std::vector<std::vector<int64_t>> counts;  // [truth][called]
  std::vector<int> correct;                  // one a row: the column that is right
};

// Original, heat map, boxes beside truth, of one image.
struct GalleryRow {
  std::string title;   // the file
  std::string detail;  // "crack, score 0.31, called OK"
  std::vector<Picture> pictures;
};

struct Gallery {
  std::string title;             // "Worst escapes"
  std::string explanation;       // how they were picked, and what to look for
  std::vector<GalleryRow> rows;  // the most telling first; as many as kPictureBudget allows
};

inline constexpr size_t kPictureBudget = size_t{12} << 20;  // bytes of all encoded pictures
inline constexpr size_t kProblemsShown = 50;

struct Report {
  std::string title;                 // "Magnetic tiles"
  std::string verdict;               // one sentence that a hurried reader can take away
  std::vector<std::string> remarks;  // what limits the verdict: few images, no truth
  std::vector<KeyFigure> figures;

  std::optional<Decision> decision;
  std::optional<Confusion> confusion;
  std::vector<Outcome> calibration;  // stated probability, and whether it came true

  std::vector<Gallery> galleries;

  std::optional<Table> localisation;
  std::vector<double> edge_errors;  // px, one a matched truth
  double edge_limit = 3;            // px

  std::optional<Table> by_class;
  std::vector<Table> tables;  // further results: baselines, seeds, the label-cost curve

  std::optional<Table> data;  // images by class and split
  std::vector<labels::Problem> problems;

  std::vector<LineChart> training;
  std::vector<std::pair<std::string, double>> seconds;  // by stage

  std::vector<std::pair<std::string, std::string>> facts;  // version, seed, command, device
  std::string recipe;                                      // as resolved, YAML
};

// Throws Error if a picture is of another kind, or a confusion table is not rectangular.
std::string render_report(const Report& report);

}  // namespace paucal::report
