// The server's own comparison, asked thousands of times: libldap's blocking calls on one connection, none of our code.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "integration/directories/server_under_test.hpp"

namespace dirbridge::directories {

class WordOfServer {
 public:
  // A base search.
  struct Question {
    std::string entry;
    std::string filter = "(objectClass=*)";
  };
  // As the agent's account. Throws std::runtime_error with libldap's words.
  explicit WordOfServer(const ServerUnderTest& server);
  ~WordOfServer();
  // Which find something, in the order of the questions, many on their way at a time. No entry of that name, and what
  // the server does not take for a name, is a no; throws if it answers with anything else.
  std::vector<bool> ask(const std::vector<Question>& questions) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace dirbridge::directories
