#include "base/files.h"
#include "http/server/server.h"

namespace paucal::http {

const std::string* Request::field(std::string_view name) const {
  const std::string wanted = lower(name);
  for (const Field& field : fields)
    if (field.name.size() == wanted.size() && lower(field.name) == wanted) return &field.value;
  return nullptr;
}

const std::string* Request::parameter(std::string_view name) const {
  for (const Field& field : query)
    if (field.name == name) return &field.value;
  return nullptr;
}

}  // namespace paucal::http
