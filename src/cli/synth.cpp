// synth electrode: a synthetic set with truth.

#include <memory>

#include "base/host/log.h"
#include "base/host/threads.h"
#include "cli/commands.h"
#include "command/flags.h"
#include "data/synth/electrode.h"

namespace paucal::cli {

void declare_synth(CLI::App& app, int&) {
  app.require_subcommand(1);
  CLI::App& electrode =
      *app.add_subcommand("electrode", "sheets of battery electrodes: OK/, NG/ and truth/");
  const auto out = std::make_shared<std::string>();
  electrode.add_option("--out", *out, "folder to write")->required();
  const auto options = std::make_shared<data::ElectrodeOptions>();
  command::add_flags(electrode, options_of(*options));
  electrode.callback([=] {
    data::write_electrode_set(*options, *out, processor_count());
    log::info("synth: {} images in '{}'; the truth lies apart in '{}/truth'", options->count, *out,
              *out);
  });
}

}  // namespace paucal::cli
