// From what a person types (a name, a login, an id) to the one object that is meant. Two that fit are an error that
// lists them: guessing would change the wrong group.
#pragma once
#include <string>
#include <vector>

#include "app/api_client.hpp"

namespace dirbridge::app {

struct DirectoryName {
  std::string id;
  std::string name;
};
// By name (exact) or id; with an empty `wanted` the only one there is. Throws CommandFailure.
DirectoryName find_directory(Api& api, const std::string& wanted);

struct GroupName {
  std::string id;
  std::string name;
  std::string dn;
  std::string attribute;  // "member", "uniqueMember"
  std::string directory;  // the app instance's id
};
GroupName to_group(const json& group);
// By id, or by name ignoring case; `directory` (name or id, may be empty) narrows. Throws CommandFailure.
GroupName find_group(Api& api, const std::string& wanted, const std::string& directory);

// The id of the user with this id or login (ignoring case) in the directory. Throws CommandFailure.
std::string find_user(Api& api, const std::string& wanted, const DirectoryName& directory);

// 20 characters, `prefix` first: the shape of an id (contract B5).
bool looks_like_id(std::string_view text, std::string_view prefix);

}  // namespace dirbridge::app
