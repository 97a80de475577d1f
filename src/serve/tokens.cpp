#include "serve/tokens.h"

#include <algorithm>

#include "base/base64.h"
#include "base/error.h"
#include "base/files.h"

namespace paucal::serve {
namespace {

constexpr std::size_t kMaxTokens = 1000, kMaxTokenFile = 1 << 20;

// The text before `separator`, which is taken off `rest`; all of it where there is none.
std::string_view next_of(std::string_view& rest, std::string_view separators) {
  const std::size_t end = std::min(rest.find_first_of(separators), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

std::string_view next_word(std::string_view& rest) {
  rest = trim(rest);
  return next_of(rest, " \t");
}

// 0: none, or one that is not known.
unsigned scopes_in(std::string_view text) {
  unsigned scopes = 0;
  if (text.ends_with(',')) return 0;
  while (!text.empty()) {
    const std::string_view scope = next_of(text, ",");
    if (scope == "infer")
      scopes |= kInferScope;
    else if (scope == "models")
      scopes |= kModelsScope;
    else if (scope == "metrics")
      scopes |= kMetricsScope;
    else
      return 0;
  }
  return scopes;
}

Sha256::Digest digest_in(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Sha256::Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<std::uint8_t>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
  return digest;
}

// In the time of all bytes.
bool is_same(const Sha256::Digest& a, const Sha256::Digest& b) {
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different |= a[i] ^ b[i];
  return different == 0;
}

struct Credentials {
  std::optional<std::string> name;  // Basic alone
  std::string token;
};

std::optional<Credentials> credentials_in(std::string_view authorization) {
  std::string_view rest = trim(authorization);
  const std::string scheme = lower(next_word(rest));
  rest = trim(rest);
  if (rest.empty()) return std::nullopt;
  if (scheme == "bearer") return Credentials{{}, std::string(rest)};
  if (scheme != "basic") return std::nullopt;
  const auto decoded = from_base64(rest);
  if (!decoded) return std::nullopt;
  const std::string pair(decoded->begin(), decoded->end());
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{pair.substr(0, colon), pair.substr(colon + 1)};
}

}  // namespace

Result<std::vector<Token>> read_tokens(std::string_view text, std::string_view origin) {
  std::vector<Token> tokens;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = next_of(text, "\n");
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const std::string_view name = next_word(line), scopes = next_word(line), hex = trim(line);
    const auto wrong = [&](std::string_view what) {
      return failure("tokens", "'{}', line {}: {}", origin, number, what);
    };
    if (scopes_in(scopes) == 0)
      return wrong("expected \"name scopes sha256\", scopes of infer, models and metrics");
    if (name.find(':') != name.npos) return wrong("a colon in the name, expected none");
    if (!is_sha256(hex)) return wrong("expected a SHA-256 of 64 lower-case hex digits");
    if (tokens.size() >= kMaxTokens) return wrong("expected at most 1000 tokens");
    tokens.push_back({std::string(name), scopes_in(scopes), digest_in(hex)});
  }
  return tokens;
}

Result<std::shared_ptr<Tokens>> Tokens::open(std::filesystem::path file) {
  std::shared_ptr<Tokens> tokens(new Tokens(std::move(file)));
  if (auto wrong = tokens->reload()) return std::move(*wrong);
  return tokens;
}

std::optional<Failure> Tokens::reload() {
  const auto bytes = read_file(file_, kMaxTokenFile);
  if (!bytes.ok()) return bytes.failure();
  auto read =
      read_tokens({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file_.string());
  if (!read.ok()) return read.failure();
  auto lines = std::make_shared<const Lines>(std::move(*read));
  const std::lock_guard lock(mutex_);
  lines_ = std::move(lines);
  return std::nullopt;
}

std::shared_ptr<const Tokens::Lines> Tokens::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::optional<Token> Tokens::find(std::string_view authorization) const {
  const auto given = credentials_in(authorization);
  if (!given) return std::nullopt;
  const Sha256::Digest digest = Sha256().add(given->token).digest();
  const auto known = lines();
  const Token* found = nullptr;
  for (const Token& token : *known)
    if (is_same(token.digest, digest) && (!given->name || *given->name == token.name))
      found = &token;
  return found ? std::optional(*found) : std::nullopt;
}

}  // namespace paucal::serve
