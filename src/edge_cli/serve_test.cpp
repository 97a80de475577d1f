// The server as a person starts it, asked over the network.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/sha256.h"
#include "command/test_program.h"
#include "edge/api/test_model.h"
#include "edge/pre/encode.h"
#include "http/server/client.h"

namespace paucal::edge_cli {
namespace {

using command::Answer;
using testing::HasSubstr;
using testing::StartsWith;

Bytes model_of(double bias) {
  edge::ModelFile model = edge::bright_spot_model();
  auto card = *edge::card_from_json(model.card);
  card.calibration.ng = {2, bias};
  model.card = edge::to_json(card);
  return edge::write_model(model);
}

// `paucal-edge serve WORDS --listen 127.0.0.1:0`, until it is stopped.
class ServeProgram {
 public:
  explicit ServeProgram(std::vector<std::string> words) {
    words.insert(words.begin(), {PAUCAL_EDGE_PROGRAM, "serve"});
    words.insert(words.end(), {"--listen", "127.0.0.1:0"});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int ends[2];
    if (::pipe(ends) != 0) fail("test", "no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    std::FILE* out = ::fdopen(ends[0], "r");
    char line[1000] = "";
    if (std::fgets(line, sizeof line, out)) said_ = line;  // or its end
    std::fclose(out);
    const auto at = said_.find("http://");
    if (at != std::string::npos) url_ = said_.substr(at, said_.find('\n') - at);
  }
  ~ServeProgram() {
    if (child_ > 0) stop(SIGKILL);
  }
  int stop(int signal = SIGTERM) {
    ::kill(child_, signal);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void hang_up() { ::kill(child_, SIGHUP); }

  const std::string& said() const { return said_; }
  const std::string& url() const { return url_; }

  http::Reply send(const char* method, const std::string& target, const std::string& body = "",
                   const std::string& token = "") {
    http::Client client(value_or_throw(http::parse_url(url_)));
    std::vector<http::Field> fields;
    if (!token.empty()) fields.push_back({"Authorization", "Bearer " + token});
    return value_or_throw(client.send(method, target, fields, body));
  }

 private:
  pid_t child_ = -1;
  std::string said_, url_;
};

class Serve : public testing::Test {
 protected:
  void SetUp() override {
    for (int k = 1; k <= 2; ++k)
      write_file_atomic(folder_ / ("models/m/" + std::to_string(k) + ".paucal"),
                        model_of(-4 + .1 * k));
    write_file_atomic(folder_ / "in/clean.jpg", *edge::encode_jpeg(edge::Image(32, 24, 1)));
    write_file_atomic(folder_ / "in/spot.png", *edge::encode_png(edge::bright_spot_image()));
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  static Answer type(const std::vector<std::string>& words) {
    return command::run_program(PAUCAL_EDGE_PROGRAM, words);
  }
  const command::TestFolder folder_;
};

TEST_F(Serve, SaysWhatPredictSays) {
  ServeProgram serve({"--model", "screws=" + at("models/m/2.paucal")});
  EXPECT_THAT(serve.said(), StartsWith("serving screws (version 1) on http://127.0.0.1:"));
  EXPECT_EQ(serve.send("GET", "/v2/health/ready").status, 200);
  for (const char* name : {"in/clean.jpg", "in/spot.png"}) {
    const auto reply = serve.send("POST", "/v2/models/screws/predict", read_text(at(name)));
    EXPECT_EQ(reply.status, 200) << reply.body;
    const Answer predict = type({"predict", at("models/m/2.paucal"), at(name)});
    // The same bytes, but for the path that a request has not.
    const std::string path = "\"path\":" + Json(at(name)).dump() + ",";
    std::string expected = predict.out;
    expected.erase(expected.find(path), path.size());
    EXPECT_EQ(reply.body, expected);
  }
  EXPECT_EQ(serve.send("POST", "/v2/models/screws/predict", "no image").status, 400);
  EXPECT_EQ(serve.send("POST", "/v2/models/nuts/predict", "x").status, 404);
  EXPECT_EQ(serve.stop(), 0);
}

TEST_F(Serve, GoesBackAndRemembers) {
  {
    ServeProgram serve({"--models", at("models"), "--watch"});
    EXPECT_THAT(serve.said(), HasSubstr("m (version 2)"));
    const Answer back = type({"rollback", serve.url(), "m"});
    EXPECT_EQ(back.code, 0) << back.err;
    EXPECT_THAT(back.out, StartsWith("m: version 1 serves again after "));
    const Answer more = type({"rollback", serve.url(), "m"});
    EXPECT_EQ(more.code, 1);
    EXPECT_THAT(more.err, HasSubstr("none below it"));
    EXPECT_EQ(type({"rollback", serve.url(), "x"}).code, 1);
    serve.stop(SIGKILL);
  }
  ServeProgram serve({"--models", at("models"), "--watch"});
  EXPECT_THAT(serve.said(), HasSubstr("m (version 1)"));
  EXPECT_EQ(serve.stop(SIGINT), 0);
}

TEST_F(Serve, AsksForTokens) {
  const auto line = [](const std::string& name, const std::string& scopes) {
    return name + " " + scopes + " " + sha256_hex(std::string_view("secret-" + name)) + "\n";
  };
  write_text_atomic(at("tokens"), line("camera", "infer"));
  write_text_atomic(at("token"), "secret-boss\n");
  ServeProgram serve({"--models", at("models"), "--token-file", at("tokens")});
  const std::string image = read_text(at("in/spot.png"));
  EXPECT_EQ(serve.send("POST", "/v2/models/m/predict", image).status, 401);
  EXPECT_EQ(serve.send("POST", "/v2/models/m/predict", image, "secret-camera").status, 200);
  EXPECT_EQ(serve.send("GET", "/v2/health/ready").status, 200);
  EXPECT_EQ(type({"rollback", serve.url(), "m"}).code, 1);
  EXPECT_EQ(type({"rollback", serve.url(), "m", "--token-file", at("token")}).code, 1);
  write_text_atomic(at("tokens"), line("boss", "models"));
  serve.hang_up();
  Answer back;
  for (int i = 0; i < 1000 && back.code != 0; ++i)
    back = type({"rollback", serve.url(), "m", "--token-file", at("token")});
  EXPECT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(serve.send("POST", "/v2/models/m/predict", image, "secret-camera").status, 401);
}

TEST_F(Serve, KeepsALineAnImage) {
  ServeProgram serve({"--models", at("models"), "--keep", at("spool")});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(serve.send("POST", "/v2/models/m/predict", read_text(at("in/spot.png"))).status, 200);
  serve.stop(SIGKILL);
  std::string lines;
  for (const std::string& name : list_files(at("spool/line")))
    lines += read_text(at("spool/line") + "/" + name);
  EXPECT_EQ(command::json_lines(lines).size(), 3u);
}

TEST_F(Serve, RefusesByName) {
  const auto refusal = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "serve");
    const Answer answer = type(words);
    EXPECT_NE(answer.code, 0);
    return answer.err;
  };
  EXPECT_THAT(refusal({}), HasSubstr("nothing to serve"));
  EXPECT_THAT(refusal({"--model", "m"}), HasSubstr("--model m: expected NAME=FILE"));
  EXPECT_THAT(refusal({"--model", "m=" + at("none")}), HasSubstr("none': no such file"));
  EXPECT_THAT(refusal({"--model", "m=" + at("in/spot.png")}), HasSubstr("no Paucal model"));
  EXPECT_THAT(refusal({"--models", at("none")}), HasSubstr("none': no folder"));
  EXPECT_THAT(refusal({"--models", at("models"), "--listen", "0.0.0.0:0"}),
              HasSubstr("open to other machines"));
  EXPECT_THAT(refusal({"--models", at("models"), "--listen", "localhost:80"}),
              HasSubstr("expected digits"));
  EXPECT_THAT(refusal({"--models", at("models"), "--max-queue", "0"}), HasSubstr("--max-queue"));
  EXPECT_THAT(refusal({"--models", at("models"), "--shadow", "m=x"}), HasSubstr("--shadow m=x"));
  EXPECT_THAT(refusal({"--models", at("models"), "--token-file", at("none")}), HasSubstr("none"));
}

}  // namespace
}  // namespace paucal::edge_cli
