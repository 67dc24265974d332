#include "app/program.hpp"
#include "base/memory.hpp"

// Debian's libldap brings GnuTLS, which would set itself up in every process. TLS is OpenSSL's here (net/tls.hpp,
// ldap/connection.hpp), so that is 0.8 MiB for nothing. GnuTLS asks for this function by its name (gnutls/gnutls.h,
// GNUTLS_SKIP_GLOBAL_INIT).
extern "C" __attribute__((visibility("default"))) int _gnutls_global_init_skip() { return 1; }  // NOLINT

int main(int argc, char** argv) {
  dirbridge::keep_little_free_memory();
  return dirbridge::app::run_program({argv + 1, argv + argc});
}
