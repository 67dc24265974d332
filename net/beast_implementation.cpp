// The one definition of Beast's non-template part (BOOST_BEAST_SEPARATE_COMPILATION is set for every target).
#include <boost/beast/src.hpp>
