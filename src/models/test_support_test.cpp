#include "models/test_support.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <map>
#include <new>

#include "base/error.h"
#include "base/random.h"

namespace {
std::atomic<size_t> g_allocated{0};
}

// Counts what is asked for, to hold the readers of hostile files to their word.
void* operator new(size_t size) {
  g_allocated += size;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace paucal::models::test {
namespace {

Bytes mutated(Bytes bytes, Random& random) {
  constexpr uint64_t kExtremes[] = {0, 1, 0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX};
  const int64_t changes = random.between(1, 4);
  for (int64_t i = 0; i < changes && !bytes.empty(); ++i) {
    const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
    switch (random.below(6)) {
      case 0:
        bytes[at] ^= static_cast<uint8_t>(1 << random.below(8));
        break;
      case 1:
        bytes[at] = static_cast<uint8_t>(random.below(256));
        break;
      case 2:
        bytes.insert(bytes.begin() + at, static_cast<uint8_t>(random.below(256)));
        break;
      case 3:
        bytes.erase(bytes.begin() + at);
        break;
      case 4: {
        const uint64_t value = kExtremes[random.below(std::size(kExtremes))];
        for (size_t j = 0; j < 8 && at + j < bytes.size(); ++j) bytes[at + j] = value >> (8 * j);
        break;
      }
      default:
        if (random.chance(0.1)) bytes.resize(at);
    }
  }
  return bytes;
}

}  // namespace

at::Tensor noise(int64_t n, uint64_t stream) {
  at::Tensor values = at::empty({n}, at::kFloat);
  for (int64_t i = 0; i < n; ++i) {
    uint64_t x = (static_cast<uint64_t>(i) + (stream << 32)) * 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9ULL;
    values.data_ptr<float>()[i] = static_cast<float>(static_cast<double>(x >> 40) / 0x1p24 - 0.5);
  }
  return values;
}

void fill_with_noise(torch::nn::Module& module) {
  const at::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> state;
  for (const auto& item : module.named_parameters()) state[item.key()] = item.value();
  for (const auto& item : module.named_buffers())
    if (!item.key().ends_with("num_batches_tracked")) state[item.key()] = item.value();
  uint64_t stream = 1;
  for (auto& [name, tensor] : state) {
    const at::Tensor u = noise(tensor.numel(), stream++).view_as(tensor);
    const bool scale = name.ends_with("weight") || name.ends_with("running_var");
    if (name.starts_with("fc."))
      tensor.copy_(u * 0.1);
    else if (tensor.dim() == 4)
      tensor.copy_(u * std::sqrt(24.0 / tensor[0].numel()));
    else
      tensor.copy_(u * 0.4 + (scale ? 1 : 0));
  }
}

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "paucal-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) fail("test", "'{}': cannot make a folder", name);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string error_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

int survive_mutations(const Bytes& original, int count, const std::function<void(Bytes)>& read) {
  int accepted = 0;
  for (int i = 0; i < count; ++i) {
    Random random(7, 1, static_cast<uint64_t>(i));
    Bytes bytes = mutated(original, random);
    const size_t size = bytes.size();
    const size_t before = g_allocated;
    accepted += error_of([&] { read(std::move(bytes)); }).empty() ? 1 : 0;
    EXPECT_LT(g_allocated - before, (size_t{1} << 18) + 256 * size) << "mutation " << i;
  }
  return accepted;
}

TEST(TestSupport, NoiseIsWhatTheReferenceProgramDraws) {
  const at::Tensor values = noise(3, 1);
  EXPECT_LT(values.abs().max().item<float>(), 0.5F);
  EXPECT_TRUE(at::equal(values, noise(3, 1)));
  EXPECT_FALSE(at::equal(values, noise(3, 2)));
}

}  // namespace paucal::models::test
