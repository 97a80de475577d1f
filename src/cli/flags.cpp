#include "cli/flags.h"

#include <memory>

#include "base/error.h"

namespace paucal::cli {

void add_flags(CLI::App& app, Options options) {
  const auto shared = std::make_shared<Options>(std::move(options));
  for (Option& option : shared->all()) {
    app.add_option_function<std::string>(
           "--" + option.key,
           [shared, &option](const std::string& text) {
             try {
               option.set_text(text);
             } catch (const Error& error) {
               throw CLI::ValidationError("--" + option.key, error.message());
             }
           },
           option.help)
        ->type_name(option.expectation())
        ->default_str(option.default_value.dump());
  }
}

}  // namespace paucal::cli
