// rollback: a running server goes back to the version before.

#include <chrono>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "command/output.h"
#include "edge_cli/commands.h"
#include "http/server/client.h"
#include "serve/models_folder.h"

namespace paucal::edge_cli {
namespace {

struct RollbackArguments {
  std::string url, name, token_file;
};

std::vector<http::Field> with_token(const std::string& file) {
  if (file.empty()) return {};
  const std::string text = read_text(file);
  const std::string_view token = trim(std::string_view(text).substr(0, text.find('\n')));
  if (token.empty()) fail("rollback", "'{}': empty, expected a token", file);
  return {{"Authorization", fmt::format("Bearer {}", token)}};
}

// What a server said, where it is "key": text or a number.
std::string said(const http::Reply& reply, const char* key) {
  const auto json = parse_json(reply.body, "answer");
  if (!json.ok() || !json->is_object() || !json->contains(key)) return "";
  const Json& value = (*json)[key];
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

int run_rollback(const RollbackArguments& a) {
  if (!serve::is_model_name(a.name)) fail("rollback", "'{}': no model's name", a.name);
  const http::Url url = value_or_throw(http::parse_url(a.url));
  const auto fields = with_token(a.token_file);
  http::Client client(url);
  const auto begin = std::chrono::steady_clock::now();
  const auto reply = value_or_throw(
      client.send("POST", fmt::format("/v2/repository/models/{}/rollback", a.name), fields));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  if (reply.status != 200)
    fail("rollback", "{} answers {}: {}", a.url, reply.status, said(reply, "error"));
  const auto now =
      value_or_throw(client.send("GET", fmt::format("/v2/models/{}/ready", a.name), fields));
  command::print("{}: version {} serves again after {:.0f} ms\n", a.name, said(now, "version"),
                 took.count());
  return 0;
}

}  // namespace

void declare_rollback(CLI::App& app, int& code) {
  const auto a = std::make_shared<RollbackArguments>();
  app.add_option("url", a->url, "of the server, e.g. http://127.0.0.1:8000")->required();
  app.add_option("name", a->name, "of the model")->required();
  app.add_option("--token-file", a->token_file, "file that holds a token with the scope `models`");
  app.callback([a, &code] { code = run_rollback(*a); });
}

}  // namespace paucal::edge_cli
