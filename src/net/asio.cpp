// SPDX-License-Identifier: MIT
// The one translation unit that compiles Asio's non-header parts.
#include <boost/asio/impl/src.hpp>
