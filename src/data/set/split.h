#pragma once
// Which images train, which choose thresholds, which only measure.

#include <filesystem>

#include "data/set/options.h"
#include "data/set/truth_table.h"

namespace paucal::data {

// Gives every record a split.
//  - A split that the manifest gave is kept, except that validation is carved out of train where
//    the manifest names no val. Where it names a test split, records without one go to train.
//  - Else `options.test` of each class goes to test and `options.val` of the rest to val.
//  - Groups never straddle: a group is Record::group, else what the regular expression
//    `options.group` finds in the path, else byte-identical files. Record::group is filled in.
//  - Record::part is filled in by `options.part`; the views of a part are a group where they have
//    none.
//  - Groups are taken in an order that hashes (seed, group) alone, each if it brings its classes
//    nearer to their share. So a file more or less changes the split of few others, the order of
//    listing none. A class of two groups or more has one in train and in test; of three or more in
//    what is left, one in val.
// A group that the manifest puts in two splits becomes the problem "group-leak". Throws Error where
// `options.group` or `options.part` is not a regular expression with a group, and where the views
// of a part are in two groups.
void assign_splits(Dataset& dataset, const DataOptions& options);

// Whether images are views of parts.
bool knows_parts(const Dataset& dataset);

// Throws Error where a class has no training image.
void refuse_untrained_classes(const Dataset& dataset);

// OK images to learn from: then defects may be known from the test split alone, or not at all.
bool can_learn_from_ok(const Dataset& dataset);

// What a split leaves undone: "no-test" where no figures can be measured, "no-val" where nothing
// chooses thresholds.
std::vector<Problem> missing_splits(const Dataset& dataset);

// Throws Error where no image is left for testing: figures need some.
void refuse_untested(const Dataset& dataset);

// path,class,split,group,mask, and part where it is known: data.split reads it back.
void write_split_csv(const Dataset& dataset, const Truth& truth, const std::filesystem::path& path);

}  // namespace paucal::data
