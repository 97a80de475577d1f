#include "models/pth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstring>

#include "base/error.h"
#include "models/pickle.h"
#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::bytes_of;
using test::error_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::string_literals;

// torch.save of {"epoch": 3, …, "state_dict": OrderedDict of tensors}, by PyTorch 1.13; the legacy
// one with _use_new_zipfile_serialization=False.
Bytes fixture(const char* name = "state_dict.pth") {
  const auto source = std::filesystem::path(__FILE__).parent_path();
  return value_or_throw(read_file(source / "../../tests/fixtures/models" / name));
}

void read_all(Bytes bytes) {
  const TensorIndex index = index_pth(bytes, "test");
  for (const auto& [name, tensor] : tensors_of(index, std::move(bytes)).tensors)
    tensor.to(at::kDouble).sum();
}

template <class T>
void put(Bytes& bytes, T value) {
  const auto* data = reinterpret_cast<const uint8_t*>(&value);
  bytes.insert(bytes.end(), data, data + sizeof(T));
}

// A stored zip archive. `method` 8 claims compression.
Bytes zip_of(const std::vector<std::pair<std::string, std::string>>& entries, uint16_t method = 0) {
  Bytes bytes;
  Bytes directory;
  const auto append = [](Bytes& to, const std::string& text) {
    to.insert(to.end(), text.begin(), text.end());
  };
  for (const auto& [name, data] : entries) {
    const auto header = static_cast<uint32_t>(bytes.size());
    Bytes common(4);  // version, flags
    put(common, method);
    common.resize(common.size() + 8);  // time, date, CRC
    put(common, static_cast<uint32_t>(data.size()));
    put(common, static_cast<uint32_t>(data.size()));
    put(common, static_cast<uint16_t>(name.size()));
    put(common, uint16_t{0});
    append(bytes, "PK\3\4");
    bytes.insert(bytes.end(), common.begin(), common.end());
    append(bytes, name + data);
    append(directory, "PK\1\2\0\0"s);
    directory.insert(directory.end(), common.begin(), common.end());
    directory.resize(directory.size() + 10);  // comment, disk, attributes
    put(directory, header);
    append(directory, name);
  }
  const auto begin = static_cast<uint32_t>(bytes.size());
  bytes.insert(bytes.end(), directory.begin(), directory.end());
  append(bytes, "PK\5\6\0\0\0\0"s);
  put(bytes, static_cast<uint16_t>(entries.size()));
  put(bytes, static_cast<uint16_t>(entries.size()));
  put(bytes, static_cast<uint32_t>(directory.size()));
  put(bytes, begin);
  put(bytes, uint16_t{0});
  return bytes;
}

std::string text(const std::string& value) {
  return "X"s + static_cast<char>(value.size()) + "\0\0\0"s + value;
}

// A float tensor over storage 0 of `count` elements; shape and strides as pickled tuples.
std::string tensor(int count, const std::string& offset, const std::string& shape,
                   const std::string& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" +
         text("0") + text("cpu") + "K" + static_cast<char>(count) + "tQ" + offset + shape +
         strides + "\x89)tR";
}

Bytes file_with(const std::string& pickle, const std::string& data = std::string(16, '\0')) {
  return zip_of({{"a/data.pkl", "\x80\x02" + pickle}, {"a/data/0", data}});
}

std::string error_of_pickle(const std::string& pickle) {
  return error_of([&] { index_pth(file_with(pickle), "f.pth"); });
}

class PthFixture : public ::testing::TestWithParam<const char*> {};

TEST_P(PthFixture, IsReadAsPyTorchSavedIt) {
  Bytes bytes = fixture(GetParam());
  const TensorIndex index = index_pth(bytes, "fixture");
  const auto tensors = tensors_of(index, std::move(bytes)).tensors;
  ASSERT_EQ(tensors.size(), 8);
  const at::Tensor whole = torch::arange(12, at::kFloat).view({3, 4});
  EXPECT_TRUE(at::equal(tensors.at("state_dict.whole"), whole));
  EXPECT_TRUE(at::equal(tensors.at("state_dict.transposed"), whole.t()));
  EXPECT_TRUE(at::equal(tensors.at("state_dict.row"), whole[1]));
  EXPECT_TRUE(at::equal(tensors.at("state_dict.half"), torch::tensor({1.5, -2.0}).to(at::kHalf)));
  EXPECT_TRUE(at::equal(tensors.at("state_dict.parameter"), torch::tensor({7.0F}).view({1, 1})));
  EXPECT_TRUE(at::equal(tensors.at("state_dict.count"), torch::tensor(int64_t{42})));
  EXPECT_TRUE(at::equal(tensors.at("state_dict.flags"), torch::tensor({true, false, true})));
  EXPECT_EQ(tensors.at("state_dict.empty").sizes(), (std::vector<int64_t>{0, 3}));
}

