// Names that a directory may hold, and the many ways to write each of them: some mean the same, some only look so.
#pragma once
#include <functional>
#include <map>
#include <random>
#include <string>

namespace dirbridge::directories {

// The unescaped value of an RDN. `number` is part of it, so that no two are the same however they are compared.
std::string some_value(std::mt19937& random, int number);

// From one name to another spelling of it, or to a name that is nearly it. Returns the name itself where it has nothing
// to work on.
using Respelling = std::function<std::string(const std::string& name, std::mt19937& random)>;
const std::map<std::string, Respelling>& respellings();

}  // namespace dirbridge::directories
