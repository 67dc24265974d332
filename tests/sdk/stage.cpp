// What the SDK tests play on: a private slapd, a hub on plain HTTP and TLS, an agent, and the sample organisation
// imported. Prints one line of JSON that says where everything is, and lives until its standard input ends.
#include <iostream>

#include "e2e/world.hpp"

int main() {
  try {
    dirbridge::e2e::World world{{.tls = true}};
    const dirbridge::e2e::Json place{{"url", world.url()},
                                     {"tlsUrl", world.tls_url()},
                                     {"caFile", world.folder() + "/hub/ca.pem"},
                                     {"operatorTokenFile", world.folder() + "/hub/operator.token"},
                                     {"directory", world.directory()},
                                     {"ldapi", world.slapd().ldapi_url()},
                                     {"program", DIRBRIDGE_PROGRAM}};
    std::cout << place.dump() << std::endl;
    while (std::cin.get() != std::char_traits<char>::eof()) {
    }
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "stage: " << problem.what() << '\n';
    return 1;
  }
}
