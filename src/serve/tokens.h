#pragma once
// Who may ask for what. A file of lines "name scopes sha256": scopes of infer, models and metrics
// with commas between, and the SHA-256 of the token in hex; '#' begins a comment. Only digests are
// stored, so the file is of no use to who reads it; tokens are long and random, so no salt is
// needed.
//   printf 'line1 infer %s\n' "$(printf %s "$TOKEN" | sha256sum | cut -d' ' -f1)" >> tokens

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"

namespace paucal::serve {

// What a token may do; a set of bits.
enum Scope : unsigned {
  kOpen = 0,  // to everybody
  kInferScope = 1,
  kModelsScope = 2,
  kMetricsScope = 4,
};

struct Token {
  std::string name;
  unsigned scopes = 0;
  Sha256::Digest digest{};
};

// At most 1,000 lines; the failure names the line. `origin` names the text.
Result<std::vector<Token>> read_tokens(std::string_view text, std::string_view origin);

// Any thread.
class Tokens {
 public:
  static Result<std::shared_ptr<Tokens>> open(std::filesystem::path file);

  // Reads the file again. Where it is wrong, what was read before stays, and it is told why.
  std::optional<Failure> reload();

  // Of the header `Authorization`: "Bearer TOKEN", or "Basic" with name and token. Compares with
  // every line, all of it, whatever it is: the time tells nothing.
  std::optional<Token> find(std::string_view authorization) const;

 private:
  using Lines = std::vector<Token>;
  explicit Tokens(std::filesystem::path file) : file_(std::move(file)) {}
  std::shared_ptr<const Lines> lines() const;

  std::filesystem::path file_;
  mutable std::mutex mutex_;  // of the pointer alone
  std::shared_ptr<const Lines> lines_;
};

}  // namespace paucal::serve
