// Texts as people search for them: without case, and however their letters were composed.
#pragma once
#include <string>
#include <string_view>

namespace dirbridge {

// NFKC_Casefold (Unicode, chapter 3.13): "MÜLLER", "müller" and "mu\u0308ller" are one text, "Straße" is "strasse",
// full-width letters are the plain ones. To compare and to index by, never to show. What is not UTF-8 has its ASCII
// letters folded. Foldings are kept (the ledger's views): Unicode promises that those of assigned characters stay.
std::string fold_case(std::string_view text);

}  // namespace dirbridge
