// Private to net/: what is wrong with a certificate, in a sentence for the person who has to replace it.
#pragma once
#include <openssl/types.h>

#include <string>
#include <string_view>

namespace dirbridge::net {

// For a verification that has just failed: `context` is the one OpenSSL gives its verify callback. `host` is what the
// client wanted to reach. Never empty.
std::string describe_certificate_error(X509_STORE_CTX* context, std::string_view host);

}  // namespace dirbridge::net
