// nlohmann's JSON, the one way by which this project includes it: its templates are compiled once, in json.cpp, and not
// in each file that reads or writes a document. Decision 0030.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace dirbridge {

using Json = nlohmann::json;

}  // namespace dirbridge

extern template class nlohmann::basic_json<>;
extern template class nlohmann::detail::serializer<nlohmann::json>;
// Of a document that is parsed from a std::string, and from a std::string_view.
extern template class nlohmann::detail::parser<nlohmann::json,
                                               nlohmann::detail::iterator_input_adapter<std::string::const_iterator>>;
extern template class nlohmann::detail::lexer<nlohmann::json,
                                              nlohmann::detail::iterator_input_adapter<std::string::const_iterator>>;
extern template class nlohmann::detail::parser<
    nlohmann::json, nlohmann::detail::iterator_input_adapter<std::string_view::const_iterator>>;
extern template class nlohmann::detail::lexer<
    nlohmann::json, nlohmann::detail::iterator_input_adapter<std::string_view::const_iterator>>;
