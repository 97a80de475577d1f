#include "base/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace paucal {
namespace {

using testing::HasSubstr;

struct Inner {
  double lr = 0.03;
  int epochs = 10;
  template <class V>
  void visit(V& v) {
    v(lr, "lr", "peak learning rate", Range{0, 10});
    v(epochs, "epochs", "passes over the data", Range{1, 1000});
  }
};

struct Sample {
  bool fast = false;
  int64_t big = 0;
  uint64_t seed = 1;
  std::string root;
  std::string schedule = "cosine";
  std::vector<int> steps;
  std::vector<double> weights = {0.5};
  std::vector<std::string> ok;
  Inner train;
  template <class V>
  void visit(V& v) {
    v(fast, "fast", "skip what takes long");
    v(big, "big", "any integer");
    v(seed, "seed", "seed of everything");
    v(root, "root", "folder of the images # with a hash");
    v(schedule, "schedule", "how the rate falls", OneOf{{"cosine", "constant"}});
    v(steps, "steps", "epochs at which the rate falls", Range{1, 100});
    v(weights, "weights", "one a class", Range{0, 1});
    v(ok, "ok", "classes that mean OK");
    v.group(train, "train", "the training");
  }
};

// The message of the Error that `body` throws.
std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

class OptionsTest : public testing::Test {
 protected:
  Sample sample_;
  Options options_ = options_of(sample_);