TEST(Pth, ReadsTensorsInListsAndShared) {
  const std::string shared = tensor(4, "K\1", "K\3\x85"s, "K\1\x85"s);
  const Bytes bytes = file_with("}(" + text("a") + shared + "q\5" + text("b") + "](h\5eu.");
  const TensorIndex index = index_pth(bytes, "f");
  ASSERT_EQ(index.tensors.size(), 2);
  EXPECT_EQ(index.tensors[0].name, "a");
  EXPECT_EQ(index.tensors[1].name, "b.0");
  EXPECT_EQ(index.tensors[1].offset, 1);
}

TEST(Pth, RefusesToImportOrCall) {
  EXPECT_THAT(error_of_pickle("cposix\nsystem\n" + text("ls") + "\x85R."),
              AllOf(HasSubstr("'f.pth:data.pkl': byte"), HasSubstr("refers to 'posix.system'")));
  EXPECT_THAT(error_of_pickle("cbuiltins\neval\n."), HasSubstr("'builtins.eval'"));
  EXPECT_THAT(error_of_pickle("ccollections\nOrderedDict\n(](" + text("x") + "etR."),
              HasSubstr("'collections.OrderedDict' with 1 arguments"));
  EXPECT_THAT(error_of_pickle("ctorch._utils\n_rebuild_tensor_v2\n)R."),
              HasSubstr("with 0 arguments"));
  EXPECT_THAT(error_of_pickle(text("x") + ")R."), HasSubstr("no known function"));
  EXPECT_THAT(error_of_pickle("}]b."), HasSubstr("no OrderedDict"));
  EXPECT_THAT(error_of_pickle("ctorch\nFloatStorage\n)\x81."), HasSubstr("opcode 0x81"));
  EXPECT_THAT(error_of_pickle(")Q."), HasSubstr("persistent id"));
}

TEST(Pth, RefusesBrokenPickles) {
  EXPECT_THAT(error_of_pickle("."), HasSubstr("stack is empty"));
  EXPECT_THAT(error_of_pickle("(}."), HasSubstr("left over"));
  EXPECT_THAT(error_of_pickle("}(s."), HasSubstr("stack is empty"));
  EXPECT_THAT(error_of_pickle("}(Nu."), HasSubstr("cannot hold"));
  EXPECT_THAT(error_of_pickle("h\7."), HasSubstr("memo 7"));
  EXPECT_THAT(error_of_pickle("X\xff\xff\xff\x7fshort"s), HasSubstr("expected 2147483647"));
  EXPECT_THAT(error_of_pickle("\x80\5."), HasSubstr("protocol 5"));
  EXPECT_THAT(error_of_pickle("t."), HasSubstr("no mark"));
  EXPECT_THAT(error_of_pickle("\x8a\x09"
                              "123456789."),
              HasSubstr("integer of 9 bytes"));
  EXPECT_THAT(error_of_pickle("ctorch"), HasSubstr("0 bytes left"));
}

TEST(Pth, ReadsNumbersAsPythonDoes) {
  const Bytes bytes = bytes_of("\x80\2(\x8a\1\xffJ\xfe\xff\xff\xffM\1\2G?\xe0\0\0\0\0\0\0\x88t."s);
  const Pickle pickle = read_pickle(bytes, "p");
  const auto& items = pickle[pickle.root].items;
  ASSERT_EQ(items.size(), 5);
  EXPECT_EQ(pickle[items[0]].integer, -1);
  EXPECT_EQ(pickle[items[1]].integer, -2);
  EXPECT_EQ(pickle[items[2]].integer, 513);
  EXPECT_EQ(pickle[items[3]].real, 0.5);
  EXPECT_EQ(pickle[items[4]].integer, 1);
}

TEST(Pth, RefusesTensorsBeyondTheirStorage) {
  const auto message = [](const std::string& t) {
    return error_of_pickle("}"s.append(text("w")).append(t).append("s."));
  };
  const std::string four = "K\4\x85"s;
  const std::string one = "K\1\x85"s;
  EXPECT_EQ(message(tensor(4, "K\0"s, four, one)), "");
  EXPECT_THAT(message(tensor(4, "K\1"s, four, one)), HasSubstr("'w': shape [4], strides [1]"));
  EXPECT_THAT(message(tensor(4, "K\0"s, four, "K\2\x85"s)), HasSubstr("leave its storage"));
  EXPECT_THAT(message(tensor(4, "K\0"s, "J\xff\xff\xff\x7f\x85"s, "K\0\x85"s)),
              HasSubstr("leave its storage"));  // a stride of 0 asks for 8 GB
  EXPECT_THAT(message(tensor(4, "K\0"s, "J\xff\xff\xff\xff\x85"s, one)), HasSubstr("shape [-1]"));
  EXPECT_THAT(message(tensor(4, "J\xff\xff\xff\xff"s, one, one)), HasSubstr("offset -1"));
  EXPECT_THAT(message(tensor(4, "K\0"s, four, ")")), HasSubstr("strides []"));
  EXPECT_THAT(message(tensor(5, "K\0"s, four, one)), HasSubstr("16 bytes, expected 5 elements"));
}

