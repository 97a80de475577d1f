#pragma once
// The engine that runs models in this process.

#include <memory>

#include "serve/models.h"
#include "spool/spool.h"

namespace paucal::serve {

// Loads all models first, so that it serves from its first moment on. Fails as Models::start()
// does. `log` is called from any thread; `keep` may be null. At its end what runs is answered.
Result<std::unique_ptr<Engine>> make_engine(EngineOptions options, Log log,
                                            std::shared_ptr<spool::Spool> keep = nullptr);

}  // namespace paucal::serve
