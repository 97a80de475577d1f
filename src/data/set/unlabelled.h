#pragma once
// Which images are unlabelled: those that data.labels does not name, those whose label is put aside
// to see what few labels can do, and those of data.unlabelled, which may be millions.

#include "data/files/file_index.h"
#include "data/set/options.h"
#include "data/set/truth_table.h"
#include "data/unlabelled/unlabelled_scan.h"

namespace paucal::data {

// The images below the root that are neither labelled nor named by a problem, and no masks; those
// of the truth (see is_truth_path) are left out.
std::vector<std::string> images_left(const FileIndex& files, const std::filesystem::path& truth,
                                     const LabelledSet& set);

// Fills Dataset::unlabelled with the images `left` by data.labels; broken files become problems.
// Where the first folder of an image is named like a class, that is its label for the audit.
void find_unlabelled(const DataOptions& options, const std::vector<std::string>& left,
                     Dataset& dataset);

// Fills Dataset::index with the images of data.unlabelled (see unlabelled_scan.h): listed in the
// file `list`, or as they stand there already. Does nothing where the option is empty. `report`:
// what was found, where they were listed; the log says it too.
void attach_unlabelled(const DataOptions& options, const std::filesystem::path& list,
                       Dataset& dataset, UnlabelledReport* report = nullptr);

// Keeps `count` labels among the images of Split::kTrain, as evenly over the classes as they have
// images, chosen by seed; a larger count keeps what a smaller one kept. The other images become
// unlabelled. Throws Error where that leaves a class without a label, or where there are fewer
// images than labels asked for.
void keep_labels(Dataset& dataset, int64_t count, uint64_t seed);

// path,class,split,group: data.labels reads it back.
void write_labels_csv(const Dataset& dataset, const std::filesystem::path& path);

}  // namespace paucal::data