// Thirty dictionaries that each hold the one before twice: a billion tensors in 300 bytes.
TEST(Pth, RefusesTreesThatExplode) {
  const std::string leaf = tensor(4, "K\0"s, "K\4\x85"s, "K\1\x85"s) + "q\0"s;
  std::string pickle = leaf;
  for (char level = 1; level <= 7; ++level) {
    const std::string last = "h"s + static_cast<char>(level - 1);
    pickle += "}(";
    for (char key = 'a'; key <= 'j'; ++key) pickle += text(std::string(1, key)) + last;
    pickle += "uq"s + level;
  }
  // What was built on the way stays on the stack: a tuple takes it all.
  EXPECT_THAT(error_of_pickle("(" + pickle + "t."), HasSubstr("too often"));
  EXPECT_THAT(error_of_pickle("}q\1" + text("self") + "h\1s."), HasSubstr("more than 8 deep"));
}

TEST(Pth, RefusesBrokenArchives) {
  const auto message = [](Bytes bytes) { return error_of([&] { index_pth(bytes, "f.pth"); }); };
  Bytes cut = fixture();
  cut.resize(cut.size() / 2);
  EXPECT_THAT(message(cut), HasSubstr("cut off"));
  EXPECT_THAT(message(zip_of({{"a/data.pkl", "."}}, 8)), HasSubstr("compressed (method 8)"));
  EXPECT_THAT(message(zip_of({{"a/b", "."}, {"a/b", "."}})), HasSubstr("there twice"));
  EXPECT_THAT(message(zip_of({{"a/b", "."}})), HasSubstr("no entry data.pkl"));
  EXPECT_THAT(message(zip_of({{"a/data.pkl", "}."}, {"a/byteorder", "big"}})),
              HasSubstr("byte order 'big'"));
  EXPECT_THAT(message({}), HasSubstr("too few"));
}

TEST_P(PthFixture, SurvivesDamage) {
  const int read = test::survive_mutations(fixture(GetParam()), 2000, read_all);
  EXPECT_GT(read, 20);
  EXPECT_LT(read, 1500);
}

INSTANTIATE_TEST_SUITE_P(Pth, PthFixture,
                         ::testing::Values("state_dict.pth", "state_dict_legacy.pth"),
                         [](const auto& info) { return info.index == 0 ? "zip" : "legacy"; });

// A legacy file with one float tensor of four elements, and what its parts say.
struct LegacyParts {
  std::string protocol = "\x80\x02M\xe9\x03.";
  std::string system = "\x80\x02}" + text("little_endian") + "\x88s.";
  std::string object = "\x80\x02}" + text("w") + tensor(4, "K\0"s, "K\4\x85"s, "K\1\x85"s) + "s.";
  std::string keys = "\x80\x02]" + text("0") + "a.";
  int64_t count = 4;
  std::string data = std::string(16, '\0');

  Bytes bytes() const {
    Bytes result = bytes_of("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + protocol +
                            system + object + keys);
    put(result, count);
    result.insert(result.end(), data.begin(), data.end());
    return result;
  }
  std::string error() const {
    return error_of([&] { index_pth(bytes(), "f.pth"); });
  }
};

TEST(LegacyPth, ReadsOnePart) {
  const TensorIndex index = index_pth(LegacyParts().bytes(), "f");
  ASSERT_EQ(index.tensors.size(), 1);
  EXPECT_EQ(index.tensors[0].name, "w");
  EXPECT_EQ(index.tensors[0].size, 16);
  EXPECT_EQ(index.tensors[0].begin + 16, LegacyParts().bytes().size());
}

TEST(LegacyPth, NamesWhatIsWrong) {
  const auto with = [](std::string LegacyParts::*part, const std::string& value) {
    LegacyParts parts;
    parts.*part = value;
    return parts.error();
  };
  EXPECT_THAT(with(&LegacyParts::protocol, "\x80\x02K\1."), HasSubstr("protocol 1, expected 1001"));
  EXPECT_THAT(with(&LegacyParts::system, "\x80\x02}" + text("little_endian") + "\x89s."),
              HasSubstr("big-endian"));
  EXPECT_THAT(with(&LegacyParts::object,
                   "\x80\x02"
                   "cposix\nsystem\n."),
              HasSubstr("'posix.system'"));
  EXPECT_THAT(with(&LegacyParts::keys, "\x80\x02}."), HasSubstr("no list of storages"));
  EXPECT_THAT(with(&LegacyParts::keys, "\x80\x02]" + text("7") + "a."),
              HasSubstr("storage '7' is of no known type"));
  EXPECT_THAT(with(&LegacyParts::keys, "\x80\x02]."), HasSubstr("tensor 'w': no storage '0'"));
  EXPECT_THAT(with(&LegacyParts::data, std::string(15, '\0')),
              HasSubstr("15 bytes left, expected 16"));
  LegacyParts parts;
  parts.count = INT64_MAX;
  EXPECT_THAT(parts.error(), HasSubstr("storage '0': 9223372036854775807 elements"));
  parts.count = -1;
  EXPECT_THAT(parts.error(), HasSubstr("storage '0': -1 elements"));
  parts.count = 3;
  EXPECT_THAT(parts.error(), HasSubstr("has 12 bytes, expected 4 elements"));
}

}  // namespace
}  // namespace paucal::models
