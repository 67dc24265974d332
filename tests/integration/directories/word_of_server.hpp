// The server's own comparison, asked thousands of times: libldap's blocking calls on one connection, none of our code.
#pragma once
#include <memory>
#include <string>

#include "integration/directories/server_under_test.hpp"

namespace dirbridge::directories {

class WordOfServer {
 public:
  // As the agent's account. Throws std::runtime_error with libldap's words.
  explicit WordOfServer(const ServerUnderTest& server);
  ~WordOfServer();
  // Does the filter match this entry? Throws if the server answers with anything but yes or no.
  bool finds(const std::string& entry, const std::string& filter) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace dirbridge::directories
