#pragma once
// Every figure that says how good a model is: its key in files, what it means, and where its value
// stands. eval.json, the report, the tables of studies and docs/metrics.md are made from the tables
// here, so that a key is spelled once.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/unit.h"
#include "metrics/box_accuracy.h"
#include "quality/intervals.h"

namespace paucal::metrics {

// Nothing: the figure does not apply, and is left out of files. NaN: it cannot be told from these
// images (a class is missing, there is nothing to count), and is null in files.
using Number = std::optional<double>;

enum class Better { kNeither, kHigher, kLower };

struct FigureInfo {
  const char* key;  // in files
  const char* name;
  Unit unit;
  Better better;
  const char* help;    // one or two sentences
  const char* source;  // the file that computes it, and the publication
};

// `value`: where it stands in a section. `interval`: its confidence interval of 95 %, in files
// KEY_interval; may be null.
template <class Section>
struct FigureOf : FigureInfo {
  Number Section::*value;
  std::optional<quality::Interval> Section::*interval = nullptr;
};

// Decisions on whole images.
struct ImageFigures {
  Number images, ok_images, ng_images;
  Number auroc, average_precision, threshold, accuracy, overkill, escape, ece, error;
  Number best_accuracy_on_test, overkill_at_5_percent_escape_on_test;
  std::optional<quality::Interval> auroc_interval, accuracy_interval;
  std::optional<quality::Interval> overkill_interval, escape_interval;
  std::string threshold_rule;  // inspection: how the threshold was chosen

  static std::span<const FigureOf<ImageFigures>> table();
};

// A heat map, over all pixels of a set of images.
struct PixelFigures {
  Number px_ap, base_rate, aupro, pixels, regions;

  static std::span<const FigureOf<PixelFigures>> table();
};

// Boxes, and the heat map that they come from.
struct LocalisationFigures {
  Number images, ok_images, truths, missed, false_boxes, false_boxes_per_ok_image;
  Number loc_at_3px, loc_at_3px_by_centre;
  Number mean_edge_error_px, median_edge_error_px, p95_edge_error_px;
  Number mean_centre_error_px, median_centre_error_px, p95_centre_error_px;
  Number max_box_acc_v2, max_box_acc_v2_oracle, max_box_acc_v2_centre_box, map_at_50, px_ap;
  Number cor_loc;  // of the training images, in comparisons alone
  std::optional<MaxBoxAcc::Result> max_box_acc_v2_details;
  std::optional<PixelFigures> pixels;
  std::map<std::string, PixelFigures> pixels_by_class;
  std::string box_rule;             // how boxes are made of the map
  std::vector<double> edge_errors;  // one a matched truth, ascending

  static std::span<const FigureOf<LocalisationFigures>> table();
};

// The images of one class.
struct ClassFigures {
  Number images, right, right_share, auroc, px_ap, px_base_rate;

  static std::span<const FigureOf<ClassFigures>> table();
};

// counts[row][column]: test images of class truth[row] that were called called[column].
struct ConfusionFigures {
  std::vector<std::string> truth, called;
  std::vector<std::vector<int64_t>> counts;
};

// Everything that is measured on the test images: the contents of eval.json.
struct Figures {
  ImageFigures image;
  // Of parts whose views are known (data.part), by the worst view of each.
  std::optional<ImageFigures> part = {};
  std::optional<LocalisationFigures> localisation;  // where truth is known
  std::vector<std::pair<std::string, ClassFigures>> by_class;
  ConfusionFigures confusion;
};

Json to_json(const ImageFigures& figures);
Json to_json(const LocalisationFigures& figures);
Json to_json(const ClassFigures& figures);
Json to_json(const ConfusionFigures& figures);
Json to_json(const Figures& figures);
// Throws Error that names the key.
Figures figures_from_json(const Json& json);

// Matching of boxes as figures, without those of box_accuracy.h.
LocalisationFigures figures_of(const Localisation& found);

// A figure of the whole, for tables that show figures of several sections.
class Picked {
 public:
  Picked(Number ImageFigures::*value);         // NOLINT: implicit, so that lists read well
  Picked(Number LocalisationFigures::*value);  // NOLINT
  const FigureInfo& info() const { return *info_; }
  Number of(const Figures& figures) const;

 private:
  const FigureInfo* info_;
  std::variant<Number ImageFigures::*, Number LocalisationFigures::*> value_;
};
// {key: value} of those that apply.
Json picked_json(const Figures& figures, std::span<const Picked> picked);

// What the tables say of one figure.
const FigureOf<ImageFigures>& info_of(Number ImageFigures::*value);
const FigureOf<LocalisationFigures>& info_of(Number LocalisationFigures::*value);
const FigureOf<ClassFigures>& info_of(Number ClassFigures::*value);
const FigureOf<PixelFigures>& info_of(Number PixelFigures::*value);

// docs/metrics.md holds these rows: | key | unit | better | definition | source |.
std::string markdown_table(std::span<const FigureInfo* const> figures);

}  // namespace paucal::metrics
