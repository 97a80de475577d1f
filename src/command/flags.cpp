#include "command/flags.h"

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace paucal::command {

void add_flags(CLI::App& app, Options options, char separator) {
  const auto shared = std::make_shared<Options>(std::move(options));
  for (Option& option : shared->all()) {
    std::string flag = "--" + option.key;
    std::ranges::replace(flag, '_', separator);
    app.add_option_function<std::string>(
           flag,
           [shared, &option, flag](const std::string& text) {
             try {
               option.set_text(text);
             } catch (const Error& error) {
               throw CLI::ValidationError(flag, error.message());
             }
           },
           option.help)
        ->type_name(option.expectation())
        ->default_str(option.default_value.dump());
  }
}

}  // namespace paucal::command