  std::string refusal(const std::string& key_equals_value) {
    return message_of([&] { options_.assign(key_equals_value); });
  }
  std::string yaml_refusal(const std::string& text) {
    return message_of([&] { options_.load_yaml_text(text, "a.yaml"); });
  }
};

TEST_F(OptionsTest, TakesEveryTypeAsText) {
  for (const auto* text : {"fast=Yes", "big=-9223372036854775808", "seed=18446744073709551615",
                           "root= /a b=c ", "schedule=constant", "steps=1, 2,3", "weights=[0.25,1]",
                           "ok=OK,good", "train.lr=1e-3", "train.epochs=2e1"})
    options_.assign(text);
  EXPECT_TRUE(sample_.fast);
  EXPECT_EQ(sample_.big, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(sample_.seed, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(sample_.root, "/a b=c");
  EXPECT_EQ(sample_.schedule, "constant");
  EXPECT_EQ(sample_.steps, (std::vector{1, 2, 3}));
  EXPECT_EQ(sample_.weights, (std::vector{0.25, 1.0}));
  EXPECT_EQ(sample_.ok, (std::vector<std::string>{"OK", "good"}));
  EXPECT_EQ(sample_.train.lr, 1e-3);
  EXPECT_EQ(sample_.train.epochs, 20);
  options_.assign("ok=");
  EXPECT_TRUE(sample_.ok.empty());
}

TEST_F(OptionsTest, RefusesWrongTypesWithTheExpectation) {
  EXPECT_THAT(refusal("fast=maybe"), HasSubstr("fast=maybe: expected true or false"));
  EXPECT_THAT(refusal("big=1.5"), HasSubstr("big=1.5: expected integer"));
  EXPECT_THAT(refusal("big=9223372036854775808"), HasSubstr("expected integer"));
  EXPECT_THAT(refusal("seed=-1"), HasSubstr("seed=-1: expected integer"));
  EXPECT_THAT(refusal("train.lr=fast"), HasSubstr("train.lr=fast: expected number from 0"));
  EXPECT_THAT(refusal("train.lr=nan"), HasSubstr("train.lr=nan"));
  EXPECT_THAT(refusal("train.lr="), HasSubstr("expected number"));
  EXPECT_THAT(refusal("train.epochs=1x"), HasSubstr("train.epochs=1x"));
  EXPECT_THAT(refusal("steps=1,,2"), HasSubstr("expected list of integers"));
  EXPECT_THAT(refusal("train.epochs"), HasSubstr("expected key=value"));
  EXPECT_THAT(refusal("=3"), HasSubstr("expected key=value"));
}

TEST_F(OptionsTest, KeepsBoundsAndChoices) {
  EXPECT_THAT(refusal("train.epochs=0"), HasSubstr("integer from 1 to 1000"));
  EXPECT_THAT(refusal("train.epochs=1e300"), HasSubstr("integer from 1 to 1000"));
  EXPECT_THAT(refusal("train.lr=-0.1"), HasSubstr("number from 0"));
  EXPECT_THAT(refusal("weights=0.5,2"), HasSubstr("weights="));
  EXPECT_THAT(refusal("schedule=linear"), HasSubstr("expected one of cosine, constant"));
  EXPECT_EQ(sample_.weights, std::vector{0.5});  // refused as a whole
  EXPECT_EQ(sample_.train.epochs, 10);
}

TEST_F(OptionsTest, NamesTheNearestKeys) {
  EXPECT_THAT(refusal("tran.lr=1"), HasSubstr("unknown key 'tran.lr', did you mean train.lr"));
  EXPECT_THAT(refusal("lr=1"), HasSubstr("did you mean train.lr"));
  EXPECT_THAT(refusal("SEED=1"), HasSubstr("did you mean seed"));
  EXPECT_THAT(refusal("zürich\xff=1"), HasSubstr("unknown key"));
  EXPECT_THAT(refusal("qqqqqqqqqq=1"), testing::Not(HasSubstr("did you mean")));
}

TEST_F(OptionsTest, ReadsYaml) {
  options_.load_yaml_text(
      "fast: true\nroot: ' a '\nok: [\"a,b\", '[c', d]\nsteps: 4\ntrain:\n  lr: 0.5\n"
      "train.epochs: 3\n",
      "a.yaml");
  EXPECT_TRUE(sample_.fast);
  EXPECT_EQ(sample_.root, " a ");  // quoted: as it stands
  EXPECT_EQ(sample_.ok, (std::vector<std::string>{"a,b", "[c", "d"}));
  EXPECT_EQ(sample_.steps, std::vector{4});
  EXPECT_EQ(sample_.train.lr, 0.5);
  EXPECT_EQ(sample_.train.epochs, 3);
  options_.load_yaml_text("", "empty.yaml");
  options_.load_yaml_text("train:\n  # lr: 1\nok:\n", "comments.yaml");
  EXPECT_TRUE(sample_.ok.empty());
}

TEST_F(OptionsTest, YamlErrorsNameTheLine) {
  EXPECT_THAT(yaml_refusal("seed: 1\ntrain:\n  lr: 0.1\n  epochs: 0\n"),
              HasSubstr("'a.yaml' line 4: train.epochs=0: expected"));
  EXPECT_THAT(yaml_refusal("seed: 1\nsede: 2\n"), HasSubstr("line 2: unknown key 'sede', did you"));
  EXPECT_THAT(yaml_refusal("a: [1\nb: }"), HasSubstr("'a.yaml' line "));
  EXPECT_THAT(yaml_refusal("- 1\n"), HasSubstr("expected a YAML map"));
  EXPECT_THAT(yaml_refusal("trian: {}\n"), HasSubstr("line 1: unknown key 'trian'"));
  EXPECT_THAT(yaml_refusal("train: 3\n"), HasSubstr("line 1: unknown key 'train'"));
  EXPECT_THAT(yaml_refusal("seed: {a: 1}\n"), HasSubstr("seed: expected integer"));
  EXPECT_THAT(yaml_refusal("seed: [1]\n"), HasSubstr("line 1: seed=[1]: expected integer"));
  EXPECT_THAT(yaml_refusal("seed:\n"), HasSubstr("seed=: expected integer"));
  EXPECT_THAT(yaml_refusal("seed: 1\nseed: 2\n"), HasSubstr("line 2: key 'seed' is given twice"));
  EXPECT_THAT(yaml_refusal("train: &a\n  train: *a\n"), HasSubstr("unknown key 'train.train'"));
  EXPECT_THAT(message_of([&] { options_.load_yaml("/nowhere/a.yaml"); }),
              HasSubstr("'/nowhere/a.yaml': No such file"));
}

TEST_F(OptionsTest, YamlLoadsBackEqual) {
  sample_.fast = true;
  sample_.big = std::numeric_limits<int64_t>::max();
  sample_.seed = std::numeric_limits<uint64_t>::max();
  sample_.root = " a: 'b' # \"c\"\n\té✓, null";
  sample_.steps = {};
  sample_.weights = {0.1, 1.0 / 3, 1e-9};
  sample_.ok = {"", "yes", "a, b", "[x]", "1"};
  sample_.train.lr = 0.1 + 0.2;
  Sample copy;
  Options loaded = options_of(copy);
  loaded.load_yaml_text(options_.to_yaml(), "back.yaml");
  EXPECT_EQ(loaded.to_json(), options_.to_json());
}

TEST_F(OptionsTest, JsonLoadsBackEqual) {
  options_.assign("ok=a,b");
  options_.assign("train.lr=0.7");
  options_.assign("seed=18446744073709551615");
  Sample copy;
  Options loaded = options_of(copy);
  loaded.load_json(Json::parse(options_.to_json().dump()));
  EXPECT_EQ(loaded.to_json(), options_.to_json());
  EXPECT_EQ(copy.train.lr, 0.7);
  EXPECT_EQ(options_.to_json()["train"]["epochs"], 10);
}

TEST_F(OptionsTest, JsonIsCheckedAsWell) {
  const auto refusal = [&](const char* text) {
    return message_of([&] { options_.load_json(Json::parse(text)); });
  };
  EXPECT_THAT(refusal("[1]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(refusal(R"({"trian": {}})"), HasSubstr("unknown key 'trian'"));
  EXPECT_THAT(refusal(R"({"train": {"lr": "x"}})"), HasSubstr("train.lr=x: expected"));
  EXPECT_THAT(refusal(R"({"seed": {}})"), HasSubstr("seed={}: expected integer"));
  EXPECT_THAT(refusal(R"({"big": 18446744073709551615})"), HasSubstr("expected integer"));
  EXPECT_THAT(refusal(R"({"fast": 1})"), HasSubstr("fast=1: expected true or false"));
  EXPECT_THAT(refusal(R"({"seed": null})"), HasSubstr("seed=null"));
}

TEST_F(OptionsTest, EscapesTextsThatAreNotUtf8) {
  sample_.root = "a\xff";
  EXPECT_THAT(options_.to_yaml(), HasSubstr("root: \"a\uEFFF\"")) << "and comes back";
  EXPECT_THAT(refusal("steps=\xff"), HasSubstr("expected list of integers"));
}

TEST_F(OptionsTest, HelpTellsDefaultsBoundsAndMeaning) {
  sample_.train.epochs = 99;  // help shows the default, not what is set
  const std::string help = options_.help();
  EXPECT_THAT(help, HasSubstr("train: the training"));
  EXPECT_THAT(help, HasSubstr("passes over the data [integer from 1"));
  EXPECT_THAT(help, HasSubstr("default 10]"));
  EXPECT_THAT(help, HasSubstr("one of cosine, constant"));
}

enum class Colour { kRed, kGreen };
struct Painted {
  Colour colour = Colour::kRed;

  template <class V>
  void visit(V& v) {
    v(colour, "colour", "of the wall", OneOf{{"red", "green"}});
  }
};

TEST(Options, ARetiredKeyNamesItsSuccessor) {
  Sample sample;
  Options options = options_of(sample);
  options.retire("train.rate", "train.lr");
  try {
    options.assign("train.rate=.1");
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("train.rate is now train.lr"));
  }
  options.assign("train.lr=.1");
  EXPECT_EQ(sample.train.lr, .1);
}

TEST(OptionsOfEnums, ReadAndWriteNames) {
  Painted painted;
  Options options = options_of(painted);
  options.assign("colour=green");
  EXPECT_EQ(painted.colour, Colour::kGreen);
  EXPECT_EQ(options.to_json().dump(), R"({"colour":"green"})");
  EXPECT_THAT(options.to_yaml(), HasSubstr("colour: \"green\""));
  options.load_json({{"colour", "red"}});
  EXPECT_EQ(painted.colour, Colour::kRed);
  options.load_yaml_text("colour: green", "a.yaml");
  EXPECT_EQ(painted.colour, Colour::kGreen);
  EXPECT_FALSE(options.at("colour").is_list());
  EXPECT_THAT(options.help(), HasSubstr("[one of red, green; default \"red\"]"));
}

TEST(OptionsOfEnums, RefuseOtherNames) {
  Painted painted;
  Options options = options_of(painted);
  for (const Json& bad : {Json("blue"), Json(1), Json(), Json::array({"red"})})
    EXPECT_THAT(message_of([&] { options.at("colour").set(bad); }),
                HasSubstr("expected one of red, green"));
  EXPECT_EQ(painted.colour, Colour::kRed);
}

}  // namespace
}  // namespace paucal
