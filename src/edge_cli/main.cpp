#include <CLI/CLI.hpp>
#include "edge/runtime/session.h"
#include "edge/pre/decode.h"
int main(int argc, char** argv) {
  CLI::App app("x");
  CLI11_PARSE(app, argc, argv);
  auto m = paucal::edge::Model::open(argv[1]);
  if (!m.ok()) { std::puts(m.failure().message.c_str()); return 1; }
  auto i = paucal::edge::read_image(argv[1]);
  paucal::edge::Session s(*m, {2});
}
