// Names that a directory may hold, and the many ways to write each of them: some mean the same, some only look so.
#pragma once
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace dirbridge::directories {

// A name, and the entry that has it.
struct GeneratedName {
  std::string dn;
  std::string entry;  // LDIF of its attributes
};
// `number` is part of it, so that no two are the same however they are compared. Plain: a person's common name and
// nothing else, of at most 64 characters, as Active Directory wants it; else also RDNs of several parts and of other
// types, long values, blanks at the ends, control characters.
GeneratedName some_name(std::mt19937& random, int number, const std::string& base, bool plain);

// From one name to another spelling of it, or to a name that is nearly it. Returns the name itself where it has nothing
// to work on.
using Respelling = std::function<std::string(const std::string& name, std::mt19937& random)>;
const std::map<std::string, Respelling>& respellings();

}  // namespace dirbridge::directories
