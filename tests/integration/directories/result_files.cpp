#include "integration/directories/result_files.hpp"

#include "base/text.hpp"
#include "json/json.hpp"

namespace dirbridge::directories {
namespace {

std::string file_of(Server server) { return "conformance-" + name_of(server) + ".json"; }

// "applied; applied; refused; applied" is "applied ×2; refused; applied".
std::string shortened(const std::string& verdicts) {
  std::string out, last;
  std::size_t count = 0;
  const auto flush = [&] {
    if (count == 0) return;
    out += (out.empty() ? "" : "; ") + last + (count > 1 ? " ×" + std::to_string(count) : "");
  };
  for (const auto part : split(verdicts, ';')) {
    const std::string verdict{trim(part)};
    if (verdict == last && count > 0) {
      ++count;
      continue;
    }
    flush();
    last = verdict;
    count = 1;
  }
  flush();
  return out;
}

// The 150 verdicts of one large request are told in short.
std::string of_values(const std::string& verdicts) {
  if (verdicts.size() < 200) return shortened(verdicts);
  const auto parts = split(verdicts, ',');
  std::map<std::string, std::size_t> counts;
  for (const auto part : parts) ++counts[std::string{trim(part)}];
  std::string out;
  for (const auto& [verdict, count] : counts) out += (out.empty() ? "" : ", ") + verdict + " ×" + std::to_string(count);
  return out;
}

}  // namespace

void write_results(Server server, const Results& results) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [id, cell] : results) json[id] = {{"codes", cell.codes}, {"verdicts", cell.verdicts}};
  write_file(file_of(server), json.dump(1) + "\n").value();
}

std::optional<Results> read_results(Server server) {
  const auto text = read_file(file_of(server));
  if (!text) return std::nullopt;
  Results results;
  const auto json = nlohmann::json::parse(*text);  // named: items() only refers to it
  for (const auto& [id, cell] : json.items())
    results[id] = {cell.at("codes").get<std::string>(), cell.at("verdicts").get<std::string>()};
  return results;
}

std::string table_of(const std::map<Server, Results>& results) {
  std::string out = "| situation | OpenLDAP | 389 DS | Samba AD |\n|---|---|---|---|\n";
  for (const auto& one : all_cases()) {
    out += "| " + one.situation;
    for (const auto server : all_servers) {
      out += " | ";
      const auto& cells = results.at(server);
      const auto cell = cells.find(one.id);
      out += cell == cells.end() ? "" : cell->second.codes + " → " + of_values(cell->second.verdicts);
    }
    out += " |\n";
  }
  return out;
}

}  // namespace dirbridge::directories
