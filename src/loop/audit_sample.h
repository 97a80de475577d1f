#pragma once
// The images that measure: drawn by chance, judged by people, never taught.

#include <filesystem>
#include <string>
#include <vector>

#include "loop/challenge.h"
#include "loop/tables.h"

namespace paucal::loop {

struct AuditImage {
  int64_t image = 0;
  std::string name, part, stratum;
  std::string root, path;  // of the copy in the review
  double pi = 1;           // of the spool's draw times that of the sample
  bool ng = false;         // what people say
};

// Those that are done; disputed and unsure ones are left out and counted. `shares`: with which they
// were drawn.
struct AuditSample {
  std::vector<AuditImage> judged;
  int64_t open = 0, unclear = 0;
};
AuditSample audit_sample(review::Database& database);

// What a model file says of each image, in their order. Throws Error where the file is no
// inspection, or an image cannot be read.
std::vector<Said> ask_model(const std::filesystem::path& model,
                            const std::vector<AuditImage>& images);

}  // namespace paucal::loop
