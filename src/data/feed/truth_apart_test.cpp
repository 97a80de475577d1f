// That truth cannot reach training is a property of types: where it is lost, this does not compile.
#include <gtest/gtest.h>

#include <type_traits>

#include "data/feed/inspection_views.h"
#include "data/feed/semi_views.h"
#include "data/set/truth_table.h"

namespace paucal::data {
namespace {

template <class T>
concept HoldsTable = requires(T& given) {
  given.truth;
};
template <class T>
concept HoldsObjects = requires(T& given) {
  given.objects;
};
template <class T>
concept HoldsMask = requires(T& given) {
  given.mask_path;
};
template <class T>
constexpr bool kHoldsTruth = HoldsTable<T> || HoldsObjects<T> || HoldsMask<T>;

// Of three kinds of views, how many can be made of it.
template <class Given>
constexpr int kViews =
    std::is_constructible_v<InspectionViews, const Given&, ImageCache&, const ViewOptions&,
                            const edge::PreprocessOptions&, int, uint64_t> +
    std::is_constructible_v<ClassificationViews, const Given&, ImageCache&,
                            const InspectionAugmentOptions&, const edge::PreprocessOptions&, int,
                            uint64_t> +
    std::is_constructible_v<SemiViews, const Given&, ImageCache&, const SemiViewOptions&,
                            const edge::PreprocessOptions&, const SemiShares&, uint64_t>;

TEST(TruthApart, NoTrainingCodeCanTakeIt) {
  static_assert(kHoldsTruth<LabelledSet> && kHoldsTruth<ImageTruth>);
  static_assert(!kHoldsTruth<Record> && !kHoldsTruth<Dataset>);
  static_assert(!std::is_convertible_v<LabelledSet, Dataset>);
  static_assert(kViews<Dataset> == 3);
  static_assert(kViews<Truth> + kViews<LabelledSet> + kViews<ImageTruth> == 0);
}

}  // namespace
}  // namespace paucal::data
