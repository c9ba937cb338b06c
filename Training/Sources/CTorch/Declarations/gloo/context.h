// LibTorch contains Gloo but not its headers. Its own header for Gloo needs these names, of which it calls but two.
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
  void closeConnections();
};

}  // namespace gloo
