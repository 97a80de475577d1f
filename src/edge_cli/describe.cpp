// graph and info: what a model file holds.

#include <cstdio>
#include <memory>

#include "base/error.h"
#include "base/json_text.h"
#include "base/utf8_path.h"
#include "command/output.h"
#include "edge_cli/commands.h"
#include "edge_cli/model_input.h"

namespace paucal::edge_cli {

void declare_graph(CLI::App& app, int& code) {
  const auto path = std::make_shared<std::string>();
  app.add_option("model", *path, "model file")->required();
  app.footer("Shapes are those of one image of the largest size that the model's card allows.");
  app.callback([path, &code] {
    const auto model = value_or_throw(edge::Model::open(utf8_path(*path)));
    const auto card = value_or_throw(edge::card_from_json(model->card()));
    const auto signatures = edge::infer(model->graph(), input_shapes(*model, card));
    // A graph that takes no such image can still be shown.
    const std::string text = signatures.ok() ? edge::to_text(model->graph(), *signatures)
                                             : edge::to_text(model->graph());
    command::print(text);
    if (!signatures.ok()) {
      std::fprintf(stderr, "paucal-edge: no shapes: %s\n", signatures.failure().message.c_str());
      code = 1;
    }
  });
}

void declare_info(CLI::App& app, int&) {
  const auto path = std::make_shared<std::string>();
  app.add_option("model", *path, "model file")->required();
  app.callback([path] {
    const auto model = value_or_throw(edge::Model::open(utf8_path(*path)));
    size_t weights = 0;
    for (const auto& value : model->graph().values) weights += value.data.bytes.size();
    const Json info = {{"file_bytes", std::filesystem::file_size(utf8_path(*path))},
                       {"weight_bytes", weights},
                       {"nodes", model->graph().nodes.size()},
                       {"card", model->card()}};
    command::print(dump_json(info, 2) + "\n");
  });
}

}  // namespace paucal::edge_cli
