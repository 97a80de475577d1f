#pragma once
// Who may ask for which route. With tokens: who has one of the route's scopes; health is open to
// all. Without: everybody may ask for everything but a change of what serves, which takes a client
// on this machine that is no page in a browser.

#include <memory>

#include "http/server/server.h"
#include "serve/request_counts.h"
#include "serve/tokens.h"

namespace paucal::serve {

// `tokens` null: none. `counts`: those of RoutesOptions.
http::Authorise make_authorise(std::shared_ptr<const Tokens> tokens,
                               std::shared_ptr<RequestCounts> counts);

}  // namespace paucal::serve
