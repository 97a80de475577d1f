#include "models/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstring>

#include "base/error.h"
#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::bytes_of;
using test::error_of;
using ::testing::HasSubstr;

// Header and data as a file.
Bytes file_of(const std::string& header, size_t data_size) {
  const uint64_t length = header.size();
  Bytes bytes(sizeof(length) + length + data_size);
  std::memcpy(bytes.data(), &length, sizeof(length));
  std::memcpy(bytes.data() + sizeof(length), header.data(), length);
  return bytes;
}

void read_hostile(Bytes bytes) {
  const TensorIndex index = index_safetensors(bytes, "test");
  for (const auto& [name, tensor] : tensors_of(index, std::move(bytes)).tensors)
    tensor.to(at::kDouble).sum();
}

TensorFile sample() {
  TensorFile file;
  const at::Tensor base = torch::arange(12, at::kFloat).view({3, 4});
  file.tensors["a.transposed"] = base.t();
  file.tensors["scalar"] = torch::tensor(int64_t{42});
  file.tensors["empty"] = torch::zeros({0, 3});
  file.tensors["flag"] = torch::tensor({true, false, true});
  for (const auto type : {at::kDouble, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort,
                          at::kChar, at::kByte})
    file.tensors[at::toString(type)] = base.slice(1, 0, 3).to(type);
  file.metadata = {{"format", "pt"}, {"note", "\"quoted\" ä"}};
  return file;
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const test::TempFolder folder;
  const TensorFile written = sample();
  write_safetensors(folder / "a.safetensors", written);
  const TensorFile read = read_safetensors(folder / "a.safetensors");
  EXPECT_EQ(read.metadata, written.metadata);
  ASSERT_EQ(read.tensors.size(), written.tensors.size());
  for (const auto& [name, tensor] : written.tensors) {
    EXPECT_EQ(read.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(read.tensors.at(name), tensor)) << name;
  }
  write_safetensors(folder / "b.safetensors", read);
  EXPECT_EQ(hash_file(folder / "a.safetensors"), hash_file(folder / "b.safetensors"));
}

TEST(Safetensors, ReadsDataThatIsNotAligned) {
  Bytes bytes = file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                        R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                        5);
  const float value = 1.5F;
  std::memcpy(bytes.data() + bytes.size() - 4, &value, 4);
  const TensorIndex index = index_safetensors(bytes, "test");
  EXPECT_EQ(tensors_of(index, bytes).tensors.at("b").item<float>(), 1.5F);
}

TEST(Safetensors, NamesWhatIsWrongWithAFile) {
  struct Case {
    std::string header;
    size_t data;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {R"([])", 0, "unexpected a list"},
      {R"({"a":1})", 0, "unexpected a number"},
      {R"({"a")", 0, "header, character"},
      {R"({} x)", 0, "header, character"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 4, "expected the keys"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":[]}})", 4, "unexpected a list"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "expected the keys"},
      {R"({"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", 4, "given twice"},
      {R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}})", 4, "'F8_E4M3' is not"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "negative number"},
      {R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, "a fraction"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "expected 8 bytes"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "data_offsets [4, 0]"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
       "too large"},
      {R"({"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", 0,
       "too large"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "(gap)"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8, "accounts for 4"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4, "4 bytes of data follow"},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
       R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
       3, "(overlap)"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
       R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
       2, "'a' given twice"},
      {"{\"a\\u0007\":{}}", 0, "'a?', expected"},
      {R"({"__metadata__":{"a":1}})", 0, "unexpected a number"},
      {R"({"__metadata__":{"a":"1","a":"2"}})", 0, "metadata 'a' given twice"},
  };
  for (const Case& c : cases)
    EXPECT_THAT(error_of([&] { index_safetensors(file_of(c.header, c.data), "f.safetensors"); }),
                ::testing::AllOf(HasSubstr(c.expected), HasSubstr("'f.safetensors': byte")))
        << c.header;
  EXPECT_THAT(error_of([] { index_safetensors(Bytes(7), "f"); }), HasSubstr("expected 8"));
  EXPECT_THAT(error_of([] { index_safetensors(Bytes(9, 0xff), "f"); }), HasSubstr("at most 1"));
}

TEST(Safetensors, RefusesTruthValuesThatAreNeither) {
  Bytes bytes = file_of(R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", 1);
  bytes.back() = 2;
  EXPECT_THAT(error_of([&] { read_hostile(bytes); }), HasSubstr("is 2, expected 0 or 1"));
}

TEST(Safetensors, WritesOnlyNamesThatItReads) {
  const test::TempFolder folder;
  TensorFile file;
  file.tensors["a\nb"] = at::zeros({1});
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "a", file); }), HasSubstr("'a?b'"));
}

TEST(Safetensors, WritesOnlyWhatItsLimitsLetItRead) {
  const test::TempFolder folder;
  TensorFile large;  // no memory: one byte, repeated
  large.tensors["a"] = at::zeros({1}, at::kByte).expand({int64_t{1} << 32});
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "a", large); }),
              HasSubstr("4294967296 bytes of tensors"));
  TensorFile deep;
  deep.tensors["a"] = at::zeros(std::vector<int64_t>(17, 1));
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "a", deep); }), HasSubstr("17 dimensions"));
  TensorFile wordy;
  wordy.metadata["a"] = std::string(SafetensorsLimits::kHeader, 'x');
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "a", wordy); }), HasSubstr("header of"));
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

TEST(Safetensors, SurvivesDamagedFiles) {
  const test::TempFolder folder;
  write_safetensors(folder / "a", sample());
  const Bytes bytes = value_or_throw(read_file(folder / "a"));
  const int read = test::survive_mutations(bytes, 2000, read_hostile);
  EXPECT_GT(read, 20);    // damage to the data alone goes unseen
  EXPECT_LT(read, 1500);  // the header does not
}

}  // namespace
}  // namespace paucal::models
