// SPDX-License-Identifier: MIT
// Headers that are slow to parse, precompiled for this directory.
#include "net/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
